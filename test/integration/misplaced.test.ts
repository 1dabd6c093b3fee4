import { beforeEach, describe, expect, test } from 'vitest'
import { runWithTenant } from '../../src/tenancy/index.js'
import { openStage, refusal } from '../support/stage.js'

const { acme, database, globex, kms, plant, prisma, stored } = await openStage()

const MISMATCH = 'ENVELOPE_TENANT_MISMATCH'
const FAILED = 'ENVELOPE_AUTHENTICATION_FAILED'

let ours = ''
let theirs = ''
beforeEach(async () => {
  for (const table of ['visits', '"Record"', 'patients', '"Note"']) await database.execute(`DELETE FROM ${table}`)
  ours = (await acme.patient.create({ data: { email: 'ours', ssn: '1', notes: 'n', photo: Uint8Array.of(1) } })).id
  theirs = (await globex.patient.create({ data: { email: 'theirs', ssn: '2', notes: 'm', photo: Uint8Array.of(2) } }))
    .id
})

async function copy(column: string, from: string, to: string, toColumn = column): Promise<void> {
  const value = await stored('patients', column, from)
  if (value === undefined) throw new Error('nothing to copy')
  await plant('patients', toColumn, to, value)
}

describe("another tenant's envelope in this tenant's row", () => {
  test.each([
    ['email_sealed', 'email'],
    ['ssn', 'ssn'],
    ['notes', 'notes'],
    ['photo_sealed', 'photo'],
  ])('in %s does not open for any client, and reaches no KMS', async (column, field) => {
    await copy(column, theirs, ours)
    for (const evicted of [[], ['acme', 'globex']]) {
      for (const tenant of evicted) prisma.$encryption.evict(tenant)
      kms.calls.reset()
      for (const client of [prisma, acme]) {
        const error = await refusal(client.patient.findUnique({ where: { id: ours }, select: { [field]: true } }))
        expect(error).toMatchObject({ code: MISMATCH, model: 'Patient', field, tenant: 'acme' })
      }
      expect(await globex.patient.findUnique({ where: { id: ours } })).toBeNull()
      expect(kms.calls.count()).toBe(0)
    }
  })

  test('is refused where the tenant column is not selected, hidden, or hangs below another row', async () => {
    await copy('ssn', theirs, ours)
    await acme.visit.create({ data: { patient: { connect: { id: ours } }, reason: 'r' } })
    const raw = await database.query('SELECT * FROM patients')
    for (const call of [
      () => prisma.patient.findMany({ where: { id: ours }, select: { ssn: true } }),
      () => prisma.patient.findMany({ where: { id: ours }, omit: { tenantId: true } }),
      () => prisma.visit.findMany({ select: { patient: { select: { ssn: true } } } }),
      () => prisma.visit.findFirst().patient(),
      () => prisma.$encryption.openRows('Patient', raw),
    ]) {
      expect(await refusal(call)).toMatchObject({ code: MISMATCH, field: 'ssn' })
    }
  })

  test('does not open where the tenant column was changed with it', async () => {
    await plant('patients', 'tenant_id', theirs, 'acme')
    expect(await refusal(prisma.patient.findUnique({ where: { id: theirs } }))).toMatchObject({
      code: MISMATCH,
      tenant: 'acme',
    })
  })

  test('does not open where a model has no tenant column: the context decides', async () => {
    const mine = await acme.note.create({ data: { body: 'mine' } })
    const other = await globex.note.create({ data: { body: 'other' } })
    const envelope = await stored('"Note"', 'body', other.id)
    await plant('"Note"', 'body', mine.id, envelope ?? '')
    expect(await refusal(acme.note.findUnique({ where: { id: mine.id } }))).toMatchObject({
      code: MISMATCH,
      tenant: 'acme',
    })
    expect(await refusal(runWithTenant('acme', () => prisma.note.findMany()))).toMatchObject({ code: MISMATCH })
    expect(await refusal(prisma.note.findMany())).toMatchObject({ code: 'ENVELOPE_TENANT_REQUIRED' })
  })
})

describe("an envelope of the tenant's own", () => {
  test('does not open in another field of the row', async () => {
    await copy('email_sealed', ours, ours, 'ssn')
    expect(await refusal(acme.patient.findUnique({ where: { id: ours } }))).toMatchObject({
      code: FAILED,
      field: 'ssn',
    })
  })

  test('does not open as another type', async () => {
    const text = String(await stored('patients', 'ssn', ours))
    await plant('patients', 'notes', ours, JSON.stringify(text))
    expect(await refusal(acme.patient.findUnique({ where: { id: ours } }))).toMatchObject({
      code: FAILED,
      field: 'notes',
    })
    await plant('patients', 'notes', ours, '"pe1:"')
    await plant('patients', 'photo_sealed', ours, new Uint8Array(Buffer.from(text.slice(4), 'base64')))
    expect(await refusal(acme.patient.findUnique({ where: { id: ours }, select: { photo: true } }))).toMatchObject({
      code: FAILED,
      field: 'photo',
    })
  })

  test('does not open in another model', async () => {
    const { id } = await acme.visit.create({ data: { patient: { connect: { id: ours } }, reason: 'r' } })
    await plant('visits', 'reason', id, (await stored('patients', 'ssn', ours)) ?? '')
    expect(await refusal(acme.visit.findUnique({ where: { id } }))).toMatchObject({ code: FAILED, model: 'Visit' })
  })

  test('does not open through the management face for another field or tenant', async () => {
    const envelope = String(await stored('patients', 'ssn', ours))
    expect(await acme.$encryption.open('Patient', 'ssn', envelope)).toBe('1')
    expect(await refusal(acme.$encryption.open('Patient', 'email', envelope))).toMatchObject({ code: FAILED })
    expect(await refusal(globex.$encryption.open('Patient', 'ssn', envelope))).toMatchObject({ code: MISMATCH })
    expect(await refusal(prisma.$encryption.open('Patient', 'ssn', envelope))).toMatchObject({
      code: 'ENVELOPE_TENANT_REQUIRED',
    })
  })

  test('opens in another row of the same field: rows are bound only where the annotation says so', async () => {
    const other = await acme.patient.create({ data: { email: 'x' } })
    await copy('ssn', ours, other.id)
    expect(await acme.patient.findUnique({ where: { id: other.id } })).toMatchObject({ ssn: '1' })
  })
})
