import { readFile } from 'node:fs/promises'
import type { TestProject } from 'vitest/node'
import { startMariadb } from './mariadb-server.js'

declare module 'vitest' {
  interface ProvidedContext {
    mariadb: { url: string; sql: string }
  }
}

/**
 * Runs once for the project `mariadb`: finds or starts a server. MariaDB has no template databases: every
 * {@link openTestDatabase} runs the SQL.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const sql = await readFile(new URL('../../schema-sql/mysql.sql', import.meta.url), 'utf8')
  const server = await startMariadb()
  project.provide('mariadb', { url: server.url, sql })
  return () => server.stop()
}
