import { subscribe } from 'node:diagnostics_channel'
import { describe, expect, test } from 'vitest'
import { fieldEncryption } from '../../src/prisma/extension.js'
import { changedModels } from '../support/changed-models.js'
import { testOptions } from '../support/encrypted-client.js'
import { openStage, refusal } from '../support/stage.js'

const { acme: sealing, kms, plain, stored } = await openStage()

const write = { write: 'plain' } as const
const models = changedModels({
  'Patient.email': write,
  'Patient.ssn': write,
  'Patient.notes': write,
  'Patient.photo': write,
})
const prisma = plain.$extends(fieldEncryption({ models, ...testOptions(kms) }))
const acme = prisma.$forTenant('acme')

const photo = new Uint8Array([0, 1, 2, 255])
const values = { email: 'Ann@example.com', ssn: '123', notes: { deep: [1] }, photo }
const own = { email: true, ssn: true, notes: true, photo: true }

test('what is written is in plaintext, and reads as it was written', async () => {
  const created = await acme.patient.create({ data: values, select: { id: true, ...own } })
  const { id, ...read } = created
  expect(read).toEqual(values)
  expect(await plain.patient.findUnique({ where: { id }, select: own })).toEqual(values)
  expect(await acme.patient.findUnique({ where: { id }, select: own })).toEqual(values)
})

test.each([
  ['update', (id: string) => acme.patient.update({ where: { id }, data: { ssn: { set: 'new' }, notes: ['n'] } })],
  ['updateMany', (id: string) => acme.patient.updateMany({ where: { id }, data: { ssn: 'new', notes: ['n'] } })],
  [
    'upsert',
    (id: string) =>
      acme.patient.upsert({ where: { id }, create: { email: 'e' }, update: { ssn: 'new', notes: ['n'] } }),
  ],
])('%s writes plaintext over an envelope', async (_, call) => {
  const { id } = await sealing.patient.create({ data: values })
  expect(await acme.patient.findUnique({ where: { id }, select: own })).toEqual(values)
  await call(id)
  expect(await stored('patients', 'ssn', id)).toBe('new')
  expect(await stored('patients', 'email_sealed', id)).toMatch(/^pe1:/)
  expect(await acme.patient.findUnique({ where: { id }, select: own })).toEqual({ ...values, ssn: 'new', notes: ['n'] })
})

test('nested rows and lists of rows too, again and again', async () => {
  for (const ssn of ['a', 'b']) {
    await acme.patient.createMany({ data: [{ email: `1${ssn}`, ssn }, { email: `2${ssn}` }] })
    const rows = await plain.patient.findMany({ where: { ssn: ssn as never }, select: { email: true } })
    expect(rows).toEqual([{ email: `1${ssn}` }])
  }
})

test('an index is kept, so that search finds sealed and plain rows, in any spelling', async () => {
  const { id: sealed } = await sealing.patient.create({ data: { email: 'Joe@example.com' } })
  const { id: open } = await acme.patient.create({ data: { email: ' JOE@example.com' } })
  await acme.patient.create({ data: { email: 'Eve@example.com' } })
  const find = () => acme.patient.findMany({ where: { email: 'joe@example.com' }, select: { id: true } })
  expect(new Set((await find()).map(({ id }) => id))).toEqual(new Set([sealed, open]))
  await acme.patient.update({ where: { id: open }, data: { email: 'eve@example.com' } })
  expect(await find()).toEqual([{ id: sealed }])
  expect(await acme.patient.count({ where: { email: { not: 'eve@example.com' }, id: { in: [open, sealed] } } })).toBe(1)
})

describe('a value that begins as an envelope does', () => {
  test.each([
    [{ ssn: 'pe1:AAAA' }, 'ssn'],
    [{ ssn: { set: 'pe2:' } }, 'ssn'],
    [{ notes: 'pe1:' }, 'notes'],
    [{ photo: new Uint8Array([0x11, 0x00, 1, 2]) }, 'photo'],
  ])('is refused: %j', async (data, field) => {
    const { id } = await acme.patient.create({ data: { email: 'first' } })
    for (const call of [
      () => acme.patient.update({ where: { id }, data }),
      () => acme.patient.updateMany({ where: { id }, data }),
    ]) {
      expect(await refusal(call)).toMatchObject({ code: 'ENVELOPE_VALUE_INVALID', model: 'Patient', field })
    }
  })
})

test('a value of another type, or not well-formed, is refused before SQL and without being shown', async () => {
  const data = { email: 'e', ssn: 17 as unknown as string }
  expect(await refusal(acme.patient.create({ data }))).toMatchObject({ code: 'ENVELOPE_VALUE_INVALID', field: 'ssn' })
  expect(await refusal(acme.patient.create({ data: { email: 'e\ud800' } }))).toMatchObject({
    code: 'ENVELOPE_VALUE_INVALID',
    field: 'email',
  })
})

test('a damaged envelope is an error still', async () => {
  const { id } = await sealing.patient.create({ data: values })
  const cut = String(await stored('patients', 'ssn', id)).slice(0, 40)
  await plain.patient.update({ where: { id }, data: { ssn: cut } })
  expect(await refusal(acme.patient.findUnique({ where: { id } }))).toMatchObject({ field: 'ssn' })
})

test('seal makes no more envelopes for such a field, and reads are no events', async () => {
  const events: unknown[] = []
  subscribe('prisma-envelope:plaintext-read', (message) => events.push(message))
  const { id } = await acme.patient.create({ data: values })
  await acme.patient.findUniqueOrThrow({ where: { id } })
  expect(events).toEqual([])
  expect(await refusal(acme.$encryption.seal('Patient', 'ssn', 'x'))).toMatchObject({ code: 'ENVELOPE_CONFIG_INVALID' })
})
