import { beforeEach, describe, expect, test } from 'vitest'
import { keysClient, openKeysStage } from '../support/keys-stage.js'
import { isUpdateOf } from '../support/recording-adapter.js'
import { refusal } from '../support/stage.js'

const stage = await openKeysStage({ dataKeys: { store: 'inline' } })
const { acme, database, kms, plain, stored } = stage
const OLD = 'alias/tenant/acme'
const NEXT = 'alias/tenant/acme-next'
await kms.createKey({ alias: NEXT })

/** Another process, which has been told of the new CMK. */
const another = () =>
  keysClient(database, kms, { cmk: { current: NEXT, previous: [OLD] }, dataKeys: { store: 'inline' }, rewrap: 'off' })

beforeEach(async () => {
  for (const table of ['patients', 'envelope_jobs']) await database.execute(`DELETE FROM ${table}`)
  for (const name of ['a', 'b', 'c', 'd']) {
    await acme.patient.create({ data: { id: name, email: `${name}@example.com` }, select: { id: true } })
  }
})

const jobs = () => plain.envelopeJob.findMany({ select: { job: true } })

/** Stops after the first batch, of one row. */
async function stopped(options: { tenant?: string; checkpoint?: string } = {}) {
  const { prisma } = another()
  const controller = new AbortController()
  const onProgress = () => controller.abort()
  return prisma.$encryption.rewrap({ ...options, rowsPerSecond: 1, signal: controller.signal, onProgress })
}

describe('where the schema has a model for jobs', () => {
  test('a job goes on where an earlier one was, looks at the rows before too, and leaves nothing when it is done', async () => {
    expect(await stopped()).toMatchObject({ finished: false, rows: 1, changed: 1 })
    expect(await jobs()).toContainEqual({ job: 'rewrap' })
    const { prisma, statements } = another()
    const report = await prisma.$encryption.rewrap()
    expect(report).toMatchObject({ finished: true, rows: 4, changed: 3, skipped: {} })
    const update = statements.find(({ sql }) => isUpdateOf('patients', sql))
    expect(JSON.stringify(update)).toContain('"a"')
    expect(await jobs()).toEqual([])
  })

  test('it begins with the first row if it is told to, or keeps its position under another name or nowhere', async () => {
    await stopped()
    for (const options of [{ restart: true }, { checkpoint: 'mine' }, { checkpoint: false } as const]) {
      expect(await another().prisma.$encryption.rewrap({ ...options, dryRun: true })).toMatchObject({
        rows: 4,
        changed: 3,
      })
    }
    expect(await another().prisma.$encryption.rewrap({ checkpoint: 'mine' })).toMatchObject({ rows: 4, changed: 3 })
    expect(await jobs()).toContainEqual({ job: 'rewrap' })
    expect(await another().prisma.$encryption.rewrap({ restart: true })).toMatchObject({ rows: 4, changed: 0 })
    expect(await jobs()).toEqual([])
  })

  test('limits are no part of what a position is good for', async () => {
    await stopped()
    const limits = { rowsPerSecond: 500, kmsCallsPerSecond: 500 }
    expect(await another().prisma.$encryption.rewrap(limits)).toMatchObject({ finished: true, changed: 3 })
    expect(await jobs()).toEqual([])
  })

  test('a position of other models says so', async () => {
    await stopped()
    const error = await refusal(another().prisma.$encryption.rewrap({ models: ['Patient'] }))
    expect(error.message).toMatch(/"rewrap" is of other models or fields, or of another schema: .*`restart: true`/)
  })

  test('a position of other options, models or release is refused, with what to do', async () => {
    await stopped()
    const { prisma } = another()
    for (const options of [{ tenant: 'acme' }, { verify: false }, { models: ['Patient' as const] }]) {
      const error = await refusal(prisma.$encryption.rewrap(options))
      expect(error).toMatchObject({ name: 'EnvelopeJobError', code: 'ENVELOPE_CHECKPOINT_MISMATCH' })
      expect(error.message).toMatch(/`restart: true`/)
    }
    await plain.envelopeJob.updateMany({ where: { job: 'rewrap' }, data: { state: new Uint8Array([123]) } })
    expect(await refusal(prisma.$encryption.rewrap())).toMatchObject({ code: 'ENVELOPE_CHECKPOINT_MISMATCH' })
  })

  test('a data key gets one new wrapped key, however many processes rewrap it', async () => {
    await stopped()
    const first = String(await stored('patients', 'email_sealed', 'a'))
    kms.calls.reset()
    await another().prisma.$encryption.rewrap()
    // It was unwrapped, and taken.
    expect([kms.calls.count('ReEncrypt'), kms.calls.count('Decrypt')]).toEqual([0, 1])
    for (const id of ['b', 'c', 'd']) {
      expect(String(await stored('patients', 'email_sealed', id)).slice(0, 300)).toBe(first.slice(0, 300))
    }
  })

  test('a wrapped key that somebody has planted there is not used', async () => {
    await stopped()
    const wrapped = await plain.envelopeJob.findMany()
    for (const { id, state } of wrapped) {
      if (state[0] === 123) continue
      const planted = Buffer.from(state)
      planted.writeUInt8(planted.readUInt8(100) ^ 1, 100)
      await plain.envelopeJob.update({ where: { id }, data: { state: new Uint8Array(planted) } })
    }
    const { prisma } = another()
    expect(await prisma.$encryption.rewrap()).toMatchObject({ finished: true, changed: 3, skipped: {} })
    expect(
      await another()
        .prisma.$forTenant('acme')
        .patient.count({ where: { email: 'd@example.com' } }),
    ).toBe(1)
    expect((await another().prisma.$forTenant('acme').patient.findMany()).map(({ email }) => email)).toHaveLength(4)
  })

  test('rows that were done for a CMK before are done for the one of now', async () => {
    await stopped()
    const third = 'alias/tenant/acme-third'
    await kms.createKey({ alias: third })
    const { prisma } = keysClient(database, kms, {
      cmk: { current: third, previous: [OLD, NEXT] },
      dataKeys: { store: 'inline' },
      rewrap: 'off',
    })
    expect(await prisma.$encryption.rewrap()).toMatchObject({ finished: true, rows: 4, changed: 4, skipped: {} })
    expect(await prisma.$encryption.rewrap({ dryRun: true, restart: true })).toMatchObject({ changed: 0 })
  })

  test('a wrapped key that was stored for another application is not used', async () => {
    await stopped()
    for (const { id, state } of await plain.envelopeJob.findMany()) {
      if (state[0] === 123) continue
      // Behind the wrap tag, the version and the hour: two bytes that KMS does not authenticate.
      const planted = Buffer.from(state)
      planted.writeUInt8(planted.readUInt8(17) ^ 1, 17)
      await plain.envelopeJob.update({ where: { id }, data: { state: new Uint8Array(planted) } })
    }
    expect(await another().prisma.$encryption.rewrap()).toMatchObject({ finished: true, changed: 3, skipped: {} })
    expect(await another().prisma.$forTenant('acme').patient.findMany()).toHaveLength(4)
  })

  test('another application that has a job of the same name removes nothing of this one', async () => {
    await stopped()
    const before = await jobs()
    expect(before).toHaveLength(2)
    const options = { app: 'another', cmk: { current: NEXT, previous: [OLD] }, rewrap: 'off' } as const
    const other = keysClient(database, kms, { ...options, dataKeys: { store: 'inline' } })
    expect(await other.prisma.$encryption.jobs()).toEqual([])
    expect(await other.prisma.$encryption.rewrap()).toMatchObject({ finished: true, changed: 0 })
    expect(await jobs()).toEqual(before)
    await another().prisma.$encryption.forgetJob('rewrap')
    expect(await jobs()).toEqual([])
  })

  test('calls on the model are refused on the extended client', async () => {
    expect(await refusal(stage.prisma.envelopeJob.findMany())).toMatchObject({ code: 'ENVELOPE_CONFIG_INVALID' })
  })
})
