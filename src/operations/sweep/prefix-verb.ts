import { LRUCache } from 'lru-cache'
import {
  type Beginning,
  type Replacement,
  type RowRange,
  SHORTEST_REST,
  type SweptColumn,
} from '../../databases/index.js'
import type { Change, Decider, Decisions } from './decisions.js'
import { lengthIn, textIn } from './envelope-text.js'
import { type Left, otherChanges } from './other-wholes.js'
import { placeName, Skips } from './skips.js'
import type { SweepVerb, Visit, VisitOptions } from './sweep.js'
import type { BeginningGroup, TableRows } from './table-rows.js'

export interface PrefixVerbOptions {
  /** Counts what would be changed, and changes nothing. */
  readonly dryRun?: boolean | undefined
  /** How long the values are that one statement changes, at most: characters and bytes. One row may be longer. */
  readonly batchSize?: number | undefined
}

/** A statement is a transaction: all that it writes is kept by the database until its end, and so is what was there before. */
const LARGEST_BATCH = 16 * 2 ** 20
/** How many beginnings are remembered. */
const MAX_OPEN = 10_000

/**
 * Has the database put other prefixes before the rest of envelopes, as a decider says: no value is read. What it writes is an
 * expression of what the row holds at that moment.
 */
export function prefixVerb(decider: Decider, options: PrefixVerbOptions = {}): SweepVerb {
  const { dryRun = false, batchSize = LARGEST_BATCH } = options
  // What KMS did not say of these hides what is wrong with their rows: it is told when it has.
  const open = new LRUCache<string, true>({ max: MAX_OPEN })
  return {
    async visit(rows, range, how) {
      const groups = await rows.beginnings(range)
      const decisions = await decider.decide(rows, range, groups)
      const fewer = dryRun ? undefined : fewerRows(rows, groups, decisions, batchSize)
      if (fewer !== undefined) return { fewer }
      return applied(decider, dryRun, rows, range, groups, decisions, how, open)
    },
  }
}

function staleGroups(rows: TableRows, groups: readonly BeginningGroup[], decisions: Decisions): BeginningGroup[] {
  return groups.filter(({ beginnings }) =>
    rows.table.columns.some((column, i) =>
      beginnings[i]?.some((beginning) => decisions.get(column)?.get(beginning)?.kind === 'stale'),
    ),
  )
}

/** How many rows to take instead, where what would be written is too long for one statement. */
function fewerRows(
  rows: TableRows,
  groups: readonly BeginningGroup[],
  decisions: Decisions,
  batchSize: number,
): number | undefined {
  const all = groups.reduce((sum, group) => sum + group.rows, 0)
  const size = staleGroups(rows, groups, decisions).reduce((sum, group) => sum + group.size, 0)
  return all <= 1 || size <= batchSize
    ? undefined
    : Math.max(1, Math.min(all - 1, Math.floor((all * batchSize) / size)))
}

async function applied(
  decider: Decider,
  dryRun: boolean,
  rows: TableRows,
  range: RowRange,
  groups: readonly BeginningGroup[],
  decisions: Decisions,
  how: VisitOptions,
  open: LRUCache<string, true>,
): Promise<Visit> {
  const skips = new Skips(rows, range, how, open)
  const stale = staleGroups(rows, groups, decisions).reduce((sum, group) => sum + group.rows, 0)
  let again = false
  for (const [i, column] of rows.table.columns.entries()) {
    for (const [beginning, decision] of decisions.get(column) ?? []) {
      if (decision.kind !== 'failed') continue
      if (decision.retryable && !how.isLast) {
        again = true
        open.set(placeName(column, beginning), true)
      } else if (how.isFirst || decision.retryable || open.has(placeName(column, beginning)))
        await skips.add(decision.code, { column, beginning }, countOf(groups, i, beginning))
    }
  }
  const replacements = replacementsOf(decisions)
  if (dryRun || replacements.length === 0) return { changed: dryRun ? stale : 0, again, skips: skips.all }
  let changed = await rows.replace(range, replacements, how.most)
  // Not by how many were changed: as many may have come in meanwhile as were locked.
  if (!(await rows.begun(range, staleBeginnings(decisions)))) return { changed, again, skips: skips.all }
  const left = leftIn(rows, await rows.beginnings(range), decisions)
  await outsiders(left, skips)
  const others = await otherChanges(decider, rows, range, left, skips, how)
  const more = others.changes.map(({ place, change }) => replacementIn(place.column, change))
  if (more.length > 0) {
    changed = Math.max(changed, Math.min(stale, changed + (await rows.replace(range, more, how.most))))
  }
  if (others.again || (await areLocked(rows, range, left, skips, how))) again = true
  return { changed, again, skips: skips.all }
}

function leftIn(rows: TableRows, groups: readonly BeginningGroup[], decisions: Decisions): Left[] {
  return rows.table.columns.flatMap((column, i) => {
    const room = rows.facts.get(column.column)?.room
    return [...(decisions.get(column) ?? [])].flatMap(([beginning, decision]): Left[] => {
      const own = groups.filter(({ beginnings }) => beginnings[i]?.includes(beginning) === true)
      if (decision.kind !== 'stale' || own.length === 0) return []
      const lengths = decision.changes.map(({ cut }) => lengthIn(column, cut.length))
      const growth = Math.max(
        ...decision.changes.map(({ cut, put }) => lengthIn(column, put.length) - lengthIn(column, cut.length)),
      )
      const rest = column.form === 'bytes' ? SHORTEST_REST.bytes : SHORTEST_REST.characters
      return [
        {
          column,
          beginning,
          decision,
          least: Math.max(...lengths) + rest,
          shortest: Math.min(...own.map(({ shortest }) => shortest[i] ?? 0)),
          longest:
            room === undefined ? undefined : growth <= 0 ? room : room - growth - (column.form === 'json' ? 2 : 0),
        },
      ]
    })
  })
}

/** Names rows whose envelope is cut off, whose column has no room for the new one, or whose own wrapped key failed. */
async function outsiders(left: readonly Left[], skips: Skips): Promise<void> {
  for (const { column, beginning, decision, least, shortest, longest } of left) {
    const { failure } = decision
    if (shortest < least) await skips.find('ENVELOPE_MALFORMED', { column, beginning, shorter: least })
    if (longest !== undefined) await skips.find('COLUMN_TOO_SHORT', { column, beginning, longer: longest })
    // What those were replaced by that did not fail does not begin like this any more.
    if (failure !== undefined) await skips.find(failure, { column, beginning, longer: least - 1 })
  }
}

/** Whether rows still hold what was to be replaced, and nothing is wrong with them. The last time they are named. */
async function areLocked(
  rows: TableRows,
  range: RowRange,
  left: readonly Left[],
  skips: Skips,
  how: VisitOptions,
): Promise<boolean> {
  let found = false
  for (const { column, beginning, least, longest } of left) {
    const within = { longer: least - 1, ...(longest !== undefined && { shorter: longest + 1 }) }
    const keys = (await rows.keys(range, { column, beginning, ...within }, how.most)).filter(
      (key) => !skips.isKnown(column, key),
    )
    if (keys.length === 0) continue
    found = true
    if (!how.isLast) break
    skips.lock(keys)
  }
  return found && !how.isLast
}

function staleBeginnings(decisions: Decisions): ReadonlyMap<SweptColumn, readonly Beginning[]> {
  const beginnings = [...decisions].map(([column, ofColumn]): [SweptColumn, Beginning[]] => [
    column,
    [...ofColumn].flatMap(([beginning, { kind }]) => (kind === 'stale' ? [beginning] : [])),
  ])
  return new Map(beginnings.filter(([, some]) => some.length > 0))
}

function replacementsOf(decisions: Decisions): Replacement[] {
  return [...decisions].flatMap(([column, ofColumn]) =>
    [...ofColumn.values()].flatMap((decision) =>
      decision.kind === 'stale' ? decision.changes.map((change) => replacementIn(column, change)) : [],
    ),
  )
}

function replacementIn(column: SweptColumn, { cut, put }: Change): Replacement {
  return { column, cut: textIn(column, cut), put: textIn(column, put) }
}

function countOf(groups: readonly BeginningGroup[], column: number, beginning: Beginning): number {
  return groups.reduce(
    (sum, { beginnings, rows }) => sum + (beginnings[column]?.includes(beginning) === true ? rows : 0),
    0,
  )
}
