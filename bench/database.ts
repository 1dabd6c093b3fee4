import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { startPostgres } from '../test/support/servers/postgres-server.js'

const SCHEMA = new URL('generated/schema.sql', import.meta.url)
const TABLES = ['Patient', 'Visit', 'Intake', 'DataKey', 'DataKeyCount']

/** A PostgreSQL server over loopback, on which each subject has a database of its own. */
export interface Server {
  /** As the server says it. */
  readonly version: string
  /** An empty database with the tables; `name` is for whoever looks at the server. */
  open(name: string): Promise<Database>
  stop(): Promise<void>
}

export interface Database {
  /** For another process. */
  readonly url: string
  /** For `new PrismaClient({ adapter })`. */
  adapter(): PrismaPg
  /** Around Prisma, on a connection of its own. */
  query<Row extends pg.QueryResultRow>(sql: string): Promise<Row[]>
  close(): Promise<void>
}

/** The server of the integration tests: `TEST_DATABASE_URL`'s, else one in a container, else one from npm. */
export async function startServer(): Promise<Server> {
  const { url, stop } = await startPostgres()
  const admin = new pg.Client({ connectionString: url })
  await admin.connect()
  const { rows } = await admin.query<{ server_version: string }>('SHOW server_version')
  return {
    version: rows[0]?.server_version ?? 'of unknown version',
    open: (name) => openDatabase(admin, url, `prisma_envelope_bench_${randomBytes(4).toString('hex')} ${name}`),
    async stop() {
      await admin.end()
      await stop()
    },
  }
}

async function openDatabase(admin: pg.Client, url: string, name: string): Promise<Database> {
  await admin.query(`CREATE DATABASE "${name}"`)
  const address = new URL(url)
  address.pathname = `/${name}`
  const connection = new pg.Client({ connectionString: address.href })
  await connection.connect()
  await connection.query(await readFile(SCHEMA, 'utf8'))
  // It would start in the middle of somebody's turn.
  for (const table of TABLES) await connection.query(`ALTER TABLE "${table}" SET (autovacuum_enabled = false)`)
  return {
    url: address.href,
    adapter: () => new PrismaPg({ connectionString: address.href, max: 8 }),
    query: async <Row extends pg.QueryResultRow>(sql: string) => (await connection.query<Row>(sql)).rows,
    async close() {
      await connection.end()
      await admin.query(`DROP DATABASE "${name}" WITH (FORCE)`)
    },
  }
}
