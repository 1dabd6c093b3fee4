import type { Checks } from './checks.js'
import type { ColumnTypes } from './column-types.js'
import type { RowRewrite } from './row-update.js'

/**
 * Everything this library knows about one SQL database. Where databases differ, the difference is a member here: nothing
 * outside `databases/` compares a provider's name. What only jobs and commands need is in `maintenance.ts`.
 */
export interface Database {
  /** As its documentation spells it. */
  readonly name: string
  /** A name as an identifier, quoted. */
  quote(name: string): string
  /** Whether a column can hold a list of values, each of which is encrypted separately. */
  readonly lists: boolean
  /** Whether its default collations ignore case, and often accents and trailing blanks. */
  readonly foldsText: boolean
  /** Whether Prisma's `startsWith` ignores case, while a comparison of texts goes by their bytes. */
  readonly likeFoldsCase?: true
  /** Whether NULLs come after all values in ascending order: elsewhere they come before them. */
  readonly nullsAreLast: boolean
  /**
   * Whether Prisma leaves a simple `upsert` to the database.
   * https://www.prisma.io/docs/orm/reference/prisma-client-reference#database-upserts
   */
  readonly nativeUpsert: boolean
  /** Prisma's referential action that refuses to delete a row that others refer to. */
  readonly restrict: 'Restrict' | 'NoAction'
  /** Whether it creates an index for each foreign key by itself. */
  readonly indexesForeignKeys: boolean
  readonly columns: ColumnTypes
  readonly checks: Checks
  /** How a row is rewritten by compare-and-set. Left out if rows are not rewritten. */
  readonly rewrite?: RowRewrite
}
