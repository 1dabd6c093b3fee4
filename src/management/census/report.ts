import type { CountedDataKeys, CountedValues, NamedCmk } from '../../operations/index.js'

/** Values that are counted together. */
export interface CensusGroup extends Omit<CountedValues, 'wrapTag'>, NamedCmk {}

/** Rows of the key table that are counted together. */
export interface CensusKeys extends Omit<CountedDataKeys, 'wrapTag' | 'named'>, NamedCmk {}

/** What there is in all. */
export interface CensusTotals {
  /** Values of encrypted fields; of lists, their elements. NULL is none. */
  readonly values: number
  /** Those that carry their wrapped data key. */
  readonly inline: number
  /** Those whose wrapped data key is in the key table. */
  readonly table: number
  /** Those that are no envelopes. */
  readonly plaintext: number
  /** Those that begin like envelopes, and cannot be read by this release. */
  readonly unreadable: number
  /** Those whose data key is wrapped under another CMK than the tenant's current one, or under old key material. */
  readonly outdated: number
  /** Those that are sealed, and of which nothing says under which CMK. */
  readonly unresolved: number
  /** Those whose data key is missing in the key table, or was erased. */
  readonly keyless: number
  /** Index columns that are NULL beside a value. */
  readonly withoutToken: number
  /** Groups that were too many to be told apart. */
  readonly summedUp: number
}

/** What `$encryption.census` has counted. */
export interface CensusReport {
  /** When it began, in ISO 8601. */
  readonly takenAt: string
  /** Whether all was counted: not if it was stopped by its signal. */
  readonly finished: boolean
  /** Sums over all groups. */
  readonly totals: CensusTotals
  /** Field by field, the largest groups first. */
  readonly groups: readonly CensusGroup[]
  /** The rows of the key table, where the schema has one. */
  readonly keyTable?: readonly CensusKeys[]
}

export function totalsOf(groups: readonly CensusGroup[]): CensusTotals {
  const sum = (of: (group: CensusGroup) => number): number => groups.reduce((all, group) => all + of(group), 0)
  const where = (is: (group: CensusGroup) => boolean): number => sum((group) => (is(group) ? group.values : 0))
  return {
    values: sum(({ values }) => values),
    inline: where(({ placement }) => placement === 'inline'),
    table: where(({ placement }) => placement === 'table'),
    plaintext: where(({ state }) => state === 'plaintext'),
    unreadable: where(({ state }) => state === 'unreadable'),
    outdated: where(({ current }) => current === false),
    unresolved: where(({ state, cmk, key }) => state === 'sealed' && cmk === undefined && isWrapped(key)),
    keyless: where(({ key }) => key !== undefined && !isWrapped(key)),
    withoutToken: sum(({ withoutToken }) => Object.values(withoutToken ?? {}).reduce((all, one) => all + one, 0)),
    summedUp: sum(({ summedUp }) => summedUp ?? 0),
  }
}

function isWrapped(key: CensusGroup['key']): boolean {
  return key !== 'missing' && key !== 'erased'
}
