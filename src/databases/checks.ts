import type { EnvelopeColumn } from '../envelope/index.js'

/** A column that holds envelopes or tokens and nothing else. Names are the database's, as they are, unquoted. */
export interface CheckedColumn {
  readonly schema: string | undefined
  readonly table: string
  readonly column: string
}

/** The SQL that makes a database refuse, in a column, what this library did not write there. */
export interface Checks {
  /** What a value that is not NULL must fulfil. Never NULL itself: a CHECK lets that pass. */
  readonly envelope: Readonly<Record<EnvelopeColumn, (column: string) => string>>
  /** What an array of them must fulfil, where the database has arrays. Never NULL either. */
  readonly list?: Readonly<Record<EnvelopeColumn, (column: string) => string>>
  /** What an index token of so many bytes must fulfil. */
  token(column: string, bytes: number): string
  /** The statement that makes the database refuse everything else; `condition` lets NULL pass. */
  statement(column: CheckedColumn, condition: (reference: string) => string): string
  /** For the header: how to apply the script, and what to know about this database. One line each. */
  readonly notes: readonly string[]
}

/** Comment lines about pasting the script into a migration, the same for all databases. */
export const intoMigration = 'or paste it into the migration.sql that `prisma migrate dev --create-only` makes.'
