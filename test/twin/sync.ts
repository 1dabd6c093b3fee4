import type { StoredRow, StoredValue, TestDatabase } from '../support/databases/contract.js'
import type { PlainTwin } from './clients.js'
import { plainly } from './compare.js'
import { isOwned, type Model, type Models } from './models.js'
import { quoted } from './quoted.js'
import { linkTables, parentsFirst } from './seed.js'

/**
 * Rows that all tenants share are in every tenant's plain twin. After a call of one of them, the others get what it changed:
 * past Prisma, so that the database itself deletes or unlinks their own rows below.
 */
export async function syncShared(models: Models, source: PlainTwin, others: readonly PlainTwin[]): Promise<void> {
  const shared = parentsFirst(models).filter((model) => !isOwned(model))
  for (const model of shared) {
    const rows = await read(source.database, model.table)
    for (const { database } of others) await makeSame(database, model, rows)
  }
  for (const { table, a, b } of linkTables(models)) {
    if (isOwned(a) || isOwned(b)) continue
    const links = await read(source.database, table)
    for (const { database } of others) {
      const there = await read(database, table)
      const [wanted, given] = [new Set(links.map(nameOf)), new Set(there.map(nameOf))]
      for (const row of there.filter((one) => !wanted.has(nameOf(one)))) await remove(database, table, row)
      for (const row of links.filter((one) => !given.has(nameOf(one)))) await insert(database, table, row)
    }
  }
}

function read(database: TestDatabase, table: string): Promise<StoredRow[]> {
  return database.query(`SELECT * FROM ${quoted(database, table)}`)
}

function nameOf(row: StoredRow): string {
  return JSON.stringify(plainly(row))
}

async function makeSame(database: TestDatabase, model: Model, rows: readonly StoredRow[]): Promise<void> {
  const { table } = model
  const key = model.scalars.find(({ name }) => name === model.key[0])?.column ?? ''
  const there = new Map((await read(database, table)).map((row) => [row[key], row]))
  const wanted = new Set(rows.map((row) => row[key]))
  for (const id of there.keys()) if (!wanted.has(id)) await remove(database, table, { [key]: id ?? null })
  const changed = rows.filter((row) => {
    const before = there.get(row[key])
    return before === undefined || nameOf(before) !== nameOf(row)
  })
  // What one row has given up, another may have now.
  for (let left = changed; left.length > 0; ) {
    const failed: StoredRow[] = []
    for (const row of left) {
      const write = there.has(row[key]) ? update(database, table, key, row) : insert(database, table, row)
      await write.catch(() => failed.push(row))
    }
    if (failed.length === left.length) throw new Error(`Rows of ${table} could not be made the same in all plain twins`)
    left = failed
  }
}

function insert(database: TestDatabase, table: string, row: StoredRow): Promise<number> {
  const columns = Object.keys(row).map((column) => quoted(database, column))
  const places = columns.map(() => '?')
  const sql = `INSERT INTO ${quoted(database, table)} (${columns.join(', ')}) VALUES (${places.join(', ')})`
  return database.execute(sql, Object.values(row))
}

function update(database: TestDatabase, table: string, key: string, row: StoredRow): Promise<number> {
  const columns = Object.keys(row).map((column) => `${quoted(database, column)} = ?`)
  const sql = `UPDATE ${quoted(database, table)} SET ${columns.join(', ')} WHERE ${quoted(database, key)} = ?`
  return database.execute(sql, [...Object.values(row), row[key] ?? null])
}

function remove(database: TestDatabase, table: string, where: StoredRow): Promise<number> {
  const conditions = Object.keys(where).map((column) => `${quoted(database, column)} = ?`)
  const values: StoredValue[] = Object.values(where)
  return database.execute(`DELETE FROM ${quoted(database, table)} WHERE ${conditions.join(' AND ')}`, values)
}
