import type { Checks } from './checks.js'
import type { ColumnTypes } from './column-types.js'
import type { RowRewrite } from './row-update.js'

/**
 * All that this library knows of one SQL database. Where a database behaves differently from another, the difference is
 * a member here: nothing outside `databases/` compares a provider's name.
 */
export interface Database {
  /** As its documentation spells it. */
  readonly name: string
  /** A name as an identifier, quoted. */
  quote(name: string): string
  /** Whether a column can hold a list of values, each encrypted by itself. */
  readonly lists: boolean
  /** Whether its usual collations treat spellings of a text as equal: letter cases, often accents, blanks at the end. */
  readonly foldsText: boolean
  /**
   * Whether Prisma leaves a simple `upsert` to the database.
   * https://www.prisma.io/docs/orm/reference/prisma-client-reference#database-upserts
   */
  readonly nativeUpsert: boolean
  readonly columns: ColumnTypes
  readonly checks: Checks
  /** How a row is rewritten by compare-and-set. Left out where rows are not rewritten. */
  readonly rewrite?: RowRewrite
}
