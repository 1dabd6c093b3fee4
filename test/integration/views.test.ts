import { describe, expect, test } from 'vitest'
import type { FieldEncryptionOptions } from '../../src/prisma/encryption-options.js'
import { fieldEncryption } from '../../src/prisma/extension.js'
import type { FieldEntry, ModelEntry } from '../../src/schema/model-map.js'
import { encryptedModels } from '../support/client.js'
import { openStage, refusal } from '../support/stage.js'

const { acme: writer, globex: theirs, database, kms, plain } = await openStage()

const notes = { a: [1] }
await writer.patient.create({ data: { id: 'a', email: 'ann', ssn: '1', notes, photo: Uint8Array.of(1, 2) } })
await theirs.patient.create({ data: { id: 'b', email: 'bob', notes } })

// Two tables of the test schema give way to views: to Prisma's client a view is a model that cannot be written.
const quoted = (sql: string): string => (database.provider === 'mysql' ? sql.replaceAll('"', '`') : sql)
await database.execute(quoted('DROP TABLE "Record"'))
await database.execute(
  quoted(
    'CREATE VIEW "Record" AS SELECT id, tenant_id AS "tenantId", id AS "patientId", notes AS "data", ' +
      'email_sealed AS "where", clinic_id AS "set", ssn AS "select" FROM patients',
  ),
)
await database.execute(quoted('DROP TABLE "Login"'))
await database.execute(quoted('CREATE VIEW "Login" AS SELECT 1 AS id, photo_sealed AS badge FROM patients'))

/** A model's entry as the generator writes that of a view: nothing is annotated in it. */
function asView({ tenant: _, fields, ...entry }: ModelEntry): ModelEntry {
  const columns = Object.entries(fields).map(([name, field]): [string, FieldEntry] => {
    if (field.kind === 'relation') return [name, field]
    const { encrypted: __, index: ___, ...column } = field
    return [name, column]
  })
  return { ...entry, view: true, fields: Object.fromEntries(columns) }
}

const { Record, Login, ...models } = encryptedModels.models
const prisma = plain.$extends(
  fieldEncryption({
    models: { ...encryptedModels, models: { ...models, Record: asView(Record), Login: asView(Login) } },
    app: 'test',
    kms: kms.provider,
    cmk: (tenant) => `alias/tenant/${tenant}`,
    indexCmk: 'alias/index',
  } satisfies FieldEncryptionOptions),
)
const acme = prisma.$forTenant('acme')
const where = { id: 'a' }

describe('ciphertext never leaves a view as data:', () => {
  test.each<[string, string, () => PromiseLike<unknown>]>([
    ['a whole row', 'data', () => acme.record.findMany({ where })],
    ['text that was selected', 'select', () => acme.record.findUnique({ where, select: { select: true } })],
    ['a Json document', 'data', () => acme.record.findFirst({ where, select: { id: true, data: true } })],
    ['in an included row', 'data', () => acme.patient.findUnique({ where, include: { record: true } })],
    ['by the fluent API', 'data', () => acme.patient.findUnique({ where }).record()],
    [
      'behind its own relation',
      'where',
      () => acme.record.findMany({ where, select: { patient: { select: { record: { select: { where: true } } } } } }),
    ],
    // @ts-expect-error: the types forbid it, too
    ['the least value', 'where', () => acme.record.aggregate({ _min: { where: true } })],
    // @ts-expect-error: the types forbid it, too
    ['the greatest of a group', 'select', () => acme.record.groupBy({ by: ['tenantId'], _max: { select: true } })],
    // @ts-expect-error: the types forbid it, too
    ['what is grouped by', 'where', () => acme.record.groupBy({ by: ['where'], _count: true })],
    ['in a transaction', 'data', () => acme.$transaction([acme.record.findMany({ where })])],
    ['to an unbound client', 'data', () => prisma.record.findMany({ where })],
  ])('%s', async (_what, field, call) => {
    const error = await refusal(call)
    expect(error).toMatchObject({ code: 'ENVELOPE_CONFIG_INVALID', model: 'Record', field })
    expect(error.message).not.toContain('pe1:')
  })

  test('bytes', async () => {
    const error = await refusal(acme.login.findFirst({ where: { badge: { not: null } }, select: { badge: true } }))
    expect(error).toMatchObject({ code: 'ENVELOPE_CONFIG_INVALID', model: 'Login', field: 'badge' })
  })
})

test('the error says which row and what to do', async () => {
  const call = acme.patient.findMany({ where, select: { id: true, record: { select: { id: true, where: true } } } })
  const error = await refusal(call)
  expect(error).toMatchObject({ model: 'Record', field: 'where', path: [0, 'record'], key: { id: 'a' } })
  expect(error.message).toMatch(/^Record\.where at \[0\]\.record \(id "a"\): This view selects an encrypted column/)
})

test('the rest of a view is read as ever, and what it relates to is opened', async () => {
  const rows = await acme.record.findMany({
    where,
    select: { id: true, patient: { select: { email: true, notes: true } } },
  })
  expect(rows).toEqual([{ id: 'a', patient: { email: 'ann', notes } }])
  expect(await acme.patient.findUnique({ where, select: { ssn: true, record: { select: { id: true } } } })).toEqual({
    ssn: '1',
    record: { id: 'a' },
  })
  expect(await acme.record.count({ select: { where: true, select: true } })).toEqual({ where: 2, select: 1 })
})

test('rows of a view that are read by $queryRaw are opened by openRows', async () => {
  const sql = 'SELECT id, "tenantId", "where" AS email, "data" AS notes FROM "Record" WHERE id = \'a\''
  const rows = await acme.$queryRawUnsafe<{ id: string; email: string }[]>(quoted(sql))
  expect(await acme.$encryption.openRows('Patient', rows)).toEqual([{ id: 'a', tenantId: 'acme', email: 'ann', notes }])
})

test('a view has no tenant column, so no client is kept within its rows of one tenant', async () => {
  expect(await acme.record.findMany({ select: { id: true }, orderBy: { id: 'asc' } })).toEqual([
    { id: 'a' },
    { id: 'b' },
  ])
})
