import { cockroachdb } from './cockroachdb.js'
import type { Database } from './database.js'
import { mysql } from './mysql.js'
import { postgresql } from './postgresql.js'
import { sqlite } from './sqlite.js'
import { sqlserver } from './sqlserver.js'

/** The SQL databases, by Prisma's `datasource.provider`. MariaDB is `mysql` there. */
export const databases = { postgresql, cockroachdb, mysql, sqlite, sqlserver } as const satisfies Record<
  string,
  Database
>

export type Provider = keyof typeof databases

/** The provider under its name in {@link databases}: Prisma accepts `postgres` as an alias. */
export function providerNamed(name: string): Provider | undefined {
  const canonical = name === 'postgres' ? 'postgresql' : name
  return isProvider(canonical) ? canonical : undefined
}

/** The database behind a provider's name, or `undefined` for one that is not supported. */
export function databaseOf(provider: string): Database | undefined {
  const name = providerNamed(provider)
  return name === undefined ? undefined : databases[name]
}

function isProvider(name: string): name is Provider {
  return Object.hasOwn(databases, name)
}
