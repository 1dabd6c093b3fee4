import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils'

/** Makes a driver adapter for the database file of a URL. */
export type SqliteAdapter = (url: string) => SqlDriverAdapterFactory

/**
 * Prisma's adapter for libSQL; with `TEST_SQLITE_ADAPTER=better-sqlite3` the one for better-sqlite3, which is no
 * dependency of this repository: from the folder `TEST_SQLITE_ADAPTER_FOLDER`, where somebody has installed it.
 */
export async function sqliteAdapter(): Promise<SqliteAdapter> {
  const name = process.env.TEST_SQLITE_ADAPTER ?? 'libsql'
  if (name === 'libsql') {
    const { PrismaLibSql } = await import('./libsql.js')
    return (url) => new PrismaLibSql({ url })
  }
  if (name !== 'better-sqlite3') throw new Error(`TEST_SQLITE_ADAPTER: neither libsql nor better-sqlite3, but ${name}`)
  const { PrismaBetterSqlite3 } = await importBetterSqlite3()
  return (url) => new PrismaBetterSqlite3({ url })
}

/** What is used of it, since its types are not there. */
interface BetterSqlite3Module {
  readonly PrismaBetterSqlite3: new (options: { readonly url: string }) => SqlDriverAdapterFactory
}

async function importBetterSqlite3(): Promise<BetterSqlite3Module> {
  const folder = process.env.TEST_SQLITE_ADAPTER_FOLDER ?? process.cwd()
  const path = createRequire(join(folder, 'package.json')).resolve('@prisma/adapter-better-sqlite3')
  return import(/* @vite-ignore */ pathToFileURL(path).href)
}
