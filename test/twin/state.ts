import type { StoredRow, TestDatabase } from '../support/databases/contract.js'
import { isTime } from './args/where.js'
import type { EncryptedTwin } from './clients.js'
import { Difference, inOrder, plainly, same } from './compare.js'
import type { Model, Models, Scalar } from './models.js'
import { linkTables, quoted } from './seed.js'
import type { Stage } from './twins.js'

/** Compares all that is stored, read past Prisma, with every envelope opened and every token checked. */
export async function compareState(models: Models, stage: Stage): Promise<void> {
  const { encrypted } = stage
  const plains = [...new Set(stage.plains.values())].map(({ database }) => database)
  await Promise.all(
    models.list.map(async (model) => {
      const ours = await openedRows(encrypted, model)
      const each = await Promise.all(plains.map((database) => storedRows(database, model)))
      // A tenant's rows are in its own twin; what belongs to no tenant is in both.
      const theirs = model.tenant === undefined ? each.slice(0, 1) : each
      compareRows(
        model.name,
        ours,
        theirs.flat().map((row) => withoutTokens(model, row)),
      )
    }),
  )
  await Promise.all(
    linkTables(models).map(async ({ table, a, b }) => {
      const read = (database: TestDatabase) => database.query(`SELECT * FROM ${quoted(database, table)}`)
      const each = await Promise.all(plains.map(read))
      const shared = a.tenant === undefined && b.tenant === undefined
      compareRows(table, await read(encrypted.database), (shared ? each.slice(0, 1) : each).flat())
    }),
  )
}

function compareRows(name: string, ours: readonly unknown[], theirs: readonly unknown[]): void {
  const [one, other] = [inOrder(ours.map(plainly)), inOrder(theirs.map(plainly))]
  if (!same(one, other))
    throw new Difference(`What is stored of ${name} differs`, { cause: { ours: one, theirs: other } })
}

/** The rows of a table by the names of their fields, without the columns that the clock fills. */
async function storedRows(database: TestDatabase, model: Model): Promise<StoredRow[]> {
  const fields = model.scalars.filter((field) => !isTime(field))
  const columns = fields.map(({ column, name }) => `${quoted(database, column)} AS ${quoted(database, name)}`)
  return database.query(`SELECT ${columns.join(', ')} FROM ${quoted(database, model.table)}`)
}

function withoutTokens(model: Model, row: StoredRow): Record<string, unknown> {
  return Object.fromEntries(
    model.scalars.flatMap((field) => {
      const value = row[field.name]
      if (value === undefined) return []
      return [[field.name, field.isIndex ? value !== null : storedValue(field, value)]]
    }),
  )
}

/** Json columns come as text. */
function storedValue(field: Scalar, value: unknown): unknown {
  return field.type === 'Json' && typeof value === 'string' ? JSON.parse(value) : value
}

async function openedRows(twin: EncryptedTwin, model: Model): Promise<Record<string, unknown>[]> {
  const rows = await storedRows(twin.database, model)
  const secrets = model.scalars.filter(({ encrypted }) => encrypted)
  if (secrets.length === 0) return rows.map((row) => withoutTokens(model, row))
  for (const row of rows) {
    for (const field of secrets)
      if (!isSealed(row[field.name]))
        throw new Difference(`${model.name}.${field.name} is stored in clear`, { cause: row })
  }
  const client = model.tenant === undefined ? twin.client.$forTenant('1') : twin.client
  const opened = await client.$encryption.openRows(model.name, rows)
  for (const row of opened) for (const field of secrets) await checkTokens(twin, model, field, row)
  return opened.map((row) => opened1(model, row))
}

function opened1(model: Model, row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    model.scalars.flatMap((field) => {
      const value = row[field.name]
      if (value === undefined) return []
      if (field.isIndex) return [[field.name, value !== null]]
      return [[field.name, field.encrypted ? value : storedValue(field, value)]]
    }),
  )
}

/** NULL, the text form, the text form as a JSON string, or the binary form, which begins with the version. */
function isSealed(value: unknown): boolean {
  if (value === null) return true
  if (typeof value === 'string') return /^"?pe1:/.test(value)
  return value instanceof Uint8Array && value.length > 60 && (value[0] ?? 0) >> 4 === 1
}

/** An index column holds its value's token, and NULL where the value is. */
async function checkTokens(
  twin: EncryptedTwin,
  model: Model,
  field: Scalar,
  row: Record<string, unknown>,
): Promise<void> {
  const value = row[field.name]
  for (const { column } of field.indexes) {
    const stored = row[column]
    const tenant = String(row[model.tenant?.name ?? ''])
    const token =
      value === null
        ? null
        : await twin.client.$encryption.index(model.name, field.name, value, { tenant, index: column })
    if (!same(plainly(stored), plainly(token)))
      throw new Difference(`${model.name}.${column} is not the token of its value`, { cause: row })
  }
}
