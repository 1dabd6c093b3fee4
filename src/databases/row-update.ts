import type { Stored } from '../envelope/index.js'

/**
 * One row's new values, as SQL: written only where the old ones still stand, and without waiting for whoever holds the
 * row. Raw, since Prisma's own update would move `@updatedAt`.
 */

export interface RowUpdate {
  readonly table: string
  readonly schema: string | undefined
  /** The columns that address the row, and its values in them. */
  readonly key: readonly { readonly column: string; readonly value: string | number | bigint }[]
  readonly cells: readonly CellUpdate[]
}

export interface CellUpdate {
  readonly column: string
  readonly json: boolean
  /** An envelope; of a list, all of its elements. */
  readonly before: Cell
  readonly after: Cell
}

export type Cell = Stored | readonly Stored[]

export interface Statement {
  readonly sql: string
  readonly parameters: unknown[]
}

/** Notes a value, and returns its placeholder. Called in the order of the text: some are nameless. */
export type Parameter = (value: unknown) => string

/** The parts of the statement, each written where the database wants it. */
export interface Parts {
  readonly table: string
  /** The columns that address the row. */
  readonly key: readonly string[]
  set(): string
  unchanged(): string
}

/** How one database rewrites a row. */
export interface RowRewrite {
  placeholder(n: number): string
  after(cell: CellUpdate, parameter: Parameter): string
  /** Whether the column holds the old value, letter by letter. */
  isBefore(column: string, cell: CellUpdate, parameter: Parameter): string
  /** Where the database can leave a row that a transaction holds, it does: a plain update would wait, on a connection. */
  update(parts: Parts): string
}
