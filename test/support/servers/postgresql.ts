import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Client } from 'pg'
import type { TestProject } from 'vitest/node'
import { startPostgres } from './postgres-server.js'

declare module 'vitest' {
  interface ProvidedContext {
    postgresql: { url: string; template: string }
  }
}

/**
 * Runs once for the project `postgresql`: finds or starts a server, and makes the template from which every
 * {@link openTestDatabase} copies.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgres()
  // Random, since several runs may share the server that `TEST_DATABASE_URL` names.
  const template = `prisma_envelope_template_${randomBytes(6).toString('hex')}`
  try {
    await execute(server.url, `CREATE DATABASE "${template}"`)
    const sql = await readFile(new URL('../../generated/postgresql/schema.sql', import.meta.url), 'utf8')
    await execute(databaseUrl(server.url, template), sql)
  } catch (error) {
    await server.stop()
    throw error
  }
  project.provide('postgresql', { url: server.url, template })
  return async () => {
    try {
      await execute(server.url, `DROP DATABASE IF EXISTS "${template}" WITH (FORCE)`)
    } finally {
      await server.stop()
    }
  }
}

async function execute(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

function databaseUrl(url: string, name: string): string {
  const changed = new URL(url)
  changed.pathname = `/${name}`
  return changed.href
}
