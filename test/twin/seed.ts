import { Draw } from '../prisma/query/draw.js'
import type { StoredRow, TestDatabase } from '../support/databases/contract.js'
import { drawCreate } from './args/data.js'
import { type Client, type EncryptedTwin, operationOf, type PlainTwin } from './clients.js'
import { leavePlaintext } from './legacy.js'
import { isOwned, type Model, type Models, SHARED, TENANTS } from './models.js'
import { oracleToken } from './oracle.js'
import { quoted } from './quoted.js'
import { type Node, render } from './split.js'
import { resolveTokens } from './tokens.js'
import { IDS, idOf, SEEDED, type Setting } from './values.js'

/**
 * What every sequence starts from: some rows of every model and tenant, made once through both clients, and put back
 * from copies of their tables before each sequence.
 */
export async function seed(
  models: Models,
  encrypted: EncryptedTwin,
  plains: ReadonlyMap<string, PlainTwin>,
): Promise<void> {
  for (const model of parentsFirst(models)) {
    const owners = isOwned(model) ? model.owners.filter((tenant) => plains.has(tenant)) : ['1']
    for (const tenant of owners) {
      const targets = isOwned(model) ? [plainOf(plains, tenant)] : [...new Set(plains.values())]
      // Of a tenant that is itself a row there is one.
      const count = idOf(model, tenant, 1) === idOf(model, tenant, 2) ? 1 : SEEDED
      for (let n = 1; n <= count; n++) await seedRow(models, model, tenant, n, encrypted, targets)
    }
  }
  const twins = [...new Set(plains.values())]
  for (const link of linkTables(models)) {
    const nobodys = !isOwned(link.a) && !isOwned(link.b)
    for (const tenant of nobodys ? [SHARED] : TENANTS.filter((one) => plains.has(one))) {
      for (const { database } of [encrypted, ...(nobodys ? twins : [plainOf(plains, tenant)])])
        await seedLinks(database, link, tenant)
    }
  }
  if (twins.length > 1) await crossTenants(models, encrypted.database)
  const databases = twins.map(({ database }) => database)
  if ((await leavePlaintext(models, encrypted.database, databases)) === 0)
    throw new Error('No value is left in plaintext')
  for (const { database } of [encrypted, ...new Set(plains.values())]) await keepCopies(models, database)
}

function plainOf(plains: ReadonlyMap<string, PlainTwin>, tenant: string): PlainTwin {
  const twin = plains.get(tenant)
  if (twin === undefined) throw new Error(`Tenant ${tenant} has no plain twin`)
  return twin
}

/** Draws rows until one meets no unique value or missing parent. */
async function seedRow(
  models: Models,
  model: Model,
  tenant: string,
  n: number,
  encrypted: EncryptedTwin,
  targets: readonly PlainTwin[],
): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const draw = new Draw(numbersFrom(`${model.name}/${tenant}/${n}/${attempt}`))
    const setting: Setting = {
      draw,
      tenant,
      bound: false,
      pins: true,
      pinned: false,
      apart: true,
      givenIds: true,
      inside: false,
      nested: false,
    }
    const data = drawCreate(models, setting, model, 0, undefined, 'scalars')
    const key = model.key.at(-1) ?? ''
    if (key !== model.tenant?.name) data[key] = idOf(model, tenant, n)
    if (!(await isTaken(targets, model, data))) {
      await resolveTokens(encrypted.client, data)
      // With nothing but the row to say which tenant owns it, as far as it does.
      const { client } = encrypted.processes[n % 2 === 0 ? 'inline' : 'table']
      const view = isOwned(model) && tenant === SHARED ? client : client.$forTenant(tenant)
      await create(
        view,
        model,
        render(data, 'encrypted', ({ real }) => real),
      )
      return
    }
  }
  throw new Error(`No row of ${model.name} could be made for a start`)
}

async function isTaken(targets: readonly PlainTwin[], model: Model, data: Node): Promise<boolean> {
  for (const { client } of targets) {
    try {
      await create(client, model, render(data, 'plain', oracleToken))
    } catch {
      return true
    }
  }
  return false
}

async function create(client: Client, model: Model, data: Node): Promise<unknown> {
  return operationOf(client, model.delegate, 'create')({ data })
}

/** The same numbers for the same text: an ordinary linear congruential generator. */
function numbersFrom(text: string): number[] {
  let state = 7
  for (const character of text) state = (state * 31 + character.charCodeAt(0)) >>> 0
  return Array.from({ length: 200 }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state >>> 16
  })
}

/** Rows of many-to-many relations: a triangle. */
async function seedLinks(database: TestDatabase, { table, a, b }: LinkTable, tenant: string): Promise<void> {
  for (let n = 1; n <= SEEDED; n++) {
    for (const m of [n, (n % SEEDED) + 1]) {
      const values = [idOf(a, tenant, n), idOf(b, tenant, m)]
      await database.execute(`INSERT INTO ${quoted(database, table)} VALUES (?, ?)`, values)
    }
  }
}

/**
 * Links between rows of two tenants, as raw SQL or a bug of earlier days may have left them: for a bound client they are
 * not there. The tenants' plain twins do not have them.
 */
async function crossTenants(models: Models, database: TestDatabase): Promise<void> {
  for (const { table, a, b } of linkTables(models)) {
    if (!isOwned(a) || !isOwned(b)) continue
    for (const [one = '', other = ''] of [TENANTS, TENANTS.toReversed()]) {
      for (let n = 1; n <= SEEDED; n++) {
        const values = [idOf(a, one, n), idOf(b, other, n)]
        await database.execute(`INSERT INTO ${quoted(database, table)} VALUES (?, ?)`, values)
      }
    }
  }
}

/** Whether a link is within one tenant, or of models that have none. */
export function isWithinTenant({ a, b }: LinkTable, row: StoredRow): boolean {
  if (!isOwned(a) || !isOwned(b)) return true
  return TENANTS.some((tenant) => hasId(a, tenant, row.A) && hasId(b, tenant, row.B))
}

function hasId(model: Model, tenant: string, id: unknown): boolean {
  return Array.from({ length: IDS }, (_, n) => idOf(model, tenant, n + 1)).some((one) => one === id)
}

export interface LinkTable {
  readonly table: string
  readonly a: Model
  readonly b: Model
}

export function linkTables(models: Models): LinkTable[] {
  return models.list.flatMap((model) =>
    model.relations.flatMap(({ through, model: other }) =>
      through?.first === true ? [{ table: through.table, a: model, b: models.get(other) }] : [],
    ),
  )
}

export function parentsFirst(models: Models): Model[] {
  const ordered: Model[] = []
  const visit = (model: Model): void => {
    if (ordered.includes(model)) return
    for (const { from, model: parent } of model.relations) {
      if (from.length > 0 && parent !== model.name) visit(models.get(parent))
    }
    ordered.push(model)
  }
  for (const model of models.list) visit(model)
  return ordered
}

function tables(models: Models): string[] {
  return [...parentsFirst(models).map(({ table }) => table), ...linkTables(models).map(({ table }) => table)]
}

async function keepCopies(models: Models, database: TestDatabase): Promise<void> {
  for (const table of tables(models)) {
    await database.execute(
      `CREATE TABLE ${quoted(database, `start_${table}`)} AS SELECT * FROM ${quoted(database, table)}`,
    )
  }
}

/** Puts a database back to the start: one round trip. */
export async function reset(models: Models, database: TestDatabase): Promise<void> {
  await database.execute(resetSql(models, database))
}

const scripts = new WeakMap<TestDatabase, string>()

function resetSql(models: Models, database: TestDatabase): string {
  const known = scripts.get(database)
  if (known !== undefined) return known
  const names = tables(models).map((table) => [quoted(database, table), quoted(database, `start_${table}`)] as const)
  const statements = [
    ...names.toReversed().map(([table]) => `DELETE FROM ${table}`),
    ...(database.provider === 'sqlite' ? ['DELETE FROM sqlite_sequence'] : []),
    ...names.map(([table, copy]) => `INSERT INTO ${table} SELECT * FROM ${copy}`),
  ]
  const script = [
    ...BEFORE[database.provider],
    ...statements,
    ...restarts(models, database),
    ...AFTER[database.provider],
  ].join(';\n')
  scripts.set(database, script)
  return script
}

const BEFORE = { postgresql: [], sqlite: ['BEGIN'], mysql: ['SET FOREIGN_KEY_CHECKS = 0', 'BEGIN'] } as const
const AFTER = { postgresql: [], sqlite: ['COMMIT'], mysql: ['COMMIT', 'SET FOREIGN_KEY_CHECKS = 1'] } as const

/** Ids that the database makes begin again too, or a sequence that failed would leave the twins out of step. */
function restarts(models: Models, { provider }: TestDatabase): string[] {
  if (provider === 'sqlite') return []
  return models.list
    .filter(({ key, scalars }) =>
      scalars.some(({ name, type, hasDefault }) => key[0] === name && type === 'Int' && hasDefault),
    )
    .map(({ table, key }) =>
      provider === 'mysql'
        ? `ALTER TABLE \`${table}\` AUTO_INCREMENT = 1`
        : `SELECT setval('"${table}_${key[0]}_seq"', 1, false)`,
    )
}
