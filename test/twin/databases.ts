import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Provider, TestDatabase } from '../support/databases/contract.js'
import { openMariadb } from '../support/databases/mariadb.js'
import { openPostgresql } from '../support/databases/postgresql.js'
import { openSqlite } from '../support/databases/sqlite.js'
import { startMariadb } from '../support/servers/mariadb-server.js'
import { startPostgres } from '../support/servers/postgres-server.js'
import { temporaryFolder } from '../support/servers/temporary-folder.js'

export const PROVIDERS: readonly Provider[] = ['postgresql', 'sqlite', 'mysql']

/** Where twins get their databases from: a new, empty one each time. */
export interface Server {
  readonly provider: Provider
  open(): Promise<TestDatabase>
  stop(): Promise<void>
}

/** A server for a run outside of Vitest. */
export async function startServer(provider: Provider): Promise<Server> {
  if (provider === 'sqlite') return sqliteServer(await temporaryFolder())
  const { url, stop } = await (provider === 'mysql' ? startMariadb() : startPostgres())
  return { ...(provider === 'mysql' ? mariadbServer(url) : postgresqlServer(url)), stop }
}

export function mariadbServer(url: string): Server {
  return { provider: 'mysql', open: () => openMariadb({ url, sql: '' }), stop: async () => {} }
}

export function postgresqlServer(url: string): Server {
  return { provider: 'postgresql', open: () => openPostgresql({ url, template: 'template0' }), stop: async () => {} }
}

export async function sqliteServer(folder: string): Promise<Server> {
  const template = join(folder, 'empty.db')
  await writeFile(template, '')
  return { provider: 'sqlite', open: () => openSqlite({ folder, template }), stop: async () => {} }
}
