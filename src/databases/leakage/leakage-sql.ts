import type { Statement } from '../row-update.js'
import type { OwnerColumn, SweptColumn } from '../sweeping/swept-table.js'

/** A table whose index columns are looked at from outside: as somebody would who has the database and no key. */
export interface LeakingTable {
  readonly table: string
  readonly schema: string | undefined
  /** Where it says which tenant owns a row. */
  readonly owner?: OwnerColumn | undefined
}

/** An index column, and the column of the values that its tokens are of. */
export interface LeakingIndex {
  readonly token: string
  readonly value: Pick<SweptColumn, 'column' | 'form'>
}

/** Which rows, by what statements say of their owner: {@link LeakageSql}. */
export interface OwnerRange {
  readonly first: string
  readonly last: string
}

/** How the rows of a table are put into classes. */
export interface ClassQuery {
  /** Whether the rows of all tenants are one crowd. */
  readonly pooled: boolean
  /** Whether a class is also told from others by how long its values are. */
  readonly byLength: boolean
  readonly within?: OwnerRange | undefined
}

/**
 * What tokens and lengths show, grouped in the database: no token leaves it, and of values only what a sample opens. In each statement
 * `t` is a row's owner, {@link SHARED_OWNER}, {@link NAMED_OWNER} with the tenant, or {@link UNKNOWN_OWNER}; and a length is that of what was
 * sealed, in bytes, padding included, or -1 where there is no envelope.
 */
export interface LeakageSql {
  /**
   * By `t`, in the order of {@link OwnerRange}: `n`, how many rows there are; for the index at each position `w0`, `w1`…, how many
   * have a token, `m0`…, how many hold something else in its column, and `u0`…, how many tokens are beside no envelope.
   */
  counts(table: LeakingTable, indexes: readonly LeakingIndex[], within: OwnerRange | undefined): Statement
  /**
   * How many classes, `m`, have how many rows, `c`: by `t`, and where lengths tell, of a single index, by the length `l`. A class is the
   * rows that have the same tokens in all of the columns.
   */
  classes(table: LeakingTable, indexes: readonly LeakingIndex[], query: ClassQuery): Statement
  /**
   * Rows that are drawn at random: `t`, the envelope `x`, of bytes in hexadecimal, its length `l`, and the ranks of its token by how
   * often it occurs: `r` among all, and `q` among those of that length.
   */
  sample(table: LeakingTable, index: LeakingIndex, query: Omit<ClassQuery, 'byLength'>, most: number): Statement
}

/** Nothing says who owns the row. */
export const UNKNOWN_OWNER = 'u'
