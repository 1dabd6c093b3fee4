/**
 * One empty database for one test file, the same on every database server.
 *
 * `openTestDatabase()` makes it, with the tables of `test/schema-models/`; `TEST_DB`, set by the Vitest project, says
 * where. Tests go to it through `adapter()`, as Prisma does, and around Prisma through `query` and `execute`, to see
 * and to plant what is stored.
 */
import type { Provider, TestDatabase } from './databases/contract.js'
import { openMariadb } from './databases/mariadb.js'
import { openPostgresql } from './databases/postgresql.js'
import { openSqlite } from './databases/sqlite.js'

export type { Provider, StoredRow, StoredValue, TestDatabase } from './databases/contract.js'

/** The database that this test process is to use. */
export function testProvider(): Provider {
  const provider = process.env.TEST_DB
  if (provider === undefined || !isProvider(provider)) {
    throw new Error('TEST_DB is not set: a test that needs a database belongs in test/integration/')
  }
  return provider
}

const open = { postgresql: openPostgresql, sqlite: openSqlite, mysql: openMariadb }

function isProvider(name: string): name is Provider {
  return Object.hasOwn(open, name)
}

/** A fresh, empty database. Takes about 50 ms on PostgreSQL, 5 ms on SQLite and 100 ms on MariaDB. */
export function openTestDatabase(): Promise<TestDatabase> {
  return open[testProvider()]()
}
