import type { EnvelopeColumn } from '../envelope/index.js'

/** A column that holds only envelopes or only tokens. Names are the database's own, unquoted. */
export interface CheckedColumn {
  readonly schema: string | undefined
  readonly table: string
  readonly column: string
}

/** The SQL that makes a database refuse values that this library did not write. */
export interface Checks {
  /** The condition for a value that is not NULL. It never evaluates to NULL, which a CHECK lets pass. */
  readonly envelope: Readonly<Record<EnvelopeColumn, (column: string) => string>>
  /** The condition for an array of them, if the database has arrays. It never evaluates to NULL either. */
  readonly list?: Readonly<Record<EnvelopeColumn, (column: string) => string>>
  /** The condition for an index token of this many bytes. */
  token(column: string, bytes: number): string
  /** The statement that makes the database refuse everything else; `condition` allows NULL. */
  statement(column: CheckedColumn, condition: (reference: string) => string): string
  /** Lines for the header: how to apply the script, and what to know about this database. */
  readonly notes: readonly string[]
}

/** Comment lines about pasting the script into a migration, the same for all databases. */
export const intoMigration = 'or paste it into the migration.sql that `prisma migrate dev --create-only` makes.'
