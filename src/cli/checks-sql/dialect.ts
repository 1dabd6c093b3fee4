import type { CheckedColumn, Content, Envelope } from './columns.js'

/** How one database says it. */
export interface Dialect {
  /** A name, quoted. */
  quote(name: string): string
  /** What a value that is not NULL must fulfil, for each kind of content. Never NULL itself: a CHECK lets that pass. */
  readonly conditions: Readonly<Record<Content, (column: string) => string>>
  /** What an array of them must fulfil, where the database has arrays. Never NULL either. */
  readonly listConditions?: Readonly<Record<Envelope, (column: string) => string>>
  /** The statement that makes the database refuse everything else; `condition` lets NULL pass. */
  statement(column: CheckedColumn, condition: (reference: string) => string): string
  /** For the header: how to apply the script, and what to know about this database. One line each. */
  readonly notes: readonly string[]
}

/** The table's name with its schema, where the Prisma schema says one. */
export function tableName({ quote }: Pick<Dialect, 'quote'>, { schema, table }: CheckedColumn): string {
  return schema === undefined ? quote(table) : `${quote(schema)}.${quote(table)}`
}

/** Comment lines about pasting the script into a migration, the same for all databases. */
export const intoMigration = 'or paste it into the migration.sql that `prisma migrate dev --create-only` makes.'
