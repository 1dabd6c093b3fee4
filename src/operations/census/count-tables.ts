import type { CountedColumn, CountedKeys, CountedTable, CountQuery } from '../../databases/index.js'

/** A row of a statement that counts, each value as text. */
export type CountRow = Readonly<Record<string, string | undefined>>

/** Counts of a database's tables. What lies above implements it, and hands it in. */
export interface CountTables {
  values(
    table: CountedTable,
    column: CountedColumn,
    keys: CountedKeys | undefined,
    query: CountQuery,
  ): Promise<readonly CountRow[]>
  keys(keys: CountedKeys, query: CountQuery): Promise<readonly CountRow[]>
  sections(table: CountedTable, column: CountedColumn, after: string, most: number): Promise<readonly CountRow[]>
  keySections(keys: CountedKeys, after: string, most: number): Promise<readonly CountRow[]>
  /** Whether rows of the table are hidden from the database user: row-level security. */
  hides(table: Pick<CountedTable, 'table' | 'schema'>): Promise<boolean>
}

/** A model whose values are counted. */
export interface CountTarget {
  readonly model: string
  readonly table: CountedTable
  readonly columns: readonly CountTargetColumn[]
  /** The tenant of rows whose tenant column is NULL, or of all rows. */
  readonly shared: string | undefined
  /** Whether all rows are the shared tenant's. */
  readonly isShared: boolean
}

export interface CountTargetColumn extends CountedColumn {
  readonly field: string
  /** The fields of {@link CountedColumn.indexes}. */
  readonly indexFields: readonly string[]
}
