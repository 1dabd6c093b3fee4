import { subscribe } from 'node:diagnostics_channel'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { PlaintextReadEvent } from '../../src/observers/index.js'
import { fieldEncryption } from '../../src/prisma/extension.js'
import { changedModels } from '../support/changed-models.js'
import { testOptions } from '../support/encrypted-client.js'
import { openStage, refusal } from '../support/stage.js'

const { acme: strict, kms, plain, plant, stored } = await openStage()

const until = '2999-12-31'
const legacy = { legacy: { until } }
const models = changedModels({
  'Patient.email': legacy,
  'Patient.ssn': legacy,
  'Patient.notes': legacy,
  'Patient.photo': legacy,
  'Visit.reason': legacy,
})
const prisma = plain.$extends(fieldEncryption({ models, ...testOptions(kms) }))
const acme = prisma.$forTenant('acme')

let events: PlaintextReadEvent[] = []
subscribe('prisma-envelope:plaintext-read', (message) => events.push(message as PlaintextReadEvent))
beforeEach(() => {
  events = []
})
afterEach(() => {
  vi.useRealTimers()
})

const photo = new Uint8Array([0, 1, 2, 255])
const values = { email: 'Ann@example.com', ssn: 'pe', notes: { deep: ['pe1:'], n: 1 }, photo }
const before = { tenantId: 'acme', ...values }
const own = { email: true, ssn: true, notes: true, photo: true }

/** A row from before the fields were encrypted. */
const plainRow = (data: object = {}) => plain.patient.create({ data: { ...before, ...data } })

describe('a row from before', () => {
  test('is read as it is, of every kind of column', async () => {
    const { id } = await plainRow()
    expect(await acme.patient.findUnique({ where: { id }, select: own })).toEqual(values)
    expect(events).toEqual(
      ['email', 'ssn', 'notes', 'photo'].map((field) => ({
        type: 'plaintext-read',
        model: 'Patient',
        field,
        tenant: 'acme',
        count: 1,
      })),
    )
  })

  test.each([[[]], [{}], ['text'], ['"quoted"'], [[1, 'x', null]], [{ email: 'pe1:AAAA' }]])(
    'with the document %j',
    async (notes) => {
      const { id } = await plainRow({ notes })
      expect(await acme.patient.findUnique({ where: { id }, select: { notes: true } })).toEqual({ notes })
      expect(events).toMatchObject([{ field: 'notes', count: 1 }])
    },
  )

  test('is an error of a field that is not legacy, an empty list in a document among them', async () => {
    const { id } = await plainRow({ notes: [] })
    for (const field of ['email', 'ssn', 'notes'] as const) {
      const call = strict.patient.findUnique({ where: { id }, select: { [field]: true } })
      expect(await refusal(call)).toMatchObject({ code: 'ENVELOPE_NOT_AN_ENVELOPE', field })
    }
    expect(events).toEqual([])
  })

  test('is an error in another field of the same row', async () => {
    const { id } = await plainRow()
    const some = changedModels({ 'Patient.ssn': legacy, 'Patient.notes': { write: 'plain' } })
    const client = plain.$extends(fieldEncryption({ models: some, ...testOptions(kms) }))
    const of = (field: string) =>
      client.$forTenant('acme').patient.findUnique({ where: { id }, select: { [field]: true } })
    expect(await of('ssn')).toEqual({ ssn: 'pe' })
    expect(await of('notes')).toEqual({ notes: values.notes })
    for (const field of ['email', 'photo']) expect(await refusal(of(field))).toMatchObject({ field })
  })

  test('is read beside sealed ones, below others, and in the result of a write; and counted once a call', async () => {
    const { id } = await plainRow()
    await acme.patient.create({ data: { email: 'b', mentorId: id, visits: { create: { reason: 'sealed' } } } })
    await plain.visit.create({ data: { tenantId: 'acme', patientId: id, reason: 'plain' } })
    await plain.visit.create({ data: { tenantId: 'acme', patientId: id, reason: 'too' } })
    const found = await acme.patient.findMany({
      where: { OR: [{ id }, { mentorId: id }] },
      orderBy: { age: 'asc' },
      select: { email: true, visits: { select: { reason: true }, orderBy: { id: 'asc' } } },
    })
    expect(found).toEqual(
      expect.arrayContaining([
        { email: 'Ann@example.com', visits: [{ reason: 'plain' }, { reason: 'too' }] },
        { email: 'b', visits: [{ reason: 'sealed' }] },
      ]),
    )
    expect(events).toMatchObject([
      { model: 'Patient', field: 'email', count: 1 },
      { model: 'Visit', field: 'reason', count: 2 },
    ])
    const updated = await acme.patient.update({ where: { id }, data: { ssn: 'new' }, select: own })
    expect(updated).toEqual({ ...values, ssn: 'new' })
    expect(await stored('patients', 'ssn', id)).toMatch(/^pe1:/)
    expect(await stored('patients', 'email_sealed', id)).toBe('Ann@example.com')
  })

  test('is sealed when it is written, with its token', async () => {
    const { id } = await plainRow()
    await acme.patient.update({ where: { id }, data: { email: 'x@example.com', notes: { a: 1 }, photo } })
    expect(await stored('patients', 'email_sealed', id)).toMatch(/^pe1:/)
    expect(await stored('patients', 'email_index', id)).not.toBeNull()
    const read = await strict.patient.findUnique({ where: { id }, select: { email: true, notes: true, photo: true } })
    expect(read).toEqual({ email: 'x@example.com', notes: { a: 1 }, photo })
  })

  test('is counted once for a result that is opened in slices', async () => {
    const rows = Array.from({ length: 2_100 }, (_, age) => ({ ...before, age, clinicId: null, ssn: `${age}` }))
    await plain.patient.createMany({ data: rows.map((row) => ({ ...row, id: `slice-${row.age}` })) })
    const where = { id: { startsWith: 'slice-' } }
    const found = await acme.patient.findMany({ where, orderBy: { age: 'asc' }, select: { ssn: true, age: true } })
    expect(found).toEqual(rows.map(({ ssn, age }) => ({ ssn, age })))
    expect(events).toMatchObject([{ field: 'ssn', count: 2_100 }])
    await plain.patient.deleteMany({ where })
  })

  test('of another tenant is not read', async () => {
    const { id } = await plainRow({ tenantId: 'globex' })
    expect(await acme.patient.findUnique({ where: { id } })).toBeNull()
    const rows = await plain.$queryRawUnsafe<object[]>(`SELECT id, tenant_id, ssn FROM patients WHERE id = '${id}'`)
    expect(await refusal(acme.$encryption.openRows('Patient', rows))).toMatchObject({
      code: 'ENVELOPE_TENANT_MISMATCH',
    })
    expect(events).toEqual([])
  })

  test('is read by openRows and open', async () => {
    const { id } = await plainRow({ notes: '"q"' })
    const rows = await plain.$queryRawUnsafe<object[]>(
      `SELECT tenant_id, email_sealed, ssn, notes, photo_sealed FROM patients WHERE id = '${id}'`,
    )
    expect(await prisma.$encryption.openRows('Patient', rows)).toMatchObject([
      { email_sealed: 'Ann@example.com', ssn: 'pe', notes: '"q"', photo_sealed: photo },
    ])
    expect(events).toHaveLength(4)
    expect(await acme.$encryption.open('Patient', 'ssn', '123')).toBe('123')
    expect(events).toHaveLength(5)
  })
})

describe('what begins as an envelope is never returned as plaintext', () => {
  const damage: [what: string, change: (envelope: string) => string][] = [
    ['cut', (envelope) => envelope.slice(0, 60)],
    ['cut after its prefix', () => 'pe1:'],
    ['of a later version', (envelope) => envelope.replace('pe1:', 'pe7:')],
    ['with a changed end', (envelope) => `${envelope.slice(0, -4)}AAAA`],
    ['that is plaintext', () => 'pe1: the first'],
    ['in quotation marks', (envelope) => JSON.stringify(envelope)],
  ]
  test.each(damage)('text %s', async (_, change) => {
    const { id } = await acme.patient.create({ data: { email: 'a', ssn: 'the value' } })
    await plant('patients', 'ssn', id, change(String(await stored('patients', 'ssn', id))))
    expect(await refusal(acme.patient.findUnique({ where: { id } }))).toMatchObject({ field: 'ssn' })
    await plain.patient.delete({ where: { id } })
  })

  test.each([1, 2, 17, 40, 60])('bytes cut after %i', async (length) => {
    const { id } = await acme.patient.create({ data: { email: 'a', photo } })
    const bytes = (await stored('patients', 'photo_sealed', id)) as Uint8Array
    await plant('patients', 'photo_sealed', id, bytes.slice(0, length))
    const read = acme.patient.findUnique({ where: { id }, select: { photo: true } })
    // One byte says nothing.
    if (length === 1) expect(await read).toEqual({ photo: bytes.slice(0, 1) })
    else expect(await refusal(read)).toMatchObject({ field: 'photo' })
  })

  test('nor is anything of the result that it is in', async () => {
    await plainRow({ id: 'good', age: 1 })
    await plainRow({ id: 'bad', age: 2, ssn: 'pe1:AAAA' })
    const where = { id: { in: ['good', 'bad'] } }
    expect(await refusal(acme.patient.findMany({ where }))).toMatchObject({ field: 'ssn', key: { id: 'bad' } })
    expect(events).toEqual([])
  })
})

test('after the last day plaintext is an error again, and says what to do', async () => {
  const { id } = await plainRow()
  const ended = changedModels({ 'Patient.ssn': { legacy: { until: '2027-03-01' } } })
  const client = plain.$extends(fieldEncryption({ models: ended, ...testOptions(kms) }))
  const read = () => client.$forTenant('acme').patient.findUnique({ where: { id }, select: { id: true, ssn: true } })
  vi.useFakeTimers({ toFake: ['Date'] })
  vi.setSystemTime('2027-03-01T23:59:59.999Z')
  expect(await read()).toEqual({ id, ssn: 'pe' })
  vi.setSystemTime('2027-03-02T00:00:00Z')
  const error = await refusal(read())
  expect(error).toMatchObject({ code: 'ENVELOPE_NOT_AN_ENVELOPE', model: 'Patient', field: 'ssn', key: { id } })
  expect(error.message).toContain('Run `prisma-envelope backfill`')
  expect(error.message).not.toContain('"pe"')
})

test('with verifyIndexes the index of a plaintext may be empty, and none other', async () => {
  const client = plain.$extends(fieldEncryption({ models, ...testOptions(kms), verifyIndexes: true }))
  const verified = client.$forTenant('acme')
  const { id } = await plainRow()
  expect(await verified.patient.findUnique({ where: { id }, select: { email: true } })).toEqual({ email: before.email })
  await plant('patients', 'email_index', id, new Uint8Array(16))
  expect(await refusal(verified.patient.findUnique({ where: { id } }))).toMatchObject({
    code: 'ENVELOPE_INDEX_MISMATCH',
  })
  const sealed = await verified.patient.create({ data: { email: 'c' } })
  await plant('patients', 'email_index', sealed.id, null)
  const read = verified.patient.findUnique({ where: { id: sealed.id } })
  expect(await refusal(read)).toMatchObject({ code: 'ENVELOPE_INDEX_MISMATCH' })
})

test('a client without a tenant still needs one', async () => {
  const { id } = await plainRow({ tenantId: '' })
  expect(await refusal(prisma.patient.findUnique({ where: { id } }))).toMatchObject({
    code: 'ENVELOPE_TENANT_REQUIRED',
  })
})
