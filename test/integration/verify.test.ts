import { beforeEach, describe, expect, test } from 'vitest'
import { openStage, refusal } from '../support/stage.js'

const stage = await openStage()
const { acme, database, globex, kms, plant, prisma, stored } = stage

const photo = new Uint8Array([1, 2, 3])
const create = async (client: typeof acme, name: string) => {
  const data = { email: `${name}@example.com`, ssn: name, notes: { name, quote: '"\\/' }, photo }
  return (await client.patient.create({ data, select: { id: true } })).id
}
const all = async () =>
  database.query('SELECT id, email_sealed, email_index, ssn, notes, photo_sealed, updated_at FROM patients ORDER BY id')

beforeEach(async () => {
  kms.faults.clear()
  for (const table of ['visits', 'patients']) await database.execute(`DELETE FROM ${table}`)
})

describe('$encryption.verify', () => {
  test('opens everything, finds nothing wrong, and changes nothing', async () => {
    for (const name of ['a', 'b', 'c']) await create(acme, name)
    await create(globex, 'x')
    const before = await all()
    const opened = prisma.$encryption.stats().opened
    expect(await prisma.$encryption.verify()).toEqual({
      finished: true,
      rows: 4,
      changed: 0,
      skipped: {},
      skippedRows: [],
    })
    expect(await all()).toEqual(before)
    expect(prisma.$encryption.stats().opened - opened).toBe(16)
  })

  test('names plaintext, damaged envelopes, those of other rows, and indexes that are not their values', async () => {
    const ids: Record<string, string> = {}
    for (const name of ['good', 'plain', 'cut', 'flipped', 'moved', 'index', 'noindex'])
      ids[name] = await create(acme, name)
    const other = await create(globex, 'x')
    const id = (name: string): string => ids[name] ?? ''
    const ssn = async (name: string) => String(await stored('patients', 'ssn', id(name)))
    await plant('patients', 'ssn', id('plain'), "O'Brien")
    await plant('patients', 'photo_sealed', id('plain'), new Uint8Array([7]))
    await plant('patients', 'notes', id('plain'), '{"a": 1}')
    await plant('patients', 'ssn', id('cut'), (await ssn('cut')).slice(0, 100))
    const flipped = Buffer.from((await ssn('flipped')).slice(4), 'base64')
    flipped.writeUInt8(flipped.readUInt8(flipped.length - 1) ^ 1, flipped.length - 1)
    await plant('patients', 'ssn', id('flipped'), `pe1:${flipped.toString('base64')}`)
    await plant('patients', 'ssn', id('moved'), String(await stored('patients', 'ssn', other)))
    await plant('patients', 'email_index', id('index'), Buffer.alloc(16))
    await plant('patients', 'email_index', id('noindex'), null)
    const before = await all()
    const report = await prisma.$encryption.verify()
    expect(report).toMatchObject({
      finished: true,
      rows: 8,
      changed: 0,
      skipped: {
        ENVELOPE_NOT_AN_ENVELOPE: 3,
        ENVELOPE_MALFORMED: 1,
        ENVELOPE_AUTHENTICATION_FAILED: 1,
        ENVELOPE_TENANT_MISMATCH: 1,
        ENVELOPE_INDEX_MISMATCH: 2,
      },
    })
    expect(report.skippedRows).toHaveLength(8)
    expect(report.skippedRows).toEqual(
      expect.arrayContaining([
        { model: 'Patient', key: { id: id('plain') }, field: 'notes', reason: 'ENVELOPE_NOT_AN_ENVELOPE' },
        { model: 'Patient', key: { id: id('flipped') }, field: 'ssn', reason: 'ENVELOPE_AUTHENTICATION_FAILED' },
        { model: 'Patient', key: { id: id('moved') }, field: 'ssn', reason: 'ENVELOPE_TENANT_MISMATCH' },
        { model: 'Patient', key: { id: id('index') }, field: 'emailIndex', reason: 'ENVELOPE_INDEX_MISMATCH' },
      ]),
    )
    expect(JSON.stringify(report)).not.toMatch(/Brien/)
    expect(await all()).toEqual(before)

    expect((await prisma.$encryption.verify({ tenant: 'globex' })).skipped).toEqual({})
    // A tenant that there is not would have nothing wrong.
    for (const verb of ['verify', 'checkTenants', 'rewrap', 'reencrypt', 'reindex', 'backfill'] as const)
      expect(await refusal(prisma.$encryption[verb]({ tenant: 'globexx' })), verb).toMatchObject({
        ...{ code: 'ENVELOPE_TENANT_UNKNOWN', tenant: 'globexx' },
      })
    expect((await prisma.$encryption.verify({ fields: ['Patient.email'] })).skipped).toEqual({
      ENVELOPE_INDEX_MISMATCH: 2,
    })
    expect((await acme.$encryption.verify({ models: ['Visit'] })).rows).toBe(0)
  })

  test('goes on with other tenants where KMS refuses one', async () => {
    await create(acme, 'a')
    await create(globex, 'x')
    prisma.$encryption.evict('acme')
    prisma.$encryption.evict('globex')
    kms.faults.next({ operation: 'Decrypt', error: 'DisabledException' })
    const report = await prisma.$encryption.verify()
    expect(report).toMatchObject({ finished: true, rows: 2, skipped: { ENVELOPE_KMS_DISABLED: 4 } })
  })

  test.each([
    ['an unknown option', { dryRun: true }],
    ['a field that is not encrypted', { fields: ['Patient.age'] }],
    ['a field of no model', { fields: ['email'] }],
    ['a field that is not of the models', { models: ['Visit'], fields: ['Patient.email'] }],
    ['a model without encrypted fields', { models: ['Clinic'] }],
  ])('refuses %s', async (_what, options) => {
    expect(await refusal(prisma.$encryption.verify(options as object))).toMatchObject({
      code: 'ENVELOPE_CONFIG_INVALID',
    })
  })
})
