import { beforeEach, expect, test } from 'vitest'
import { keysClient, openKeysStage } from '../support/keys-stage.js'
import { refusal } from '../support/stage.js'

const { acme, database, globex, kms, plain, prisma, kmsCallsOf } = await openKeysStage()
const inline = keysClient(database, kms, { dataKeys: { store: 'inline' } })

const person = (id: string) => ({ data: { id, email: `${id}@example.com`, notes: { id }, photo: new Uint8Array([1]) } })
const found = async (options?: Parameters<typeof prisma.$encryption.checkTenants>[0]) => {
  const { skipped, skippedRows } = await prisma.$encryption.checkTenants(options)
  return { skipped, rows: new Set(skippedRows.map(({ key }) => key.id)) }
}

beforeEach(async () => {
  await plain.patient.deleteMany({})
  await acme.patient.create(person('a'))
  await globex.patient.create(person('x'))
  await inline.prisma.$forTenant('acme').patient.create(person('b'))
})

test('finds nothing where every row has its own tenant, and asks KMS nothing', async () => {
  const calls = await kmsCallsOf(async () => {
    expect(await prisma.$encryption.checkTenants()).toEqual({
      ...{ finished: true, rows: 3, changed: 0, skipped: {}, skippedRows: [] },
    })
  })
  expect(calls.filter((call) => call !== 'DescribeKey')).toEqual([])
})

test('names rows that raw SQL has given to another tenant, in both placements, each column once', async () => {
  for (const id of ['a', 'b']) await plain.patient.update({ where: { id }, data: { tenantId: 'globex' } })
  expect(await found()).toEqual({ skipped: { ENVELOPE_TENANT_MISMATCH: 6 }, rows: new Set(['a', 'b']) })
  expect(await found({ fields: ['Patient.email'] })).toMatchObject({ skipped: { ENVELOPE_TENANT_MISMATCH: 2 } })
  expect((await globex.$encryption.checkTenants()).skipped).toEqual({ ENVELOPE_TENANT_MISMATCH: 6 })
  expect((await acme.$encryption.checkTenants()).skipped).toEqual({})
  const { skippedRows } = await prisma.$encryption.checkTenants({ fields: ['Patient.email'] })
  const entry = { model: 'Patient', field: 'email', reason: 'ENVELOPE_TENANT_MISMATCH' }
  expect(skippedRows).toEqual(['a', 'b'].map((id) => ({ ...entry, key: { id }, sealedFor: 'acme', owner: 'globex' })))
})

test('knows whose a data key was that is erased, and names those that are not there at all', async () => {
  await prisma.$encryption.shred({ tenant: 'globex', wait: false })
  expect(await found()).toEqual({ skipped: {}, rows: new Set() })
  await plain.patient.update({ where: { id: 'x' }, data: { tenantId: 'acme' } })
  expect(await found()).toEqual({ skipped: { ENVELOPE_TENANT_MISMATCH: 3 }, rows: new Set(['x']) })
  await plain.dataKey.deleteMany({ where: { tenant: 'globex' } })
  expect(await found()).toEqual({ skipped: { ENVELOPE_DATA_KEY_NOT_FOUND: 3 }, rows: new Set(['x']) })
})

test('leaves plaintext and what is damaged to verify', async () => {
  await plain.patient.update({ where: { id: 'a' }, data: { email: 'plain', photo: new Uint8Array([1, 0x01, 0]) } })
  expect(await found()).toEqual({ skipped: {}, rows: new Set() })
  expect((await prisma.$encryption.verify()).skipped).not.toEqual({})
})

test('takes the options of a job but those of KMS', async () => {
  for (const option of [{ kmsCallsPerSecond: 1 }, { dryRun: true }])
    expect(await refusal(prisma.$encryption.checkTenants(option as object))).toMatchObject({
      code: 'ENVELOPE_CONFIG_INVALID',
    })
  expect(await refusal(acme.$encryption.checkTenants({ tenant: 'globex' }))).toMatchObject({
    code: 'ENVELOPE_TENANT_BOUND',
  })
})
