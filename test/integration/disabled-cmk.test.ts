import { DisableKeyCommand, EnableKeyCommand, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms'
import { beforeEach, describe, expect, test } from 'vitest'
import { encryptedClient } from '../support/encrypted-client.js'
import { openStage, refusal } from '../support/stage.js'

const { acme, countRows, database, globex, kms, prisma, sqlOf } = await openStage()

const acmesKey = await kms.createKey({ alias: 'alias/tenant/acme-2' })
const DISABLED = 'ENVELOPE_KMS_DISABLED'

async function keyOf(alias: string): Promise<string> {
  const { cmk } = await kms.provider.describeKey({ keyId: alias })
  return cmk.arn
}
const disable = async (tenant: string) =>
  kms.client.send(new DisableKeyCommand({ KeyId: await keyOf(`alias/tenant/${tenant}`) }))
const enable = async (tenant: string) =>
  kms.client.send(new EnableKeyCommand({ KeyId: await keyOf(`alias/tenant/${tenant}`) }))

beforeEach(async () => {
  await database.execute('DELETE FROM patients')
  await enable('acme')
  prisma.$encryption.evict('acme')
  await acme.patient.create({ data: { email: 'a' } })
  await globex.patient.create({ data: { email: 'g' } })
})

const readers = (client: typeof prisma) => ({
  acme: () => client.patient.findMany({ where: { tenantId: 'acme' }, select: { email: true } }),
  globex: () => client.patient.findMany({ where: { tenantId: 'globex' }, select: { email: true } }),
})

describe('a disabled CMK', () => {
  test('ends reading once its keys are evicted, for its tenant only, and enabling ends that', async () => {
    const read = readers(prisma)
    await disable('acme')
    expect(await read.acme()).toEqual([{ email: 'a' }])
    prisma.$encryption.evict('acme')
    expect(await refusal(read.acme)).toMatchObject({ code: DISABLED, tenant: 'acme' })
    expect(await read.globex()).toEqual([{ email: 'g' }])
    prisma.$encryption.evict('globex')
    expect(await read.globex()).toEqual([{ email: 'g' }])
    expect(await refusal(prisma.patient.findMany())).toMatchObject({ code: DISABLED, tenant: 'acme' })
    await enable('acme')
    await expect.poll(() => read.acme().catch(String), { timeout: 20_000 }).toEqual([{ email: 'a' }])
  })

  test('ends reading when the time of trust is over, without anyone evicting', async () => {
    const short = encryptedClient(database, kms, { dataKeys: { revalidate: 40 } })
    const read = readers(short.prisma)
    expect(await read.acme()).toEqual([{ email: 'a' }])
    await disable('acme')
    await expect.poll(async () => (await read.acme().catch((error) => error)).code, { timeout: 20_000 }).toBe(DISABLED)
    expect(await read.globex()).toEqual([{ email: 'g' }])
    await enable('acme')
    await expect.poll(() => read.acme().catch(String), { timeout: 20_000 }).toEqual([{ email: 'a' }])
    await short.plain.$disconnect()
  })

  test('ends writing with nothing written and nothing sent', async () => {
    await disable('acme')
    prisma.$encryption.evict('acme')
    for (const call of [
      () => acme.patient.create({ data: { email: 'x' } }),
      () => acme.patient.createMany({ data: [{ email: 'x' }] }),
      () => acme.patient.updateMany({ data: { email: 'x' } }),
      () =>
        prisma.patient.createMany({
          data: [
            { tenantId: 'globex', email: 'x' },
            { tenantId: 'acme', email: 'x' },
          ],
        }),
    ]) {
      expect(
        await sqlOf(async () => {
          expect(await refusal(call)).toMatchObject({ code: DISABLED, tenant: 'acme' })
        }),
      ).toEqual([])
    }
    expect(await countRows('patients')).toBe(2)
    await globex.patient.create({ data: { email: 'g2' } })
    expect(await countRows('patients')).toBe(3)
  })

  test('ends searching in a fresh process, before any SQL, and for its tenant only', async () => {
    await disable('acme')
    const fresh = encryptedClient(database, kms)
    const where = { email: 'a' }
    for (const search of [
      () => fresh.prisma.$forTenant('acme').patient.count({ where }),
      () => fresh.prisma.$forTenant('acme').patient.findFirst({ where, select: { id: true } }),
      () => fresh.prisma.$forTenant('acme').$encryption.index('Patient', 'email', 'a'),
    ]) {
      fresh.statements.length = 0
      expect(await refusal(search)).toMatchObject({ code: DISABLED, tenant: 'acme' })
      expect(fresh.statements).toEqual([])
    }
    expect(await fresh.prisma.$forTenant('globex').patient.count({ where: { email: 'g' } })).toBe(1)
    await enable('acme')
    fresh.prisma.$encryption.evict('acme')
    expect(await fresh.prisma.$forTenant('acme').patient.count({ where })).toBe(1)
    await fresh.plain.$disconnect()
  })

  test('ends searching within revalidate in a process that has searched before', async () => {
    const short = encryptedClient(database, kms, { dataKeys: { revalidate: 40 } })
    const count = () => short.prisma.$forTenant('acme').patient.count({ where: { email: 'a' } })
    expect(await count()).toBe(1)
    await disable('acme')
    await expect.poll(async () => count().catch((error) => error.code), { timeout: 20_000 }).toBe(DISABLED)
    await short.plain.$disconnect()
  })

  test('does not keep plain columns from being read, written or deleted', async () => {
    await disable('acme')
    prisma.$encryption.evict('acme')
    const where = { tenantId: 'acme' }
    await acme.patient.updateMany({ where, data: { age: 7 } })
    expect(await acme.patient.findMany({ where, select: { age: true } })).toEqual([{ age: 7 }])
    expect(await acme.patient.deleteMany({ where })).toEqual({ count: 1 })
  })

  // docs/errors.md says so, under EnvelopeKeyError.
  test('ends an update of plain columns, and a delete, after they were made: their result does not open', async () => {
    const { id } = await acme.patient.findFirstOrThrow({ select: { id: true } })
    await disable('acme')
    prisma.$encryption.evict('acme')
    const where = { id }
    const age = async () => (await acme.patient.findUnique({ where, select: { age: true } }))?.age

    expect(await refusal(acme.patient.update({ where, data: { age: 7 } }))).toMatchObject({ code: DISABLED })
    expect(await age()).toBe(7)
    expect(await acme.patient.update({ where, data: { age: 8 }, select: { id: true } })).toEqual({ id })
    expect(await age()).toBe(8)

    const inTransaction = prisma.$transaction((tx) => tx.$forTenant('acme').patient.update({ where, data: { age: 9 } }))
    expect(await refusal(inTransaction)).toMatchObject({ code: DISABLED })
    expect(await age()).toBe(8)

    expect(await refusal(acme.patient.delete({ where }))).toMatchObject({ code: DISABLED })
    expect(await age()).toBeUndefined()
    expect(await countRows('patients')).toBe(1)
  })

  test('does not keep a row from being deleted where no encrypted field is selected', async () => {
    const { id } = await acme.patient.findFirstOrThrow({ select: { id: true } })
    await disable('acme')
    prisma.$encryption.evict('acme')
    expect(await acme.patient.delete({ where: { id }, select: { id: true } })).toEqual({ id })
    expect(await countRows('patients')).toBe(1)
  })
})

test('a CMK that is pending deletion ends its tenant’s calls with a code of its own', async () => {
  const doomed = encryptedClient(database, kms, { cmk: 'alias/tenant/acme-2' })
  await doomed.prisma.$forTenant('initech').patient.create({ data: { email: 'i' } })
  await kms.client.send(new ScheduleKeyDeletionCommand({ KeyId: acmesKey.keyId, PendingWindowInDays: 7 }))
  doomed.prisma.$encryption.evict('initech')
  expect(await refusal(doomed.prisma.patient.findMany({ where: { tenantId: 'initech' } }))).toMatchObject({
    code: 'ENVELOPE_KMS_INVALID_STATE',
  })
  await doomed.plain.$disconnect()
})

test('a missing CMK is reported, with nothing written', async () => {
  const missing = encryptedClient(database, kms, { cmk: 'alias/nowhere' })
  missing.statements.length = 0
  expect(await refusal(missing.prisma.$forTenant('acme').patient.create({ data: { email: 'x' } }))).toMatchObject({
    code: 'ENVELOPE_KMS_NOT_FOUND',
    tenant: 'acme',
  })
  expect(missing.statements).toEqual([])
  await missing.plain.$disconnect()
})

test('rows that a different app name has sealed are refused on reading, as they are not found by search', async () => {
  const other = encryptedClient(database, kms, { app: 'another' })
  const view = other.prisma.$forTenant('acme')
  expect(await view.patient.count({ where: { email: 'a' } })).toBe(0)
  kms.calls.reset()
  const error = await refusal(view.patient.findMany())
  expect(error).toMatchObject({ code: 'ENVELOPE_APP_MISMATCH', model: 'Patient', field: 'email', tenant: 'acme' })
  expect(error.message).toContain('"another"')
  expect(kms.calls.count('Decrypt')).toBe(0)
  await other.plain.$disconnect()
})

test('after close() every call that needs a key is refused, also with keys that were in memory', async () => {
  const closing = encryptedClient(database, kms)
  const view = closing.prisma.$forTenant('acme')
  const where = { tenantId: 'acme' }
  await view.patient.findMany({ where })
  closing.prisma.$encryption.close()
  closing.statements.length = 0
  expect(await refusal(view.patient.create({ data: { email: 'x' } }))).toMatchObject({ code: 'ENVELOPE_CLOSED' })
  expect(closing.statements).toEqual([])
  expect(await refusal(view.patient.findMany({ where }))).toMatchObject({ code: 'ENVELOPE_CLOSED' })
  expect(await refusal(view.$encryption.seal('Patient', 'ssn', '1'))).toMatchObject({ code: 'ENVELOPE_CLOSED' })
  expect(closing.prisma.$encryption.stats().cached).toBe(0)
  expect(await view.patient.count({ where })).toBe(1)
  closing.prisma.$encryption.close()
  await closing.plain.$disconnect()
  // The other client of the same database has its own keys.
  expect(await acme.patient.findMany({ where })).toHaveLength(1)
})
