import { beforeAll, describe, expect, test } from 'vitest'
import { fieldEncryption } from '../../src/prisma/extension.js'
import { encryptedModels, offered, PrismaClient } from '../support/client.js'
import { encryptedClient } from '../support/encrypted-client.js'
import { openStage, refusal } from '../support/stage.js'

const { acme: writer, database, kms, plant, prisma, globex } = await openStage()
const omitting = encryptedClient(database, kms, { indexColumns: 'omit' })
const verifying = encryptedClient(database, kms, { indexColumns: 'omit', verifyIndexes: true })

beforeAll(async () => {
  await writer.patient.create({ data: { id: 'boss', email: 'boss' } })
  await writer.patient.create({ data: { id: 'ann', email: 'ann', mentorId: 'boss' } })
  await writer.tag.create({ data: { name: 'vip', patients: { connect: { id: 'ann' } } } })
})

/** The names of all fields of a result, however deep. */
function names(result: unknown): Set<string> {
  const all = new Set<string>()
  JSON.stringify(result, (key, value) => {
    all.add(key)
    return typeof value === 'bigint' ? String(value) : value
  })
  return all
}

describe("indexColumns: 'omit'", () => {
  const acme = omitting.prisma.$forTenant('acme')
  const where = { id: 'ann' }

  const calls: [string, () => Promise<unknown>][] = [
    ['findUnique', () => acme.patient.findUnique({ where })],
    ['findFirst', () => acme.patient.findFirst({ where, omit: { ssn: true } })],
    ['findMany', () => acme.patient.findMany({ where: { email: 'ann' } })],
    ['create', () => acme.patient.create({ data: { email: 'new' } })],
    ['createManyAndReturn', () => acme.patient.createManyAndReturn({ data: [{ email: 'new' }] })],
    ['update', () => acme.patient.update({ where, data: { age: 1 } })],
    ['updateManyAndReturn', () => acme.patient.updateManyAndReturn({ where, data: { age: 1 } })],
    ['upsert', () => acme.patient.upsert({ where, create: { email: 'ann' }, update: { age: 2 } })],
    [
      'delete',
      async () => acme.patient.delete({ where: { id: (await acme.patient.create({ data: { email: 'x' } })).id } }),
    ],
    [
      'include',
      () => acme.patient.findFirst({ where, include: { mentor: true, tags: { include: { patients: true } } } }),
    ],
    ['select of a relation', () => acme.patient.findFirst({ where, select: { mentor: true } })],
    ['a fluent call', () => acme.patient.findUnique({ where }).mentor()],
    ['a plain model around', () => acme.tag.findFirst({ include: { patients: true } })],
  ]
  test.each(offered(calls))('%s', async (_what, run) => {
    const found = names(await run())
    expect(found).toContain('email')
    expect(found).not.toContain('emailIndex')
  })

  test('returns what is requested by name', async () => {
    const emailIndex = await writer.$encryption.index('Patient', 'email', 'ann')
    expect(await acme.patient.findUnique({ where, select: { emailIndex: true } })).toEqual({ emailIndex })
    expect(await acme.patient.findUnique({ where, omit: { emailIndex: false } })).toMatchObject({ emailIndex })
  })

  test('is not the default', async () => {
    expect(names(await writer.patient.findMany())).toContain('emailIndex')
  })
})

describe('verifyIndexes', () => {
  const acme = verifying.prisma.$forTenant('acme')
  const mismatch = { code: 'ENVELOPE_INDEX_MISMATCH', model: 'Patient', field: 'emailIndex', tenant: 'acme' }

  test('reads rows whose indexes are right, without showing them', async () => {
    expect(await acme.patient.findFirst({ where: { id: 'ann' }, select: { email: true } })).toEqual({ email: 'ann' })
    expect(names(await acme.patient.findMany({ include: { mentor: true } }))).not.toContain('emailIndex')
    await acme.login.createMany({ data: [{ email: 'Both ' }, { email: null, phone: '1' }] })
    expect(await acme.login.findMany({ select: { email: true, phone: true }, orderBy: { id: 'asc' } })).toEqual([
      { email: 'Both ', phone: null },
      { email: null, phone: '1' },
    ])
    expect(await acme.patient.create({ data: { email: 'created' }, select: { email: true } })).toEqual({
      email: 'created',
    })
    expect(await verifying.prisma.patient.findFirst({ where: { id: 'ann' }, select: { email: true } })).toEqual({
      email: 'ann',
    })
  })

  test('keeps index columns that the client is to keep', async () => {
    const keeping = encryptedClient(database, kms, { verifyIndexes: true })
    const view = keeping.prisma.$forTenant('acme')
    expect(names(await view.patient.findFirst({ where: { id: 'ann' } }))).toContain('emailIndex')
    expect(names(await view.patient.findFirst({ where: { id: 'ann' }, omit: { emailIndex: true } }))).not.toContain(
      'emailIndex',
    )
    expect(await view.patient.findFirst({ where: { id: 'ann' }, omit: { email: true } })).not.toHaveProperty('email')
    await keeping.plain.$disconnect()
  })

  test('notices an index that was altered, moved or emptied, at the root and below', async () => {
    const right = await writer.$encryption.index('Patient', 'email', 'ann')
    for (const wrong of [
      new Uint8Array(16),
      await writer.$encryption.index('Patient', 'email', 'boss'),
      await globex.$encryption.index('Patient', 'email', 'ann'),
      null,
    ]) {
      await plant('patients', 'email_index', 'ann', wrong)
      expect(await refusal(acme.patient.findUnique({ where: { id: 'ann' } }))).toMatchObject(mismatch)
      expect(await refusal(acme.patient.findFirst({ where: { id: 'ann' }, select: { email: true } }))).toMatchObject(
        mismatch,
      )
      const nested = acme.patient.findUnique({ where: { id: 'boss' }, include: { mentees: true } })
      expect(await refusal(nested)).toMatchObject(mismatch)
      expect(await acme.patient.findFirst({ where: { id: 'ann' }, select: { age: true } })).toBeTruthy()
    }
    await plant('patients', 'email_index', 'ann', right)
    expect(await acme.patient.findUnique({ where: { id: 'ann' } })).toMatchObject({ email: 'ann' })
  })

  test('notices an index that outlived its value', async () => {
    const row = await acme.login.create({ data: { email: 'outlived' } })
    await database.execute('UPDATE "Login" SET email = NULL WHERE id = ?', [row.id])
    const error = await refusal(acme.login.findUnique({ where: { id: row.id } }))
    expect(error).toMatchObject({ code: 'ENVELOPE_INDEX_MISMATCH', model: 'Login', field: 'emailIndex' })
    await database.execute('DELETE FROM "Login" WHERE id = ?', [row.id])
  })

  test('checks what a computed field needs', async () => {
    const computing = verifying.prisma.$extends({
      result: { patient: { upper: { needs: { email: true }, compute: ({ email }) => email.toUpperCase() } } },
    })
    const rows = await computing.$forTenant('acme').patient.findMany({ where: { id: 'ann' }, select: { upper: true } })
    expect(JSON.parse(JSON.stringify(rows))).toEqual([{ upper: 'ANN' }])
  })
})

test('without verifyIndexes a row with an altered index is missed by its true value, and found by the other', async () => {
  await plant('patients', 'email_index', 'ann', await writer.$encryption.index('Patient', 'email', 'eve'))
  expect(await writer.patient.findFirst({ where: { email: 'ann' } })).toBeNull()
  expect(await writer.patient.findFirst({ where: { email: 'eve' } })).toMatchObject({ email: 'ann' })
  const acme = verifying.prisma.$forTenant('acme')
  expect(await refusal(acme.patient.findFirst({ where: { email: 'eve' } }))).toMatchObject({
    code: 'ENVELOPE_INDEX_MISMATCH',
  })
})

describe('a client whose schema has indexes', () => {
  const options = { models: encryptedModels, app: 'test', kms: kms.provider, cmk: 'alias/tenant/acme' }

  test('is refused without indexCmk', () => {
    expect(() => fieldEncryption(options)).toThrow(
      expect.objectContaining({ code: 'ENVELOPE_CONFIG_INVALID', message: expect.stringContaining('indexCmk') }),
    )
  })

  test.each([{ indexColumns: 'hide' }, { verifyIndexes: 1 }, { indexCmk: 7 }])('is refused with %j', (wrong) => {
    const bad = { ...options, indexCmk: 'alias/index', ...wrong } as typeof options
    expect(() => fieldEncryption(bad)).toThrow(expect.objectContaining({ code: 'ENVELOPE_CONFIG_INVALID' }))
  })

  test("obeys Prisma's own omit", async () => {
    const client = new PrismaClient({ adapter: database.adapter(), omit: { patient: { emailIndex: true } } })
    const view = client.$extends(fieldEncryption({ ...options, indexCmk: 'alias/index', verifyIndexes: true }))
    const row = await view.$forTenant('acme').patient.findFirst({ where: { id: 'boss' } })
    expect(row).toMatchObject({ email: 'boss' })
    expect(row).not.toHaveProperty('emailIndex')
    await client.$disconnect()
  })
})

test('closing refuses searches', async () => {
  const { prisma: closed, plain } = encryptedClient(database, kms)
  closed.$encryption.close()
  expect(await refusal(closed.$forTenant('acme').patient.findFirst({ where: { email: 'ann' } }))).toMatchObject({
    code: 'ENVELOPE_CLOSED',
  })
  expect(await refusal(closed.$encryption.indexCheck())).toMatchObject({ code: 'ENVELOPE_CLOSED' })
  await plain.$disconnect()
  expect(await prisma.patient.count()).toBeGreaterThan(0)
})
