import type { Statement } from '../row-update.js'
import type { ColumnFacts, RowKey, SweptTable } from '../sweeping/swept-table.js'

/** A table whose rows are given to another tenant, or lead to such rows. */
export interface MovedTable extends SweptTable {
  /** The columns that are read as text: those of the key first, then others, such as foreign keys. */
  readonly texts: readonly string[]
}

/** Rows by what some of their columns hold. */
export interface Wanted {
  readonly by: readonly string[]
  /** As a {@link RowKey}: texts that the database has written, or {@link MoveSql.text}. */
  readonly values: readonly RowKey[]
  readonly most: number
  /** Whether nobody else may change them until the end of the transaction. */
  readonly lock: boolean
}

/** What a column is to hold. */
export interface Assigned {
  readonly column: string
  /** `null` is NULL. */
  readonly text: string | null
}

/** How one database finds rows and gives them to another tenant, inside one transaction. */
export interface MoveSql {
  /** The isolation that its locking reads need; `undefined` where there is only one. */
  readonly isolation: 'ReadCommitted' | undefined
  /** Where rows cannot be locked: keeps everybody else from writing from now on. */
  exclusive?(table: MovedTable): Statement
  /** In the order of their key: `k0`, `k1`… for the texts, `o`, `v0`, `v1`…, `t0`, `t1`… as `ValuesSql.read` has them. */
  find(table: MovedTable, facts: ColumnFacts, wanted: Wanted): Statement
  assign(table: MovedTable, facts: ColumnFacts, assigned: readonly Assigned[], keys: readonly RowKey[]): Statement
  /** A value as a part of a key; `undefined` for a type that a driver may write in several ways. */
  text(value: unknown): string | undefined
  /** The same backwards, of a text or a whole number. */
  plain(text: string): string
}
