import type { StoredRow, TestDatabase } from '../support/databases/contract.js'
import { isTime } from './args/where.js'
import type { EncryptedTwin } from './clients.js'
import { Difference, inOrder, plainly, same } from './compare.js'
import { isLegacy } from './legacy.js'
import { isOwned, type Model, type Models, type Scalar, SHARED } from './models.js'
import { needleOf } from './oracle.js'
import { quoted } from './quoted.js'
import { isWithinTenant, linkTables } from './seed.js'
import type { Stage } from './twins.js'

/** Compares all that is stored, read past Prisma, with every envelope opened and every token checked. */
export async function compareState(models: Models, stage: Stage): Promise<void> {
  const { encrypted } = stage
  const plains = [...new Set(stage.plains.values())].map(({ database }) => database)
  const stored = new Map<Model, Row[]>()
  // One query at a time on each connection.
  for (const model of models.list) stored.set(model, await storedRows(encrypted.database, model))
  for (const [model, rows] of stored) {
    const ours = await openedRows(encrypted, model, rows, (row) => ownerOf(stored, model, row))
    const each = await Promise.all(
      plains.map(async (database) => (await storedRows(database, model)).map((row) => shared(model, row))),
    )
    // A tenant's rows are in its own twin; what belongs to no tenant is in all of them.
    if (isOwned(model)) compareRows(model.name, ours, each.flat())
    else
      for (const theirs of each.slice(0, models.schema === 'twin' ? 1 : each.length))
        compareRows(model.name, ours, theirs)
  }
  for (const link of linkTables(models)) {
    const { table, a, b } = link
    const read = (database: TestDatabase) => database.query(`SELECT * FROM ${quoted(database, table)}`)
    const [ours, ...each] = await Promise.all([encrypted.database, ...plains].map(read))
    const ofNobody = !isOwned(a) && !isOwned(b)
    compareRows(
      table,
      (ours ?? []).filter((row) => isWithinTenant(link, row)),
      (ofNobody ? each.slice(0, 1) : each).flat(),
    )
  }
}

function compareRows(name: string, ours: readonly unknown[], theirs: readonly unknown[]): void {
  const [one, other] = [inOrder(ours.map(plainly)), inOrder(theirs.map(plainly))]
  if (!same(one, other))
    throw new Difference(`What is stored of ${name} differs`, { cause: { ours: one, theirs: other } })
}

type Row = Record<string, unknown>

/** Which tenant owns a row: followed from row to row, apart from what the package knows. */
function ownerOf(stored: ReadonlyMap<Model, readonly Row[]>, model: Model, row: Row): string {
  const { tenant, step, parent } = model
  if (model.shared) return SHARED
  if (tenant !== undefined) return String(row[tenant.name] ?? SHARED)
  // Sealed for whichever tenant the call was bound to: there is one.
  if (step === undefined || parent === undefined) return '1'
  const [from = '', to = ''] = [step.from[0], step.to[0]]
  if (row[from] === null) return SHARED
  const above = stored.get(parent)?.find((one) => one[to] === row[from])
  if (above === undefined) throw new Difference(`A row of ${model.name} belongs to no row`, { cause: row })
  return ownerOf(stored, parent, above)
}

/** The rows of a table by the names of their fields, without the columns that the clock fills. */
async function storedRows(database: TestDatabase, model: Model): Promise<Row[]> {
  const fields = model.scalars.filter((field) => !isTime(field))
  const columns = fields.map(({ list, column, name }) => {
    const stored = quoted(database, column)
    return `${list ? `to_jsonb(${stored})::text` : stored} AS ${quoted(database, name)}`
  })
  const rows = await database.query(`SELECT ${columns.join(', ')} FROM ${quoted(database, model.table)}`)
  return rows.map((row) => withLists(model, row))
}

function withLists(model: Model, row: StoredRow): Record<string, unknown> {
  const lists = model.scalars.filter(({ list }) => list)
  return { ...row, ...Object.fromEntries(lists.map((field) => [field.name, listOf(field, row[field.name])])) }
}

/** A list from its JSON text, where bytes are `\\x` and hexadecimal digits. */
function listOf({ type, name }: Scalar, text: unknown): unknown {
  if (text === null) return null
  const list: unknown = JSON.parse(String(text))
  if (!Array.isArray(list)) throw new Error(`${name} is no list`)
  return type === 'Bytes' ? list.map((item) => Uint8Array.from(Buffer.from(String(item).slice(2), 'hex'))) : list
}

/** A row as both twins have it; of a token only whether there is one. */
function shared(model: Model, row: Readonly<Row>, opened = false): Record<string, unknown> {
  return Object.fromEntries(
    model.scalars.flatMap((field) => {
      const value = row[field.name]
      if (value === undefined) return []
      if (field.isIndex) return [[field.name, value !== null]]
      return [[field.name, opened && field.encrypted ? value : storedValue(field, value)]]
    }),
  )
}

/** Json columns come as text. */
function storedValue(field: Scalar, value: unknown): unknown {
  return field.type === 'Json' && typeof value === 'string' ? JSON.parse(value) : value
}

/** Rows that were opened before, by what is stored: most stand from the start on, envelope by envelope. */
const openedBefore = new WeakMap<EncryptedTwin, Map<string, Row>>()
const REMEMBERED = 2000

async function openedRows(
  twin: EncryptedTwin,
  model: Model,
  rows: readonly Row[],
  owner: (row: Row) => string,
): Promise<Row[]> {
  if (!model.scalars.some(({ encrypted }) => encrypted)) return rows.map((row) => shared(model, row))
  const known = openedBefore.get(twin) ?? new Map<string, Row>()
  openedBefore.set(twin, known)
  if (known.size > REMEMBERED) known.clear()
  const names = rows.map((row) => `${owner(row)} ${model.name}${JSON.stringify(plainly(row))}`)
  const unknown = rows.filter((_, at) => !known.has(names[at] ?? ''))
  const opened: Row[] = []
  for (const row of unknown) opened.push(...(await openRows(twin, model, owner(row), [row])))
  return rows.map((row, at) => {
    const name = names[at] ?? ''
    const result = known.get(name) ?? opened[unknown.indexOf(row)] ?? {}
    known.set(name, result)
    return result
  })
}

async function openRows(twin: EncryptedTwin, model: Model, owner: string, rows: readonly Row[]): Promise<Row[]> {
  const secrets = model.scalars.filter(({ encrypted }) => encrypted)
  for (const row of rows) {
    for (const field of secrets) {
      const { name } = field
      if (!isLegacy(model.name, field) && !isSealed(row[name]))
        throw new Difference(`${model.name}.${name} is stored in plaintext`, { cause: row })
    }
  }
  const opened = await twin.client.$forTenant(owner).$encryption.openRows(
    model.name,
    rows.map((row) => parsed(model, row)),
  )
  for (const row of opened) for (const field of secrets) await checkTokens(twin, model, owner, field, row)
  return opened.map((row) => shared(model, row, true))
}

/** Documents in plaintext as Prisma's own raw queries return them. */
function parsed(model: Model, row: Row): Row {
  const documents = model.scalars.filter((field) => field.type === 'Json' && isLegacy(model.name, field))
  const values = documents.flatMap(({ name }) => (isSealed(row[name]) ? [] : [[name, JSON.parse(String(row[name]))]]))
  return { ...row, ...Object.fromEntries(values) }
}

/** The binary form of an empty value whose data key is in the key table: head, nonce and tag. */
const SHORTEST = 18 + 12 + 16

/** NULL, the text form, the text form as a JSON string, or the binary form, which begins with the version. */
function isSealed(value: unknown): boolean {
  if (value === null) return true
  if (Array.isArray(value)) return value.every((element) => element !== null && isSealed(element))
  if (typeof value === 'string') return /^"?pe1:/.test(value)
  return value instanceof Uint8Array && value.length >= SHORTEST && (value[0] ?? 0) >> 4 === 1
}

/** An index column holds its value's token, and NULL where the value is. */
async function checkTokens(twin: EncryptedTwin, model: Model, tenant: string, field: Scalar, row: Row): Promise<void> {
  const value = row[field.name]
  for (const index of field.indexes) {
    const { column } = index
    const stored = row[column]
    const sought = value === null || index.part === undefined ? value : needleOf(index, `${value}`)
    // A value without such a part has a token that nothing finds.
    if (sought === undefined && stored instanceof Uint8Array && stored.length === 16) continue
    const token =
      sought === null
        ? null
        : await twin.client.$encryption.index(model.name, field.name, sought, { tenant, index: column })
    if (!same(plainly(stored), plainly(token)))
      throw new Difference(`${model.name}.${column} is not the token of its value`, { cause: row })
  }
}
