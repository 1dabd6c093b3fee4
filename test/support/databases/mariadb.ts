import { randomBytes } from 'node:crypto'
import { PrismaMariaDb } from '@prisma/adapter-mariadb'
import { type Connection, createConnection, type QueryOptions } from 'mariadb'
import { inject } from 'vitest'
import { connectionOf } from '../servers/mariadb-connection.js'
import type { StoredRow, StoredValue, TestDatabase } from './contract.js'
import { toAnonymous } from './parameters.js'

/** As text what is text in the other databases; numbers as numbers. `jsonStrings` is missing in the driver's types. */
const likeTheOthers: Omit<QueryOptions, 'sql'> & { jsonStrings: boolean } = {
  dateStrings: true,
  autoJsonMap: false,
  jsonStrings: true,
  bigIntAsNumber: true,
  insertIdAsNumber: true,
}

/** @param server where, and the SQL that makes the tables. */
export async function openMariadb(server = inject('mariadb')): Promise<TestDatabase> {
  const name = `prisma_envelope_test_${randomBytes(6).toString('hex')}`
  const url = new URL(server.url)
  url.pathname = `/${name}`
  const connection = await createConnection({ ...connectionOf(server.url), multipleStatements: true })
  await connection.query(`CREATE DATABASE \`${name}\` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`)
  await connection.query(`USE \`${name}\``)
  if (server.sql !== '') await connection.query(server.sql)
  // Tests name tables as the other databases do: "Note".
  await connection.query("SET SESSION sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES')")

  return {
    provider: 'mysql',
    url: url.href,
    adapter: () =>
      new PrismaMariaDb({ ...connectionOf(url.href), connectionLimit: 8, minimumIdle: 1, acquireTimeout: 60_000 }),
    async query(sql, params = []) {
      const rows: StoredRow[] = await run(connection, sql, params)
      return rows.map(plainBytes)
    },
    async execute(sql, params = []) {
      const result: { affectedRows?: number } | { affectedRows?: number }[] = await run(connection, sql, params)
      return (Array.isArray(result) ? result.at(-1)?.affectedRows : result.affectedRows) ?? 0
    },
    async close() {
      await connection.query(`DROP DATABASE \`${name}\``)
      await connection.end()
    },
  }
}

async function run<T>(connection: Connection, sql: string, params: readonly StoredValue[]): Promise<T> {
  if (params.length === 0) return connection.query<T>({ ...likeTheOthers, sql })
  const anonymous = toAnonymous(sql, params)
  const values = anonymous.args.map((value) => (value instanceof Uint8Array ? Buffer.from(value) : value))
  return connection.execute<T>({ ...likeTheOthers, sql: anonymous.sql }, values)
}

/** A `Buffer` is a `Uint8Array`, but not equal to one in Vitest's eyes. */
function plainBytes(row: StoredRow): StoredRow {
  for (const [column, value] of Object.entries(row)) {
    if (value instanceof Uint8Array) row[column] = new Uint8Array(value)
  }
  return row
}
