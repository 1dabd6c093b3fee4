import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { PrismaMariaDb } from '@prisma/adapter-mariadb'
import { PrismaPg } from '@prisma/adapter-pg'
import { createConnection } from 'mariadb'
import pg from 'pg'
import { testProvider } from '../../test/support/database.js'
import { encryptedModels, PrismaClient } from '../../test/support/keys-client.js'
import { connectionOf } from '../../test/support/servers/mariadb-connection.js'
import { startMariadb } from '../../test/support/servers/mariadb-server.js'
import { startPostgres } from '../../test/support/servers/postgres-server.js'
import { hasLoadedAccelerator, type LoadedLibrary, loadLibrary } from '../subjects/library.js'
import type { Placement } from '../subjects/names.js'

export const OLD_CMK = 'alias/bench/old'
export const NEW_CMK = 'alias/bench/new'
export const TENANT = 'acme'

/** The tables of the tests' schema with a key table, on the database that `TEST_DB` names, and clients of them. */
export interface Stage {
  /** `PostgreSQL 18.4`. */
  readonly version: string
  readonly isPostgresql: boolean
  /** Without encryption. */
  readonly plain: PrismaClient
  /** Past Prisma, on a connection of its own. */
  execute(sql: string): Promise<void>
  /** As a process of its own would have it: no key in memory. */
  client(cmk: string, placement: Placement): ReturnType<typeof extended>
  close(): Promise<void>
}

export async function openStage(): Promise<Stage> {
  const library = await loadLibrary(`sweeps-${testProvider()}`, { native: true })
  const kms = library.localKms()
  for (const alias of [OLD_CMK, NEW_CMK]) await kms.createKey({ alias })
  await kms.createKey({ alias: 'alias/bench/index', spec: 'HMAC_256' })
  const database = await (testProvider() === 'mysql' ? openMariadb() : openPostgresql())
  for (const file of ['schema.sql', 'keys/schema.sql']) {
    const sql = new URL(`../../test/generated/${testProvider()}/${file}`, import.meta.url)
    await database.execute(await readFile(sql, 'utf8'))
  }
  const plain = new PrismaClient({ adapter: database.adapter })
  return {
    ...database,
    isPostgresql: testProvider() === 'postgresql',
    plain,
    client: (cmk, placement) => extended(library, kms, plain, cmk, placement),
    async close() {
      await plain.$disconnect()
      await database.close()
    },
  }
}

/** Throws where the accelerator was not loaded by what has been sealed. */
export function needAccelerator(): void {
  if (!hasLoadedAccelerator(`sweeps-${testProvider()}`)) throw new Error('the accelerator does not load here')
}

function extended(
  { fieldEncryption }: LoadedLibrary,
  { provider }: ReturnType<LoadedLibrary['localKms']>,
  plain: PrismaClient,
  cmk: string,
  store: Placement,
) {
  return plain.$extends(
    fieldEncryption({
      models: encryptedModels,
      app: 'bench',
      kms: provider,
      cmk: () => ({ current: cmk, previous: [cmk === OLD_CMK ? NEW_CMK : OLD_CMK] }),
      indexCmk: 'alias/bench/index',
      dataKeys: { store },
      rewrap: 'off',
    }),
  )
}

type Database = Pick<Stage, 'version' | 'execute' | 'close'> & {
  adapter: ConstructorParameters<typeof PrismaClient>[0]['adapter'] & object
}

async function openPostgresql(): Promise<Database> {
  const server = await startPostgres()
  const name = newName()
  const admin = new pg.Client({ connectionString: server.url })
  await admin.connect()
  await admin.query(`CREATE DATABASE "${name}"`)
  const { rows } = await admin.query<{ server_version: string }>('SHOW server_version')
  const url = new URL(server.url)
  url.pathname = `/${name}`
  const connection = new pg.Client({ connectionString: url.href })
  await connection.connect()
  return {
    version: `PostgreSQL ${rows[0]?.server_version}`,
    adapter: new PrismaPg({ connectionString: url.href, max: 4 }),
    async execute(sql) {
      await connection.query(sql)
    },
    async close() {
      await connection.end()
      await admin.query(`DROP DATABASE "${name}" WITH (FORCE)`)
      await admin.end()
      await server.stop()
    },
  }
}

async function openMariadb(): Promise<Database> {
  const server = await startMariadb()
  const name = newName()
  const connection = await createConnection({ ...connectionOf(server.url), multipleStatements: true })
  await connection.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`)
  await connection.query(`USE ${name}`)
  const version: { version: string }[] = await connection.query('SELECT VERSION() AS version')
  return {
    version: `MariaDB ${version[0]?.version.split('-')[0]}`,
    adapter: new PrismaMariaDb({ ...connectionOf(server.url), database: name, connectionLimit: 4 }),
    async execute(sql) {
      await connection.query(sql)
    },
    async close() {
      await connection.query(`DROP DATABASE ${name}`)
      await connection.end()
      await server.stop()
    },
  }
}

function newName(): string {
  return `prisma_envelope_bench_${randomBytes(4).toString('hex')}`
}
