import type { Stored } from '../envelope/index.js'

/**
 * One row's new values, as SQL: written only if the old ones are unchanged, and without waiting for a transaction that has
 * locked the row. Raw SQL, since Prisma's own update would set `@updatedAt`.
 */

export interface RowUpdate {
  readonly table: string
  readonly schema: string | undefined
  /** The columns of the row's key, and their values. */
  readonly key: readonly { readonly column: string; readonly value: string | number | bigint }[]
  readonly cells: readonly CellUpdate[]
}

export interface CellUpdate {
  readonly column: string
  readonly json: boolean
  /** An envelope; for a list, all of its elements. */
  readonly before: Cell
  readonly after: Cell
}

export type Cell = Stored | readonly Stored[]

export interface Statement {
  readonly sql: string
  readonly parameters: unknown[]
}

/** Adds a value and returns its placeholder. Called in the order of the SQL text, since some placeholders have no number. */
export type Parameter = (value: unknown) => string

/** The parts of the statement, which each database puts in its own order. */
interface Parts {
  readonly table: string
  /** The columns of the row's key. */
  readonly key: readonly string[]
  set(): string
  unchanged(): string
}

/** How one database rewrites a row. */
export interface RowRewrite {
  placeholder(n: number): string
  after(cell: CellUpdate, parameter: Parameter): string
  /** The condition that the column holds exactly the old value. */
  isBefore(column: string, cell: CellUpdate, parameter: Parameter): string
  /** Skips a row that a transaction has locked, if the database can: a plain update would wait, and occupy a connection. */
  update(parts: Parts): string
}
