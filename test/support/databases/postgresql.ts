import { randomBytes } from 'node:crypto'
import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { inject } from 'vitest'
import type { StoredRow, TestDatabase } from './contract.js'
import { toNumbered } from './parameters.js'

/** Object identifiers of PostgreSQL's types, from its catalog `pg_type`. */
const int8 = 20
const numericFree = new Set([16, 17, 21, 23, 700, 701])

/** Text for everything that SQLite too stores as text, so that tests compare the same. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
    if (oid === int8) return Number
    if (numericFree.has(oid)) return pg.types.getTypeParser(oid, format as 'text')
    return (text: string) => text
  }) as typeof pg.types.getTypeParser,
}

/** @param server where, and the database to copy. */
export async function openPostgresql(server = inject('postgresql')): Promise<TestDatabase> {
  const name = `prisma_envelope_test_${randomBytes(6).toString('hex')}`
  const url = new URL(server.url)
  url.pathname = `/${name}`
  await once(server.url, `CREATE DATABASE "${name}" TEMPLATE "${server.template}"`)
  const connection = new pg.Client({ connectionString: url.href, types })
  await connection.connect()

  return {
    provider: 'postgresql',
    url: url.href,
    adapter: () => new PrismaPg({ connectionString: url.href, max: 8 }),
    async query(sql, params = []) {
      const { rows } = await connection.query<StoredRow>(toNumbered(sql), [...params])
      return rows.map(plainBytes)
    },
    async execute(sql, params = []) {
      const result: pg.QueryResult | pg.QueryResult[] =
        params.length === 0 ? await connection.query(sql) : await connection.query(toNumbered(sql), [...params])
      return (Array.isArray(result) ? result.at(-1)?.rowCount : result.rowCount) ?? 0
    },
    async close() {
      await connection.end()
      await once(server.url, `DROP DATABASE "${name}" WITH (FORCE)`)
    },
  }
}

/** A `Buffer` is a `Uint8Array`, but not equal to one in Vitest's eyes. */
function plainBytes(row: StoredRow): StoredRow {
  for (const [column, value] of Object.entries(row)) {
    if (value instanceof Uint8Array) row[column] = new Uint8Array(value)
  }
  return row
}

async function once(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
