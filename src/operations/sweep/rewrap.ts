import { LRUCache } from 'lru-cache'
import {
  type Beginning,
  type Replacement,
  type RowKey,
  type RowRange,
  SHORTEST_REST,
  type SweptColumn,
  type WithBeginning,
} from '../../databases/index.js'
import type { EnvelopeErrorCode } from '../../errors.js'
import { lengthIn, textIn } from './envelope-text.js'
import type { Place } from './place.js'
import type { Skip, SweepVerb, Visit, VisitOptions } from './sweep.js'
import type { BeginningGroup, TableRows } from './table-rows.js'
import { type Decisions, decideAll, emptyMemory, type RewrapSweepOptions } from './wrapping-decisions.js'

/** How many beginnings are remembered. */
const MAX_OPEN = 10_000

/**
 * Wraps data keys again, inside KMS, and has the database put the new wrapped keys into all envelopes that carry the old ones:
 * no value is read. One ReEncrypt for each data key.
 */
export function rewrapVerb(options: RewrapSweepOptions): SweepVerb {
  const memory = emptyMemory()
  // What KMS did not say of these hides what is wrong with their rows: it is told when it has.
  const open = new LRUCache<string, true>({ max: MAX_OPEN })
  return {
    async visit(rows, range, how) {
      const groups = await rows.beginnings(range)
      const decisions = await decideAll(options, memory, rows, range, groups)
      return applied(options, rows, range, groups, decisions, how, open)
    },
  }
}

async function applied(
  options: RewrapSweepOptions,
  rows: TableRows,
  range: RowRange,
  groups: readonly BeginningGroup[],
  decisions: Decisions,
  how: VisitOptions,
  open: LRUCache<string, true>,
): Promise<Visit> {
  const skips = new Skips(rows, range, how, open)
  const isStale = groups.filter(({ beginnings }) =>
    rows.table.columns.some((column, i) =>
      beginnings[i]?.some((beginning) => decisions.get(column)?.get(beginning)?.kind === 'stale'),
    ),
  )
  const stale = isStale.reduce((sum, group) => sum + group.rows, 0)
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
  const replacements = replacementsOf(decisions, options.proves)
  if (options.dryRun === true || replacements.length === 0) {
    return { changed: options.dryRun === true ? stale : 0, again, skips: skips.all }
  }
  const changed = await rows.replace(range, replacements, how.most)
  const replaced = replacedIn(rows, groups, decisions)
  await outsiders(replaced, skips)
  if (changed < stale && (await areLocked(rows, range, replaced, skips, how))) again = true
  return { changed, again, skips: skips.all }
}

/** One beginning in one column that was to be replaced. */
interface Replaced extends Place {
  readonly failure: EnvelopeErrorCode | undefined
  /** The shortest that such an envelope can be. */
  readonly least: number
  /** The shortest that there is. */
  readonly shortest: number
  /** The longest that there is room for the new one of; `undefined` if there is room for all. */
  readonly longest: number | undefined
}

function replacedIn(rows: TableRows, groups: readonly BeginningGroup[], decisions: Decisions): Replaced[] {
  return rows.table.columns.flatMap((column, i) => {
    const room = rows.facts.get(column.column)?.room
    return [...(decisions.get(column) ?? [])].flatMap(([beginning, decision]): Replaced[] => {
      if (decision.kind !== 'stale') return []
      const lengths = decision.changes.map(({ cut }) => lengthIn(column, cut.length))
      const growth = Math.max(
        ...decision.changes.map(({ cut, put }) => lengthIn(column, put.length) - lengthIn(column, cut.length)),
      )
      const rest = column.form === 'bytes' ? SHORTEST_REST.bytes : SHORTEST_REST.characters
      const shortest = groups.map(({ beginnings, shortest: all }) =>
        beginnings[i]?.includes(beginning) === true ? (all[i] ?? 0) : Number.POSITIVE_INFINITY,
      )
      return [
        {
          column,
          beginning,
          failure: decision.failure,
          least: Math.max(...lengths) + rest,
          shortest: Math.min(...shortest),
          longest: growth <= 0 || room === undefined ? undefined : room - growth - (column.form === 'json' ? 2 : 0),
        },
      ]
    })
  })
}

/** Names rows whose envelope is cut off, whose column has no room for the new one, or whose own wrapped key failed. */
async function outsiders(replaced: readonly Replaced[], skips: Skips): Promise<void> {
  for (const { column, beginning, failure, least, shortest, longest } of replaced) {
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
  replaced: readonly Replaced[],
  skips: Skips,
  how: VisitOptions,
): Promise<boolean> {
  let found = false
  for (const { column, beginning, least, longest } of replaced) {
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

/** What was left as it was, while a batch is worked on. */
class Skips {
  readonly all: Skip[] = []
  /** By column and key. */
  readonly #known = new Set<string>()
  readonly #locked = new Set<string>()
  #named = 0

  constructor(
    private readonly rows: TableRows,
    private readonly range: RowRange,
    private readonly how: VisitOptions,
    private readonly open: LRUCache<string, true>,
  ) {}

  /** Rows that begin like this, of which there are so many. */
  async add(reason: Skip['reason'], filter: WithBeginning, count: number): Promise<void> {
    const room = this.how.named - this.#named
    const keys = room <= 0 ? [] : await this.rows.keys(this.range, filter, Math.min(room, count))
    this.#named += keys.length
    this.#note(filter.column, keys)
    this.all.push({ reason, column: filter.column.column, keys, count })
  }

  /** The same where it is not known how many. */
  async find(reason: Skip['reason'], filter: WithBeginning): Promise<void> {
    const keys = await this.rows.keys(this.range, filter, this.how.most)
    if (keys.length === 0) return
    this.#note(filter.column, keys)
    // Told the first time.
    if (!this.how.isFirst && !this.open.has(placeName(filter.column, filter.beginning))) return
    this.#named += keys.length
    this.all.push({ reason, column: filter.column.column, keys, count: keys.length })
  }

  /** Whether it is known what is wrong with this value, or that its row is locked. */
  isKnown({ column }: SweptColumn, key: RowKey): boolean {
    return this.#known.has(nameOf(column, key)) || this.#locked.has(String(key))
  }

  /** A row is named once, whatever its columns hold. */
  lock(keys: readonly RowKey[]): void {
    for (const key of keys) this.#locked.add(String(key))
    this.all.push({ reason: 'ROW_LOCKED', keys, count: keys.length })
  }

  #note({ column }: SweptColumn, keys: readonly RowKey[]): void {
    for (const key of keys) this.#known.add(nameOf(column, key))
  }
}

function placeName({ column }: SweptColumn, beginning: Beginning): string {
  return `${column} ${beginning}`
}

function nameOf(column: string, key: RowKey): string {
  return JSON.stringify([column, ...key])
}

/** What is proved replaces all that begins alike, also what was damaged or planted; else each wrapped key is matched whole. */
function replacementsOf(decisions: Decisions, proves: boolean): Replacement[] {
  return [...decisions].flatMap(([column, ofColumn]) =>
    [...ofColumn].flatMap(([beginning, decision]) => {
      if (decision.kind !== 'stale') return []
      return decision.changes.map(({ cut, put }) => ({
        column,
        matched: proves ? beginning : textIn(column, cut),
        cut: lengthIn(column, cut.length),
        put: textIn(column, put),
      }))
    }),
  )
}

function countOf(groups: readonly BeginningGroup[], column: number, beginning: Beginning): number {
  return groups.reduce(
    (sum, { beginnings, rows }) => sum + (beginnings[column]?.includes(beginning) === true ? rows : 0),
    0,
  )
}
