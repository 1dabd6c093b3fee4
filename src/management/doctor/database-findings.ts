import {
  constraintName,
  type Database,
  databaseOf,
  type FoundColumn,
  type Inspection,
  maintenanceOf,
  minimumBytes,
  minimumCharacters,
} from '../../databases/index.js'
import { counted } from '../../quoting/counted.js'
import type { ModelEntry, ModelMap, ScalarEntry } from '../../schema/model-map.js'
import { valueTypes } from '../../values/index.js'
import type { Finding } from './finding.js'
import { plaintextFindings } from './plaintext-findings.js'

/** As much of a Prisma client as a database is looked at with. */
export interface RawClient {
  $queryRawUnsafe(sql: string): PromiseLike<unknown[]>
}

/** How far the database's clock may be from this machine's (ms): data keys are created for an hour. */
const CLOCK_MARGIN = 60_000

/** Whether the database has what the schema says, and what guards or changes encrypted columns. */
export async function databaseFindings(client: RawClient, map: ModelMap): Promise<Finding[]> {
  const database = databaseOf(map.provider)
  const { inspection } = maintenanceOf(map.provider)
  if (database === undefined || inspection === undefined) {
    const message = `The tables of ${database?.name ?? map.provider} are not looked at. Compare their columns with the schema.`
    return [{ check: 'column', subject: map.provider, outcome: 'warning', message }]
  }
  try {
    return await inspect(client, map, database, inspection)
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? ` (${String(error.code)})` : ''
    const message = `The database cannot be looked at${code}. Check the connection, and that its user may read the catalog.`
    return [{ check: 'column', subject: database.name, outcome: 'problem', message }]
  }
}

async function inspect(client: RawClient, map: ModelMap, database: Database, sql: Inspection): Promise<Finding[]> {
  const columns = (await client.$queryRawUnsafe(sql.columns)) as FoundColumn[]
  const guards = new Set(namesIn(await client.$queryRawUnsafe(sql.guards)))
  const triggers = (await client.$queryRawUnsafe(sql.updateTriggers)) as Trigger[]
  const models = Object.values(map.models).filter(({ view, fields }) => view !== true && protectedIn(fields).length > 0)
  return [
    ...models.flatMap((model) => [
      ...columnFindings(database, model, columns),
      ...tenantFindings(database, model, columns),
    ]),
    ...guardFindings(models, guards),
    ...plaintextFindings(models, guards),
    ...models.flatMap((model) => triggerFindings(model, triggers)),
    ...(sql.clock === undefined ? [] : [await clockFinding(client, database, sql.clock)]),
  ]
}

interface Trigger {
  readonly schema: string | null
  readonly table: string
  readonly name: string
}

function namesIn(rows: readonly unknown[]): string[] {
  return rows.map((row) => String((row as { name: unknown }).name))
}

/** Encrypted fields and indexes. */
function protectedIn(fields: ModelEntry['fields']): ScalarEntry[] {
  return Object.values(fields).filter(
    (field): field is ScalarEntry => field.kind === 'scalar' && (field.encrypted ?? field.index) !== undefined,
  )
}

function columnFindings(database: Database, model: ModelEntry, columns: readonly FoundColumn[]): Finding[] {
  return protectedIn(model.fields).map((field): Finding => {
    const about = { check: 'column', subject: `${model.table}.${field.column}` } as const
    const found = columnOf(model, field.column, columns)
    if (found === undefined) {
      const message = 'The database has no such column. Run the migrations (`prisma migrate deploy`).'
      return { ...about, outcome: 'problem', message }
    }
    const length = found.length === null ? undefined : Number(found.length)
    const kind = field.encrypted === undefined ? undefined : valueTypes[field.encrypted.type].column
    const needed = kind === 'text' ? minimumCharacters : kind === 'bytes' ? minimumBytes : 0
    if (length !== undefined && length < needed && field.list !== true) {
      const unit = kind === 'text' ? 'characters' : 'bytes'
      const remedy = database.columns.remedy[kind === 'text' ? 'text' : 'bytes']
      const message = `The column holds ${length} ${unit}, and an envelope needs ${needed}: it may be cut, and is lost then. Write ${remedy} in the schema, and migrate.`
      return { ...about, outcome: 'problem', message }
    }
    return { ...about, outcome: 'ok', message: length === undefined ? found.type : `${found.type}(${length})` }
  })
}

/** Where tenants that differ by letter case are one for the database, and the schema says that they are not. */
function tenantFindings(database: Database, model: ModelEntry, columns: readonly FoundColumn[]): Finding[] {
  const { tenant } = model
  if (!database.foldsText || tenant?.from !== 'column' || tenant.type !== 'String') return []
  const entry = model.fields[tenant.field]
  if (entry?.kind !== 'scalar') return []
  const subject = `${model.table}.${entry.column}`
  const collation = columnOf(model, entry.column, columns)?.collation ?? undefined
  const isExact = collation === undefined || /_bin$|^binary$/i.test(collation)
  if (tenant.folds === true) {
    const message = isExact
      ? `${collation ?? 'binary'}: exact. \`@encrypted.tenant(collation: binary)\` would save a comparison.`
      : `${collation}: ignores case, which is taken into account`
    return [{ check: 'tenant-column', subject, outcome: 'ok', message }]
  }
  if (isExact) return [{ check: 'tenant-column', subject, outcome: 'ok', message: collation ?? 'binary' }]
  const message = `The schema says \`collation: binary\`, but the column's collation is ${collation}: it may treat two tenants as one. Change the column's collation, or leave the option out.`
  return [{ check: 'tenant-column', subject, outcome: 'problem', message }]
}

/** One line for all: either there are guards, or there are none yet. */
function guardFindings(models: readonly ModelEntry[], guards: ReadonlySet<string>): Finding[] {
  const columns = models.flatMap(({ schema, table, fields }) =>
    protectedIn(fields)
      .filter(({ encrypted }) => (encrypted?.legacy ?? encrypted?.write) === undefined)
      .map(({ column }) => ({ schema, table, column })),
  )
  const open = columns.filter(
    (column) => !guards.has(constraintName(column)) && !guards.has(constraintName(column, '_update')),
  )
  const about = { check: 'guard', subject: 'database' } as const
  if (open.length === 0)
    return [
      {
        ...about,
        outcome: 'ok',
        message: columns.length === 1 ? 'the column has one' : `all ${counted(columns.length, 'column')} have one`,
      },
    ]
  const names = open.slice(0, 5).map(({ table, column }) => `${table}.${column}`)
  const list = `${names.join(', ')}${open.length > names.length ? ', …' : ''}`
  const message = `${open.length} of ${counted(columns.length, 'column')} ${open.length === 1 ? 'accepts' : 'accept'} plaintext from other programs: ${list}. Apply what \`prisma-envelope sql --checks\` prints (docs/guards.md).`
  return [{ ...about, outcome: 'warning', message }]
}

function triggerFindings(model: ModelEntry, triggers: readonly Trigger[]): Finding[] {
  const own = triggers.filter(({ schema, table }) => table === model.table && (model.schema ?? schema) === schema)
  return [...new Set(own.map(({ name }) => name))].map((name) => ({
    check: 'trigger',
    subject: `${model.table}: ${name}`,
    outcome: 'warning',
    message:
      'Fires when a row is updated, also when it is rewrapped. Make sure that it does not copy or change encrypted columns.',
  }))
}

async function clockFinding(client: RawClient, { name }: Database, sql: string): Promise<Finding> {
  const before = Date.now()
  const [row] = (await client.$queryRawUnsafe(sql)) as { now: unknown }[]
  const now = Number(String(row?.now))
  // Its answer is from between the two.
  const ahead = now < before ? now - before : Math.max(0, now - Date.now())
  const about = { check: 'clock', subject: name } as const
  if (Math.abs(ahead) <= CLOCK_MARGIN) return { ...about, outcome: 'ok', message: 'as this machine’s' }
  const seconds = Math.round(Math.abs(ahead) / 1000)
  const message = `The database's clock is ${seconds} s ${ahead > 0 ? 'ahead of' : 'behind'} this machine's. Data keys are used for a time: set both clocks by NTP.`
  return { ...about, outcome: 'warning', message }
}

function columnOf(model: ModelEntry, column: string, columns: readonly FoundColumn[]): FoundColumn | undefined {
  return columns.find(
    (found) =>
      found.table === model.table &&
      found.column === column &&
      (model.schema === undefined ? Boolean(found.own) : found.schema === model.schema),
  )
}
