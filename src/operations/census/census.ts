import {
  type CountedKeys,
  type CountQuery,
  KEY_STATE,
  PLACEMENT,
  PLAINTEXT,
  tenantIn,
  UNREADABLE,
} from '../../databases/index.js'
import { type SuiteName, suites } from '../../envelope/index.js'
import type { CountRow, CountTables, CountTarget, CountTargetColumn } from './count-tables.js'
import type { CountedDataKeys, CountedValues, KeyRowState } from './groups.js'

export interface CensusOptions extends CountQuery {
  readonly keys?: CountedKeys | undefined
  /** Whether the key table's rows are counted too. */
  readonly countsKeys: boolean
  readonly signal?: AbortSignal | undefined
  /** Called before each field. */
  readonly onField?: ((progress: { model: string; field: string; done: number; all: number }) => void) | undefined
}

export interface Counted {
  readonly values: readonly CountedValues[]
  readonly keys: readonly CountedDataKeys[] | undefined
  /** Whether all was counted: not if it was stopped by its signal. */
  readonly finished: boolean
}

/** Counts values by their keys, in the database: one statement for each field, and nothing of a value is read but its beginning. */
export async function census(
  tables: CountTables,
  targets: readonly CountTarget[],
  options: CensusOptions,
): Promise<Counted> {
  const { keys, countsKeys, signal, onField, ...query } = options
  const all = targets.flatMap((target) => target.columns.map((column) => ({ target, column })))
  const values: CountedValues[] = []
  for (const [done, { target, column }] of all.entries()) {
    if (signal?.aborted === true) return { values, keys: undefined, finished: false }
    onField?.({ model: target.model, field: column.field, done, all: all.length })
    values.push(...(await valuesOf(tables, target, column, keys, query)))
  }
  if (keys === undefined || !countsKeys) return { values, keys: undefined, finished: true }
  const rows = await tables.keys(keys, query)
  return { values, keys: rows.map(keysIn), finished: true }
}

async function valuesOf(
  tables: CountTables,
  target: CountTarget,
  column: CountTargetColumn,
  keys: CountedKeys | undefined,
  query: CountQuery,
): Promise<CountedValues[]> {
  const { tenant } = query
  if (target.isShared && tenant !== undefined && tenant !== target.shared) return []
  const isOfShared = tenant !== undefined && tenant === target.shared
  const asked: CountQuery = {
    ...query,
    // Whose rows they are is known, or is a NULL.
    ...(target.isShared && { tenant: undefined, byTenant: false }),
    ...(!target.isShared && isOfShared && target.table.tenant !== undefined && { tenant: null }),
  }
  const rows = await tables.values(target.table, column, keys, asked)
  const groups = rows.map((row) => groupIn(target, column, query.byTenant, row))
  const isWanted = (group: CountedValues): boolean =>
    tenant === undefined || target.isShared || target.table.tenant !== undefined || group.tenant === tenant
  return merged(groups.filter(isWanted))
}

function groupIn(target: CountTarget, column: CountTargetColumn, byTenant: boolean, row: CountRow): CountedValues {
  const { h = PLAINTEXT, g, w, s, d, a } = row
  const inForm = (part: string): Buffer => Buffer.from(part, column.form === 'bytes' ? 'hex' : 'base64')
  const tenant = tenantOf(target, column, byTenant, row)
  const tag = g === undefined ? w : inForm(g).toString('hex')
  const tokens = column.indexFields.flatMap((field, i) => {
    const count = Number(row[`m${i}`] ?? 0)
    return count === 0 ? [] : [[field, count] as const]
  })
  return {
    model: target.model,
    field: column.field,
    ...(tenant !== undefined && { tenant }),
    ...sealedAs(h, inForm),
    ...(tag !== undefined && tag !== '' && { wrapTag: tag }),
    ...(s !== undefined && { key: keyState(s) }),
    ...(d !== undefined && { dataKey: headIn(column, d).subarray(2).toString('hex') }),
    values: Number(row.n),
    dataKeys: h === PLAINTEXT || h === UNREADABLE ? 0 : Number(row.k),
    ...(tokens.length > 0 && { withoutToken: Object.fromEntries(tokens) }),
    ...(a !== undefined && { summedUp: Number(a) }),
  }
}

function headIn({ form }: CountTargetColumn, d: string): Buffer {
  return form === 'bytes' ? Buffer.from(d, 'hex') : Buffer.from(d.slice('pe1:'.length), 'base64')
}

function sealedAs(h: string, inForm: (part: string) => Buffer): Pick<CountedValues, 'state' | 'placement' | 'suite'> {
  if (h === PLAINTEXT) return { state: 'plaintext' }
  if (h === UNREADABLE) return { state: 'unreadable' }
  const [first = 0] = inForm(h.slice(1))
  const suite = (Object.values(suites).find(({ id }) => id === (first & 0x0f))?.name ?? undefined) as
    | SuiteName
    | undefined
  return {
    state: 'sealed',
    placement: h.startsWith(PLACEMENT.table) ? 'table' : 'inline',
    ...(suite !== undefined && { suite }),
  }
}

function tenantOf(
  { table, shared, isShared }: CountTarget,
  { form }: CountTargetColumn,
  byTenant: boolean,
  { t, p, a }: CountRow,
): string | undefined {
  // Of groups that were summed up nothing is known.
  if (a !== undefined) return undefined
  if (isShared) return shared
  if (table.tenant !== undefined) return byTenant ? (t ?? shared) : undefined
  return t ?? (p === undefined ? undefined : tenantIn(form, p))
}

function keysIn({ t, w, c, s = KEY_STATE.active, n, a }: CountRow): CountedDataKeys {
  const state = keyState(s)
  return {
    ...(t !== undefined && { tenant: t }),
    state: state === 'missing' ? 'active' : state,
    ...(w !== undefined && { wrapTag: w }),
    ...(c !== undefined && { named: c }),
    dataKeys: Number(n),
    ...(a !== undefined && { summedUp: Number(a) }),
  }
}

function keyState(s: string): KeyRowState {
  switch (s) {
    case KEY_STATE.missing:
      return 'missing'
    case KEY_STATE.erased:
      return 'erased'
    case KEY_STATE.retired:
      return 'retired'
    default:
      return 'active'
  }
}

/** Groups that are alike: the same tenant may be read from the key table, and from a value's own section. */
function merged(groups: readonly CountedValues[]): CountedValues[] {
  const byName = new Map<string, CountedValues>()
  for (const group of groups) {
    const { values, dataKeys, withoutToken, summedUp, ...alike } = group
    const name = JSON.stringify(alike)
    const earlier = byName.get(name)
    byName.set(name, earlier === undefined ? group : sum(earlier, group))
  }
  return [...byName.values()].sort(bySize)
}

/** The largest first, and what was summed up last. */
function bySize(a: CountedValues, b: CountedValues): number {
  return Number(a.summedUp !== undefined) - Number(b.summedUp !== undefined) || b.values - a.values
}

function sum(a: CountedValues, b: CountedValues): CountedValues {
  const tokens = { ...a.withoutToken }
  for (const [field, count] of Object.entries(b.withoutToken ?? {})) tokens[field] = (tokens[field] ?? 0) + count
  const summedUp = (a.summedUp ?? 0) + (b.summedUp ?? 0)
  return {
    ...a,
    values: a.values + b.values,
    dataKeys: a.dataKeys + b.dataKeys,
    ...(Object.keys(tokens).length > 0 && { withoutToken: tokens }),
    ...(summedUp > 0 && { summedUp }),
  }
}
