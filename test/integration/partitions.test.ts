import { expect, test } from 'vitest'
import type { Partition } from '../../src/management/jobs/partition.js'
import { openStage, refusal } from '../support/stage.js'

const stage = await openStage({ cmk: 'alias/tenant/acme' })
const { acme, database, prisma } = stage
const bound = prisma.$forTenant(7)

for (let number = 0; number < 25; number++)
  await bound.account.create({ data: { orgId: 7, number, iban: `iban ${number}` } })
for (let i = 0; i < 12; i++) await acme.patient.create({ data: { email: `${i}@example.com`, ssn: String(i) } })

const verify = (partition: Partition) => prisma.$encryption.verify({ partition })

test('partitions are all rows, each once, also those that are inserted later', async () => {
  const partitions = await prisma.$encryption.partitions({ models: ['Account'], rows: 10 })
  expect(partitions).toHaveLength(3)
  expect(JSON.parse(JSON.stringify(partitions))).toEqual(partitions)
  const rows = async () => Promise.all(partitions.map(async (partition) => (await verify(partition)).rows))
  expect(await rows()).toEqual([10, 10, 5])
  await bound.account.create({ data: { orgId: 7, number: 1_000, iban: 'later' } })
  expect(await rows()).toEqual([10, 10, 6])
})

test('a partition has no position to go on from, and only its own model', async () => {
  const [partition] = await prisma.$encryption.partitions({ models: ['Patient'], rows: 100 })
  if (partition === undefined) throw new Error('no partition')
  expect(partition).toEqual({ model: 'Patient' })
  expect(await prisma.$encryption.rewrap({ partition })).toMatchObject({ finished: true, rows: 12, changed: 0 })
  expect(await refusal(() => prisma.$encryption.rewrap({ partition, models: ['Account'] }))).toMatchObject({
    code: 'ENVELOPE_CONFIG_INVALID',
  })
  expect(await refusal(() => prisma.$encryption.rewrap({ partition, checkpoint: 'mine' }))).toMatchObject({
    code: 'ENVELOPE_CONFIG_INVALID',
  })
})

test.each<[string, object]>([
  ['of a model that there is not', { model: 'Nobody' }],
  ['of a model without encrypted fields', { model: 'Room' }],
  ['with a key of another length', { model: 'Account', after: ['7'] }],
  ['with a key that is no list of texts', { model: 'Account', after: [7, 1] }],
  ['without a model', {}],
])('a partition %s is refused', async (_, partition) => {
  expect(await refusal(() => verify(partition as Partition))).toMatchObject({ code: 'ENVELOPE_CONFIG_INVALID' })
})

// The others compare whatever they are given.
test.runIf(database.provider === 'postgresql')(
  'a partition whose key the database cannot read ends the job, without a word of it',
  async () => {
    const failed = await refusal(() => verify({ model: 'Account', after: ['seven', 'one'] }))
    expect(failed).toMatchObject({ code: 'ENVELOPE_JOB_INTERRUPTED' })
    expect(String(failed)).not.toContain('seven')
  },
)

test.each([0, -1, 1.5, Number.NaN])('%d rows are no size of a partition', async (rows) => {
  expect(await refusal(() => prisma.$encryption.partitions({ rows }))).toMatchObject({
    code: 'ENVELOPE_CONFIG_INVALID',
  })
})

test('partitions for a job are of the models that it visits, and it takes each', async () => {
  const partitions = await prisma.$encryption.partitions({ job: 'reindex', rows: 10 })
  const all = await prisma.$encryption.partitions({ rows: 10 })
  expect(partitions.length).toBeLessThan(all.length)
  for (const partition of partitions)
    expect(await prisma.$encryption.reindex({ partition })).toMatchObject({ finished: true, skipped: {} })
})

test.each([
  [{ job: 'reindex', fields: ['Patient.notes'] }, /^\$encryption\.reindex: Patient\.notes has no index: /],
  [{ job: 'shred' }, /`job` must be one of backfill, reencrypt, /],
])('no partitions of what a job is not for: %j', async (options, message) => {
  const error = await refusal(() => prisma.$encryption.partitions(options as never))
  expect(error).toMatchObject({ code: 'ENVELOPE_CONFIG_INVALID' })
  expect(error.message).toMatch(message)
})
