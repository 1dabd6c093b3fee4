/**
 * One empty database for one test file, the same on every database server.
 *
 * `openTestDatabase()` makes it, with the tables of `test/schema-models/`; `TEST_DB`, set by the Vitest project, says
 * where. Tests go to it through `adapter()`, as Prisma does, and around Prisma through `query` and `execute`, to see
 * and to plant what is stored.
 */
import type { Provider, TestDatabase } from './databases/contract.js'
import { openPostgresql } from './databases/postgresql.js'
import { openSqlite } from './databases/sqlite.js'

export type { Provider, StoredRow, StoredValue, TestDatabase } from './databases/contract.js'

/** The database that this test process is to use. */
export function testProvider(): Provider {
  const provider = process.env.TEST_DB
  if (provider !== 'postgresql' && provider !== 'sqlite') {
    throw new Error('TEST_DB is not set: a test that needs a database belongs in test/integration/')
  }
  return provider
}

/** A fresh, empty database. Takes about 50 ms on PostgreSQL and 5 ms on SQLite. */
export function openTestDatabase(): Promise<TestDatabase> {
  return testProvider() === 'postgresql' ? openPostgresql() : openSqlite()
}
