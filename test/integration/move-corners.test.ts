import { beforeEach, expect, test } from 'vitest'
import { fieldEncryption } from '../../src/prisma/extension.js'
import type { ModelMap } from '../../src/schema/model-map.js'
import { changedModels } from '../support/changed-models.js'
import { encryptedModels } from '../support/client.js'
import { testOptions } from '../support/encrypted-client.js'
import { openStage, refusal } from '../support/stage.js'

const { acme, database, globex, kms, kmsCallsOf, plain, plant, prisma, statements, stored } = await openStage()
const { move } = prisma.$encryption
const clientOf = (models: ModelMap) =>
  plain.$extends(fieldEncryption({ models: models as unknown as typeof encryptedModels, ...testOptions(kms) }))

const folds = database.provider === 'mysql'
const legacy = { legacy: { until: '2999-12-31', ...(folds && { folds: true as const }) } }
const MOVED = { model: 'Patient', id: 'a', to: 'globex' } as const
const verified = { finished: true, skipped: {} }

beforeEach(async () => {
  for (const model of ['visit', 'record', 'patient', 'staff', 'desk'] as const)
    await (plain[model].deleteMany as () => Promise<unknown>)()
  const data = { email: 'a@example.com', ssn: 'ssn of a', visits: { create: { reason: 'reason of a' } } }
  await acme.patient.create({ data: { id: 'a', ...data } })
  await globex.patient.create({ data: { id: 'x', ...data } })
})

test('plaintext that may be there stays plaintext, and an index of it that is there is computed anew', async () => {
  const lenient = clientOf(changedModels({ 'Patient.email': legacy, 'Patient.ssn': { write: 'plain' } }))
  await plant('patients', 'email_sealed', 'a', 'a@example.com')
  await plant('patients', 'ssn', 'a', "O'Brien")
  const token = await stored('patients', 'email_index', 'a')
  expect((await refusal(move(MOVED))).code).toBe('ENVELOPE_MOVE_REFUSED')
  expect(await lenient.$encryption.move(MOVED)).toMatchObject({
    models: [{ model: 'Patient', rows: 1, values: 0, tokens: 1, plaintext: 2 }, { values: 1 }],
  })
  expect([await stored('patients', 'email_sealed', 'a'), await stored('patients', 'ssn', 'a')]).toEqual([
    'a@example.com',
    "O'Brien",
  ])
  expect(await stored('patients', 'email_index', 'a')).not.toEqual(token)
  const expected = await globex.$encryption.index('Patient', 'email', 'a@example.com')
  expect(Buffer.from((await stored('patients', 'email_index', 'a')) as Uint8Array)).toEqual(Buffer.from(expected))
  const found = await lenient.$forTenant('globex').patient.findUnique({ where: { id: 'a' } })
  expect(found).toMatchObject({ email: 'a@example.com', ssn: "O'Brien" })
  // One that was not filled is left to backfill.
  await database.execute("UPDATE patients SET email_index = NULL WHERE id = 'a'")
  expect(await lenient.$encryption.move({ ...MOVED, to: 'acme' })).toMatchObject({
    models: [{ tokens: 0, plaintext: 2 }, {}],
  })
  expect(await stored('patients', 'email_index', 'a')).toBeNull()
})

test('an envelope where values are written in plaintext is sealed for the new tenant', async () => {
  const ejecting = clientOf(changedModels({ 'Patient.ssn': { write: 'plain' } }))
  expect(await ejecting.$encryption.move(MOVED)).toMatchObject({ models: [{ values: 2, plaintext: 0 }, {}] })
  expect(await ejecting.$forTenant('globex').patient.findUnique({ where: { id: 'a' } })).toMatchObject({
    ssn: 'ssn of a',
  })
  expect(String(await stored('patients', 'ssn', 'a'))).toMatch(/^pe1:/)
})

test('a value under a damaged index is moved, and its index with it', async () => {
  await database.execute("UPDATE patients SET email_index = NULL WHERE id = 'a'")
  expect(await move(MOVED)).toMatchObject({ models: [{ tokens: 1 }, {}] })
  expect(await globex.patient.count({ where: { email: 'a@example.com' } })).toBe(2)
  expect(await prisma.$encryption.verify()).toMatchObject(verified)
})

test('links over a relation table are in the way, from either side', async () => {
  await acme.desk.create({ data: { id: 'd', tenantId: 'acme', label: 'desk' } })
  await acme.staff.create({
    data: { id: 's', tenantId: 'acme', name: 'Sue', pin: '1234', uses: { connect: { id: 'd' } } },
  })
  for (const [options, link] of [
    [
      { model: 'Staff', id: 's' },
      { model: 'Staff', key: { id: 's' }, field: 'uses', containsTenant: false },
    ],
    [
      { model: 'Desk', id: 'd' },
      { model: 'Desk', key: { id: 'd' }, field: 'users', containsTenant: false },
    ],
  ] as const) {
    expect(await move({ ...options, to: 'globex', dryRun: true })).toMatchObject({ links: [link] })
    expect((await refusal(move({ ...options, to: 'globex' }))).code).toBe('ENVELOPE_MOVE_REFUSED')
  }
  expect(await move({ model: 'Desk', id: 'd', to: 'globex', links: 'off' })).toMatchObject({ moved: true })
  // Now the link leads to where the row goes.
  expect(await move({ model: 'Staff', id: 's', to: 'globex' })).toMatchObject({ moved: true, links: [] })
  expect(await globex.staff.findMany({ include: { uses: true } })).toMatchObject([{ pin: '1234', uses: [{ id: 'd' }] }])
})

test('a primary key that contains the tenant column changes with it', async () => {
  const map = structuredClone(encryptedModels) as unknown as { models: Record<string, { key: string[] }> }
  if (map.models.Patient !== undefined) map.models.Patient.key = ['tenantId', 'id']
  const client = clientOf(map as unknown as ModelMap)
  const id = { tenantId: 'acme', id: 'a' }
  expect((await refusal(client.$encryption.move(MOVED))).code).toBe('ENVELOPE_CONFIG_INVALID')
  expect(await client.$encryption.move({ ...MOVED, id })).toMatchObject({
    models: [{ rows: 1 }, { rows: 1, values: 1 }],
  })
  expect(await globex.patient.findUnique({ where: { id: 'a' }, include: { visits: true } })).toMatchObject({
    ...{ ssn: 'ssn of a', visits: [{ reason: 'reason of a', tenantId: 'globex' }] },
  })
  expect(await prisma.$encryption.verify()).toMatchObject(verified)
})

test('rows that are sealed for whom they were written by move if they are named', async () => {
  const map = structuredClone(encryptedModels) as unknown as { models: Record<string, { tenant: object }> }
  if (map.models.Record !== undefined) map.models.Record.tenant = { from: 'bound' }
  const client = clientOf(map as unknown as ModelMap)
  await client.$forTenant('acme').record.create({ data: { id: 'r', patientId: 'a', data: { of: 'a' } } })
  expect((await refusal(client.$encryption.move(MOVED))).message).toContain('Record id "r" by patient')
  expect(await client.$encryption.move({ ...MOVED, with: ['Record'] })).toMatchObject({ moved: true })
  expect(
    await client.$forTenant('globex').patient.findMany({ where: { id: 'a' }, include: { record: true } }),
  ).toMatchObject([{ record: { data: { of: 'a' } } }])
})

test('rows of other tenants do not move with what they refer to', async () => {
  const unchecked = plain.$extends(fieldEncryption({ models: encryptedModels, ...testOptions(kms), links: 'off' }))
  const record = { data: { id: 'r', tenantId: 'globex', patientId: 'a', data: { of: 'globex' } } }
  await unchecked.$forTenant('globex').record.create(record)
  // It is there already: the patient joins it.
  const report = await move({ ...MOVED, with: ['Record'], dryRun: true })
  expect(report).toMatchObject({ links: [], unreadable: [], models: [{ model: 'Patient' }, { model: 'Visit' }] })
  await plain.record.deleteMany()
  await unchecked.$forTenant('initech').record.create({ data: { ...record.data, tenantId: 'initech' } })
  expect(await move({ ...MOVED, with: ['Record'], dryRun: true })).toMatchObject({
    links: [{ model: 'Record', key: { id: 'r' }, field: 'patient' }],
    unreadable: [],
  })
})

test('a trigger that changes what is written is noticed, and nothing is moved', async () => {
  await database.execute(TRIGGERS[database.provider as keyof typeof TRIGGERS])
  try {
    const before = await plain.visit.findMany()
    expect((await refusal(move(MOVED))).code).toBe('ENVELOPE_MOVE_CONFLICT')
    expect(await plain.visit.findMany()).toEqual(before)
    expect(await acme.patient.count()).toBe(1)
  } finally {
    await database.execute(
      database.provider === 'postgresql' ? 'DROP TRIGGER meddle ON patients' : 'DROP TRIGGER meddle',
    )
  }
  expect(await move(MOVED)).toMatchObject({ moved: true })
})

const meddle = "UPDATE visits SET reason = 'meddled' WHERE patient_id = NEW.id"
const TRIGGERS = {
  sqlite: `CREATE TRIGGER meddle AFTER UPDATE OF tenant_id ON patients BEGIN ${meddle}; END`,
  mysql: `CREATE TRIGGER meddle AFTER UPDATE ON patients FOR EACH ROW ${meddle}`,
  postgresql: `CREATE FUNCTION meddle() RETURNS trigger AS $$ BEGIN ${meddle}; RETURN NEW; END $$ LANGUAGE plpgsql;
CREATE TRIGGER meddle AFTER UPDATE OF tenant_id ON patients FOR EACH ROW EXECUTE FUNCTION meddle()`,
}

test('nobody waits for KMS in the transaction, and a dry run generates no data key', async () => {
  prisma.$encryption.evict('globex')
  statements.length = 0
  expect(await kmsCallsOf(() => move({ ...MOVED, dryRun: true }))).not.toContain('GenerateDataKey')
  expect(statements.filter(({ kind }) => kind === 'begin')).toEqual([])
  statements.length = 0
  const calls: string[] = []
  const noting = plain.$extends(
    fieldEncryption({
      ...{ models: encryptedModels, ...testOptions(kms) },
      kms: new Proxy(kms.provider, {
        get(target, key) {
          const value: unknown = Reflect.get(target, key, target)
          if (typeof value !== 'function') return value
          return (...args: unknown[]) => {
            calls.push(`${String(key)} ${statements.some(({ kind }) => kind === 'begin') ? 'inside' : 'before'}`)
            return Reflect.apply(value, target, args) as unknown
          }
        },
      }),
    }),
  )
  expect(await noting.$encryption.move(MOVED)).toMatchObject({ moved: true })
  for (const name of ['generateDataKey', 'unwrapDataKey', 'generateMac']) expect(calls).toContain(`${name} before`)
  expect(calls.filter((call) => /^(?!describeKey).* inside$/.test(call))).toEqual([])
})

test('many rows move, and not one more than allowed', async () => {
  await acme.visit.createMany({
    data: Array.from({ length: 250 }, (_, i) => ({ tenantId: 'acme', patientId: 'a', reason: `reason ${i}` })),
  })
  const { code, message } = await refusal(move({ ...MOVED, maxRows: 251 }))
  expect([code, message]).toEqual(['ENVELOPE_MOVE_REFUSED', expect.stringContaining('more than 251 rows')])
  expect(await acme.visit.count()).toBe(251)
  expect(await move({ ...MOVED, maxRows: 252 })).toMatchObject({ models: [{ rows: 1 }, { rows: 251, values: 251 }] })
  expect(await globex.visit.count()).toBe(252)
  expect(await prisma.$encryption.verify()).toMatchObject(verified)
})
