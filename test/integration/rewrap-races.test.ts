import { beforeEach, describe, expect, test } from 'vitest'
import { fieldEncryption } from '../../src/prisma/extension.js'
import { encryptedModels, PrismaClient } from '../support/client.js'
import { holdNext } from '../support/kms.js'
import { anotherClient, arnOf, tagOf, withMaterial, withWrappedKeyOf, wrappingOf } from '../support/rotation.js'
import { openStage } from '../support/stage.js'

const stage = await openStage()
const { acme, database, kms, plain, plant, prisma, stored } = stage

const OLD = 'alias/tenant/acme'
const NEXT = 'alias/tenant/acme-next'
const { arn: next } = await kms.createKey({ alias: NEXT })
const old = await arnOf(stage, OLD)
const REPLACED = { current: NEXT, previous: [OLD] }

const create = async (ssn: string) => {
  const { id } = await acme.patient.create({ data: { email: `${ssn}@example.com`, ssn }, select: { id: true } })
  return id
}
const ssnOf = (id: string) => stored('patients', 'ssn', id)
const ssns = async (client: typeof acme) => {
  const rows = await client.patient.findMany({ select: { ssn: true } })
  return rows.sort((a, b) => String(a.ssn).localeCompare(String(b.ssn)))
}

beforeEach(async () => {
  kms.faults.clear()
  await database.execute('DELETE FROM patients')
  prisma.$encryption.evict('acme')
})

describe('a concurrent writer wins', () => {
  test('who writes between the read and the rewrap', async () => {
    const id = await create('1')
    const at = anotherClient(stage, REPLACED)
    const { release } = holdNext(kms, 'ReEncrypt')
    await at.acme.patient.findMany({ select: { ssn: true } })
    await acme.patient.update({ where: { id }, data: { ssn: '2' } })
    const written = await ssnOf(id)
    release()
    await at.idle()
    expect(await ssnOf(id)).toEqual(written)
    expect(at.rewraps()).toMatchObject({ overtaken: 1, rewrapped: 0 })
    expect(at.events).toMatchObject([{ outcome: 'overtaken' }])
    // And its value is rewrapped in its turn.
    expect(await at.acme.patient.findUnique({ where: { id }, select: { ssn: true } })).toEqual({ ssn: '2' })
    await at.idle()
    expect(wrappingOf(await ssnOf(id)).cmk).toBe(tagOf(next))
    await at.close()
  })

  test('who writes one of several columns: none of the row is touched', async () => {
    const id = await create('1')
    const email = await stored('patients', 'email_sealed', id)
    const at = anotherClient(stage, REPLACED)
    const { release } = holdNext(kms, 'ReEncrypt')
    await at.acme.patient.findMany()
    await acme.patient.update({ where: { id }, data: { ssn: null } })
    release()
    await at.idle()
    expect(await ssnOf(id)).toBeNull()
    expect(await stored('patients', 'email_sealed', id)).toEqual(email)
    expect(at.rewraps()).toMatchObject({ overtaken: 1 })
    await at.close()
  })

  test('who deletes the row', async () => {
    const id = await create('1')
    const at = anotherClient(stage, REPLACED)
    const { release } = holdNext(kms, 'ReEncrypt')
    await at.acme.patient.findMany({ select: { ssn: true } })
    await plain.patient.delete({ where: { id } })
    release()
    await at.idle()
    expect(at.rewraps()).toMatchObject({ overtaken: 1 })
    await at.close()
  })

  test('two processes that rewrap the same rows do it once each row', async () => {
    for (const ssn of ['1', '2', '3', '4']) await create(ssn)
    const both = [anotherClient(stage, REPLACED), anotherClient(stage, REPLACED)]
    await Promise.all(both.map((at) => ssns(at.acme)))
    await Promise.all(both.map((at) => at.idle()))
    const counts = both.map((at) => at.rewraps())
    expect(counts.reduce((sum, { rewrapped }) => sum + rewrapped, 0)).toBe(4)
    // Whoever read a row after it was rewrapped had nothing to do with it.
    for (const { rewrapped, overtaken, failed } of counts)
      expect([rewrapped + overtaken <= 4, failed]).toEqual([true, 0])
    expect(await ssns(anotherClient(stage, REPLACED).acme)).toHaveLength(4)
    await Promise.all(both.map((at) => at.close()))
  })
})

describe.runIf(database.provider !== 'sqlite')('a row that an open transaction has locked', () => {
  test.each(['SELECT id FROM patients FOR UPDATE', 'UPDATE patients SET age = 9'])(
    'is left at once, and not waited for: %s',
    async (lock) => {
      const id = await create('1')
      const at = anotherClient(stage, REPLACED)
      await plain.$transaction(async (tx) => {
        await tx.$executeRawUnsafe(lock)
        await at.acme.patient.findMany({ select: { ssn: true } })
        const waited = await Promise.race([
          at.idle().then(() => 'idle'),
          new Promise((resolve) => setTimeout(resolve, 10_000, 'still waiting')),
        ])
        expect(waited).toBe('idle')
      })
      expect(at.rewraps()).toMatchObject({ overtaken: 1, rewrapped: 0 })
      expect(wrappingOf(await ssnOf(id)).cmk).toBe(tagOf(old))
      await at.acme.patient.findMany({ select: { ssn: true } })
      await at.idle()
      expect(wrappingOf(await ssnOf(id)).cmk).toBe(tagOf(next))
      await at.close()
    },
  )
})

describe('a rewrap that fails leaves the row as it was and reaches no caller', () => {
  test.each([
    ['denied', { error: 'AccessDeniedException' }, 'ENVELOPE_KMS_ACCESS_DENIED'],
    ['refused, the CMK being disabled', { error: 'DisabledException' }, 'ENVELOPE_KMS_DISABLED'],
    ['throttled', { error: 'ThrottlingException', times: 3 }, 'ENVELOPE_KMS_THROTTLED'],
  ])('when ReEncrypt is %s; keys in memory go on serving', async (_what, fault, code) => {
    const id = await create('1')
    const before = await ssnOf(id)
    const at = anotherClient(stage, REPLACED)
    kms.faults.next({ operation: 'ReEncrypt', ...fault })
    expect(await ssns(at.acme)).toEqual([{ ssn: '1' }])
    await at.idle()
    expect(await ssnOf(id)).toEqual(before)
    expect(at.events).toMatchObject([{ outcome: 'failed', code }])
    kms.calls.reset()
    for (let i = 0; i < 3; i++) expect(await ssns(at.acme)).toEqual([{ ssn: '1' }])
    await at.idle()
    expect(kms.calls.count('Decrypt') + kms.calls.count('ReEncrypt')).toBe(0)
    expect(at.rewraps()).toMatchObject({ failed: 1, rewrapped: 0 })
    expect(at.prisma.$encryption.stats().cached).toBe(1)
    await at.close()
  })

  test('when DescribeKey is denied', async () => {
    await create('1')
    const at = anotherClient(stage)
    kms.faults.next({ operation: 'DescribeKey', error: 'AccessDeniedException' })
    for (let i = 0; i < 3; i++) {
      expect(await ssns(at.acme)).toEqual([{ ssn: '1' }])
      await at.idle()
    }
    expect(at.rewraps()).toMatchObject({ failed: 1 })
    await at.close()
  })

  test('when the database refuses the update', async () => {
    const id = await create('1')
    const before = await ssnOf(id)
    const at = anotherClient(stage, REPLACED)
    const [on = '', off = ''] = {
      postgresql: [
        `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'refused'; END $$;
         CREATE TRIGGER refuse BEFORE UPDATE ON patients EXECUTE FUNCTION refuse()`,
        'DROP TRIGGER refuse ON patients',
      ],
      sqlite: [
        "CREATE TRIGGER refuse BEFORE UPDATE ON patients BEGIN SELECT RAISE(ABORT, 'refused'); END",
        'DROP TRIGGER refuse',
      ],
      mysql: [
        "CREATE TRIGGER refuse BEFORE UPDATE ON patients FOR EACH ROW SIGNAL SQLSTATE '45000'",
        'DROP TRIGGER refuse',
      ],
    }[database.provider]
    await database.execute(on)
    for (let i = 0; i < 2; i++) {
      expect(await ssns(at.acme)).toEqual([{ ssn: '1' }])
      await at.idle()
    }
    await database.execute(off)
    expect(await ssnOf(id)).toEqual(before)
    expect(at.rewraps()).toMatchObject({ failed: 1, rewrapped: 0 })
    await at.close()
  })
})

test('a swapped wrapped key of the same tenant spreads to no row: its own row gets the wrapping of its data key', async () => {
  const bad = await create('1')
  const good = await create('2')
  prisma.$encryption.evict('acme')
  const other = await create('3')
  // The ciphertext of one data key with the wrapped key of another; wrapped keys of both are valid.
  const swapped = withWrappedKeyOf(await ssnOf(bad), await ssnOf(other))
  await plant('patients', 'ssn', bad, swapped)
  const alone = anotherClient(stage, REPLACED)
  await expect(alone.acme.patient.findUnique({ where: { id: bad }, select: { ssn: true } })).rejects.toMatchObject({
    code: 'ENVELOPE_DATA_KEY_MISMATCH',
  })
  const at = anotherClient(stage, REPLACED)
  kms.calls.reset()
  expect(await ssns(at.acme)).toEqual([{ ssn: '1' }, { ssn: '2' }, { ssn: '3' }])
  await at.idle()
  // One for each data key, which the swapped row made no more.
  expect(kms.calls.count('ReEncrypt')).toBe(2)
  expect(at.rewraps()).toMatchObject({ rewrapped: 3, failed: 0 })
  for (const id of [bad, good, other]) expect(wrappingOf(await ssnOf(id)).cmk).toBe(tagOf(next))
  const cold = anotherClient(stage, REPLACED, { rewrap: 'off' })
  expect(await cold.acme.patient.findUnique({ where: { id: bad }, select: { ssn: true } })).toEqual({ ssn: '1' })
  await Promise.all([alone.close(), at.close(), cold.close()])
})

test('rows with forged key material ids cost one Decrypt and no ReEncrypt, and are put right', async () => {
  const ids: string[] = []
  for (let i = 0; i < 100; i++) ids.push(await create(String(i)))
  const genuine = wrappingOf(await ssnOf(ids[0] ?? ''))
  for (const [i, id] of ids.entries()) {
    await plant('patients', 'ssn', id, withMaterial(await ssnOf(id), i.toString(16).padStart(64, '0')))
  }
  const at = anotherClient(stage, OLD)
  kms.calls.reset()
  expect(await ssns(at.acme)).toHaveLength(100)
  await at.idle()
  expect(['Decrypt', 'ReEncrypt', 'DescribeKey'].map((name) => kms.calls.count(name))).toEqual([1, 0, 1])
  expect(at.rewraps()).toMatchObject({ rewrapped: 100, failed: 0 })
  for (const id of ids.slice(0, 3)) {
    expect(wrappingOf(await ssnOf(id))).toMatchObject({ wrapTag: genuine.wrapTag })
  }
  await at.close()
})

test('close() gives up what waits, idle() resolves, and a listener that throws breaks nothing', async () => {
  const id = await create('1')
  const throwing = anotherClient(stage, REPLACED, {
    onEvent: () => {
      throw new Error('the listener’s own')
    },
  })
  const closing = anotherClient(stage, REPLACED)
  kms.faults.next({ operation: 'ReEncrypt', delay: 100 })
  await closing.acme.patient.findMany({ select: { ssn: true } })
  expect(closing.rewraps().waiting).toBe(1)
  closing.prisma.$encryption.close()
  await closing.idle()
  expect(closing.rewraps()).toEqual({ waiting: 0, rewrapped: 0, fresh: 0, overtaken: 0, failed: 0, dropped: 0 })
  expect(wrappingOf(await ssnOf(id)).cmk).toBe(tagOf(old))
  await throwing.acme.patient.findMany({ select: { ssn: true } })
  await throwing.idle()
  expect(throwing.rewraps()).toMatchObject({ rewrapped: 1 })
  await Promise.all([closing.close(), throwing.close()])
})

test('clients that one extension made share their data keys, and have a queue each', async () => {
  const id = await create('1')
  const extension = fieldEncryption({
    models: encryptedModels,
    app: 'test',
    kms: kms.provider,
    indexCmk: 'alias/index',
    cmk: REPLACED,
  })
  const plains = [0, 1].map(() => new PrismaClient({ adapter: database.adapter() }))
  const [one, two] = plains.map((client) => client.$extends(extension))
  if (one === undefined || two === undefined) throw new Error('two clients were made')
  kms.calls.reset()
  const where = { id }
  await one.$forTenant('acme').patient.findUnique({ where, select: { email: true } })
  await one.$encryption.idle()
  await two.$forTenant('acme').patient.findUnique({ where, select: { ssn: true } })
  await two.$encryption.idle()
  expect(one.$encryption.stats().rewrap).toMatchObject({ rewrapped: 1 })
  expect(two.$encryption.stats().rewrap).toMatchObject({ rewrapped: 1 })
  expect(kms.calls.count('ReEncrypt')).toBe(1)
  expect(wrappingOf(await ssnOf(id)).cmk).toBe(tagOf(next))
  await Promise.all(plains.map((client) => client.$disconnect()))
})
