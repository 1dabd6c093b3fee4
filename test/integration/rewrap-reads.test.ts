import { DisableKeyCommand, EnableKeyCommand } from '@aws-sdk/client-kms'
import { beforeEach, describe, expect, test } from 'vitest'
import { anotherClient, arnOf, dataKeyCalls, rotate, tagOf, wrappingOf } from '../support/rotation.js'
import { openStage } from '../support/stage.js'

const stage = await openStage()
const { acme, database, kms, prisma, stored } = stage

const OLD = 'alias/tenant/acme'
const NEXT = 'alias/tenant/acme-next'
const { arn: next } = await kms.createKey({ alias: NEXT })
const old = await arnOf(stage, OLD)
const REPLACED = { current: NEXT, previous: [OLD] }
const NOTHING = { waiting: 0, rewrapped: 0, fresh: 0, overtaken: 0, failed: 0, dropped: 0 }
const COLUMNS = ['email_sealed', 'ssn', 'notes', 'photo_sealed'] as const

const person = (i: number) => ({
  email: `p${i}@example.com`,
  ssn: `${i}`,
  notes: { i, text: 'é' },
  photo: new Uint8Array([1, 2, i]),
})

async function everything(id: string) {
  const [row] = await database.query('SELECT * FROM patients WHERE id = ?', [id])
  return row ?? {}
}

beforeEach(async () => {
  await database.execute('DELETE FROM visits')
  await database.execute('DELETE FROM patients')
  await kms.client.send(new EnableKeyCommand({ KeyId: old }))
})

describe.each([
  ['by its alias', REPLACED],
  ['by its ARN', { current: next, previous: [old] }],
  ['by a function of the tenant', () => ({ current: next, previous: [OLD] })],
] as const)('after a CMK was replaced %s', (_how, cmk) => {
  test('reading a row rewraps all its envelopes, in one statement, and nothing else in it', async () => {
    const { id } = await acme.patient.create({ data: person(1) })
    const before = await everything(id)
    const at = anotherClient(stage, cmk)
    const read = await at.acme.patient.findUniqueOrThrow({ where: { id } })
    await at.idle()
    const after = await everything(id)
    for (const column of COLUMNS) {
      expect(wrappingOf(before[column]).cmk).toBe(tagOf(old))
      expect(wrappingOf(after[column])).toMatchObject({ cmk: tagOf(next), kept: wrappingOf(before[column]).kept })
      expect(wrappingOf(after[column]).wrapTag).not.toBe(wrappingOf(before[column]).wrapTag)
    }
    const rest = (row: typeof before) => Object.entries(row).filter(([name]) => !COLUMNS.some((one) => one === name))
    // updated_at and the index column are among them.
    expect(rest(after)).toEqual(rest(before))
    expect(at.updates()).toHaveLength(1)
    expect(at.rewraps()).toEqual({ ...NOTHING, rewrapped: 1 })
    expect(at.events).toEqual([
      { type: 'rewrap', outcome: 'rewrapped', model: 'Patient', table: 'patients', tenant: 'acme' },
    ])
    await kms.client.send(new DisableKeyCommand({ KeyId: old }))
    const cold = anotherClient(stage, cmk)
    expect(await cold.acme.patient.findUniqueOrThrow({ where: { id } })).toEqual(read)
    await cold.idle()
    expect(cold.updates()).toEqual([])
    await Promise.all([at.close(), cold.close()])
  })

  test('all rows that share a wrapped key cost one ReEncrypt, and none its own Decrypt', async () => {
    await acme.patient.createMany({ data: Array.from({ length: 40 }, (_, i) => person(i)) })
    const at = anotherClient(stage, cmk)
    kms.calls.reset()
    expect(await at.acme.patient.findMany()).toHaveLength(40)
    await at.idle()
    const calls = dataKeyCalls(stage)
    expect(calls.filter((call) => call === 'ReEncrypt')).toHaveLength(1)
    // One to read them, one to verify what ReEncrypt gave.
    expect(calls.filter((call) => call === 'Decrypt')).toHaveLength(2)
    const described = kms.calls.entries.flatMap((call) => (call.eventName === 'DescribeKey' ? [call.keyArn] : []))
    expect(new Set(described).size).toBe(described.length)
    expect(at.rewraps()).toEqual({ ...NOTHING, rewrapped: 40 })
    at.statements.length = 0
    kms.calls.reset()
    expect(await at.acme.patient.findMany()).toHaveLength(40)
    await at.idle()
    expect(dataKeyCalls(stage)).toEqual([])
    expect(at.statements).toHaveLength(1)
    await at.close()
  })
})

describe('after a CMK got new key material', () => {
  test('reading rewraps under it, in a process that hears of it, and new values are sealed with it', async () => {
    const { id } = await acme.patient.create({ data: person(1) })
    const before = await everything(id)
    await rotate(stage, OLD)
    // This process is told within `revalidate`, or at once:
    prisma.$encryption.evict('acme')
    await acme.patient.findMany()
    await prisma.$encryption.idle()
    const after = await everything(id)
    for (const column of COLUMNS) {
      const [was, is] = [wrappingOf(before[column]), wrappingOf(after[column])]
      expect(is).toMatchObject({ cmk: tagOf(old), kept: was.kept })
      expect(is.material).not.toBe(was.material)
      expect(is.wrapTag).not.toBe(was.wrapTag)
    }
    const second = await acme.patient.create({ data: person(2) })
    expect(wrappingOf((await everything(second.id)).ssn).wrapTag).toBe(wrappingOf(after.ssn).wrapTag)
    prisma.$encryption.evict('acme')
    expect(await acme.patient.count({ where: { age: 0 } })).toBe(2)
    expect((await acme.patient.findUniqueOrThrow({ where: { id } })).ssn).toBe('1')
  })
})

describe('nothing is done', () => {
  test('where nothing is stale: no SQL, and no KMS call beside one DescribeKey', async () => {
    await acme.patient.createMany({ data: [person(1), person(2)] })
    await rotate(stage, OLD)
    prisma.$encryption.evict('acme')
    await acme.patient.findMany()
    await prisma.$encryption.idle()
    const at = anotherClient(stage)
    kms.calls.reset()
    for (let i = 0; i < 3; i++) {
      await at.acme.patient.findMany()
      await at.idle()
    }
    expect(dataKeyCalls(stage).sort()).toEqual(['Decrypt', 'DescribeKey'])
    expect(at.updates()).toEqual([])
    expect(at.rewraps()).toEqual({ ...NOTHING, fresh: 2 })
    await at.close()
  })

  test('by the client that has just written the rows, not even a DescribeKey', async () => {
    const at = anotherClient(stage)
    await at.acme.patient.create({ data: person(1) })
    kms.calls.reset()
    await at.acme.patient.findMany()
    await at.idle()
    expect(dataKeyCalls(stage)).toEqual([])
    await at.close()
  })

  test('where it is turned off', async () => {
    const { id } = await acme.patient.create({ data: person(1) })
    const at = anotherClient(stage, REPLACED, { rewrap: 'off' })
    await at.acme.patient.findMany({ select: { ssn: true } })
    await at.idle()
    expect(at.updates()).toEqual([])
    expect(at.rewraps()).toEqual(NOTHING)
    expect(wrappingOf(await stored('patients', 'ssn', id)).cmk).toBe(tagOf(old))
    await at.close()
  })

  test('inside transactions of both kinds; the same read outside does it', async () => {
    await acme.patient.create({ data: person(1) })
    const at = anotherClient(stage, REPLACED)
    await at.acme.$transaction(async (tx) => tx.patient.findMany())
    await at.acme.$transaction([at.acme.patient.findMany(), at.acme.patient.count()])
    await at.idle()
    expect(at.rewraps()).toEqual(NOTHING)
    expect(at.updates()).toEqual([])
    await at.acme.patient.findMany()
    await at.idle()
    expect(at.rewraps()).toEqual({ ...NOTHING, rewrapped: 1 })
    await at.close()
  })

  test('for a row that was just deleted', async () => {
    const { id } = await acme.patient.create({ data: person(1) })
    const at = anotherClient(stage, REPLACED)
    expect((await at.acme.patient.delete({ where: { id } })).ssn).toBe('1')
    await at.idle()
    expect(at.rewraps()).toEqual(NOTHING)
    await at.close()
  })
})

describe('rows of every kind of key', () => {
  test('an Int id: rows read through a relation, and their own kind', async () => {
    const { id } = await acme.patient.create({ data: { ...person(1), visits: { create: { reason: 'flu' } } } })
    const at = anotherClient(stage, REPLACED)
    await at.acme.patient.findUniqueOrThrow({ where: { id }, select: { visits: { select: { reason: true } } } })
    await at.idle()
    expect(at.rewraps()).toEqual({ ...NOTHING, rewrapped: 1 })
    const [visit] = await database.query('SELECT reason FROM visits')
    expect(wrappingOf(visit?.reason).cmk).toBe(tagOf(next))
    await at.close()
  })

  test('a compound id', async () => {
    const one = prisma.$forTenant(1)
    await one.account.createMany({ data: [1, 2].map((number) => ({ orgId: 1, number, iban: `DE${number}` })) })
    const at = anotherClient(stage, { current: NEXT, previous: ['alias/tenant/1'] })
    const ibans = await at.prisma.$forTenant(1).account.findMany({ select: { iban: true }, orderBy: { number: 'asc' } })
    expect(ibans).toEqual([{ iban: 'DE1' }, { iban: 'DE2' }])
    await at.idle()
    expect(at.rewraps()).toEqual({ ...NOTHING, rewrapped: 2 })
    const rows = await database.query('SELECT iban FROM "Account"')
    expect(rows.map(({ iban }) => wrappingOf(iban).cmk)).toEqual([next, next].map(tagOf))
    await at.close()
  })
})
