import type { Statement } from '../row-update.js'
import type { SweptColumn } from '../sweeping/swept-table.js'

/** A column whose values are counted. */
export interface CountedColumn extends SweptColumn {
  /** The columns of its blind indexes. */
  readonly indexes: readonly string[]
}

/** A table, as far as a census needs to know it. */
export interface CountedTable {
  readonly table: string
  readonly schema: string | undefined
  /** The column that says which tenant owns a row. Without one, the wrapped key that a value carries says it. */
  readonly tenant: string | undefined
}

/** The key table, by the names of its columns. */
export interface CountedKeys {
  readonly table: string
  readonly schema: string | undefined
  readonly id: string
  readonly section: string
  readonly wrapTag: string
  readonly cmk: string
  readonly tenant: string
  readonly retiredAt: string
}

/** How values are counted. */
export interface CountQuery {
  /** Only this tenant's. `null` for the rows that have none. */
  readonly tenant?: string | null | undefined
  readonly byTenant: boolean
  readonly byDataKey: boolean
  /** How many groups are told apart: the largest. The others are summed up. */
  readonly most: number
}

/**
 * Groups of values, of one column. Each database writes it in its own way, and each of them returns rows with:
 *
 * - `h`: {@link PLAINTEXT}, {@link UNREADABLE}, or {@link PLACEMENT} followed by the first byte of the envelope (in text, by the
 *   two characters that it is in);
 * - `t`: the tenant, as the column has it;
 * - `p`: of a value in a table without such a column, what it says of its tenant: see {@link packedTenantIn};
 * - `g`: the wrap tag, in the envelope's form; `w`: that of the key table's row, in hexadecimal; `s`: {@link KEY_STATE};
 * - `d`: the head, where data keys are told apart;
 * - `n`: how many values; `k`: under how many data keys; `m0`, `m1`…: how many of them have no token in an index column;
 * - `a`: how many groups were summed up in it; NULL where it is one.
 */
export interface CensusSql {
  values(table: CountedTable, column: CountedColumn, keys: CountedKeys | undefined, query: CountQuery): Statement
  /** Rows of the key table: `t`, `w`, `c` (the ARN that it names), `s`, `n`, `a`. */
  keys(keys: CountedKeys, query: CountQuery): Statement
  /** The different wrapped keys of a column, `v`, after one of them, and how many values carry each, `n`: see `sectionIn`. */
  sections(table: CountedTable, column: CountedColumn, after: string, most: number): Statement
  /** Those of the key table, by data-key id: `i`, `v`. */
  keySections(keys: CountedKeys, after: string, most: number): Statement
  /** One row, `hidden`: whether rows of the table are hidden from this user. `undefined` where there is no such thing. */
  hides(table: Pick<CountedTable, 'table' | 'schema'>): Statement | undefined
}

export const PLAINTEXT = '-'
/** It begins like an envelope, and this release cannot read it: damaged, cut off, or of a later version. */
export const UNREADABLE = '~'
export const PLACEMENT = { inline: 'i', table: 't' } as const
/** Of a row of the key table, or of a value that names one. */
export const KEY_STATE = { active: 'a', retired: 'r', erased: 'e', missing: 'm' } as const
