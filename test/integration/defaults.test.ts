import { describe, expect, test } from 'vitest'
import { defaultForms } from '../prisma/query/default-forms.js'
import { hasReturning, skip } from '../support/client.js'
import { postgresqlTypes } from '../support/postgresql-client.js'
import { openStage, refusal } from '../support/stage.js'

const stage = await openStage()
const { acme, database, prisma, sqlOf, stored } = stage

const filled = { state: 'new', remark: '', stamp: Uint8Array.of(0, 1, 2) }

/** The row as it is stored: every default sealed, and the index that belongs to it filled in. */
async function expectSealed(id: number): Promise<void> {
  expect(await stored('"Parcel"', 'state', id)).toMatch(/^pe1:/)
  expect(await stored('"Parcel"', 'remark', id)).toMatch(/^pe1:/)
  expect(await stored('"Parcel"', 'stamp', id)).toSatisfy(
    (bytes: Uint8Array) => bytes.length > 100 && bytes[0] === 0x11,
  )
  expect(await stored('"Parcel"', '"stateIndex"', id)).toBeInstanceOf(Uint8Array)
  const found = await acme.parcel.findFirst({ where: { state: 'new', id } })
  expect(found).toMatchObject({ ...filled, tenantId: 'acme' })
}

describe('a literal default of an encrypted field is sealed where a create leaves the field out:', () => {
  test.each<[string, object]>([
    ['absent', {}],
    ['undefined', { state: undefined, remark: undefined, stamp: undefined }],
    ['skipped', { state: skip, remark: skip, stamp: skip }],
  ])('%s', async (_how, data) => {
    const row = await acme.parcel.create({ data })
    expect(row).toMatchObject(filled)
    await expectSealed(row.id)
  })

  test.each<[string, unknown]>([
    ['no arguments', undefined],
    ['no data', {}],
    ['undefined data', { data: undefined }],
  ])('create with %s', async (_how, args) => {
    const { id } = await acme.parcel.create(args as { data: object })
    await expectSealed(id)
  })

  test('createMany, in rows of different fields', async () => {
    const { count } = await acme.parcel.createMany({ data: [{ weight: 77 }, { weight: 77, remark: 'given' }] })
    expect(count).toBe(2)
    const [first, second] = await acme.parcel.findMany({ where: { weight: 77 }, orderBy: { id: 'asc' } })
    await expectSealed(first?.id ?? 0)
    expect(second).toMatchObject({ ...filled, remark: 'given' })
  })

  test.runIf(hasReturning)('createManyAndReturn', async () => {
    const [returned] = await acme.parcel.createManyAndReturn({ data: [{}] })
    await expectSealed(returned?.id ?? 0)
  })

  test('upsert and connectOrCreate, where they create', async () => {
    const upserted = await acme.parcel.upsert({ where: { id: 0 }, create: {}, update: { state: 'old' } })
    await expectSealed(upserted.id)
    const again = await acme.parcel.upsert({ where: { id: upserted.id }, create: {}, update: { weight: 2 } })
    expect(again).toMatchObject({ id: upserted.id, weight: 2, ...filled })

    const data = { parent: { connectOrCreate: { where: { id: 0 }, create: {} } } }
    const { parentId } = await acme.parcel.create({ data })
    await expectSealed(parentId ?? 0)
  })

  test('nested create, createMany and upsert', async () => {
    const data = { contents: { create: [{}, { state: 'packed' }], createMany: { data: [{}] } } }
    const { id } = await acme.parcel.create({ data })
    const update = { contents: { upsert: { where: { id: 0 }, create: {}, update: {} } } }
    await acme.parcel.update({ where: { id }, data: update })
    const contents = await acme.parcel.findMany({ where: { parentId: id }, orderBy: { id: 'asc' } })
    expect(contents.map(({ state }) => state).sort()).toEqual(['new', 'new', 'new', 'packed'])
    for (const { id, state } of contents) if (state === 'new') await expectSealed(id)
  })
})

test('a given value is kept, including null', async () => {
  const { id } = await acme.parcel.create({ data: { state: 'sent', remark: null } })
  expect(await acme.parcel.findUnique({ where: { id } })).toMatchObject({ state: 'sent', remark: null })
  expect(await stored('"Parcel"', 'remark', id)).toBeNull()
})

test('an update fills nothing in', async () => {
  const { id } = await acme.parcel.create({ data: { state: 'sent', remark: null } })
  await acme.parcel.update({ where: { id }, data: { weight: 3 } })
  await acme.parcel.updateMany({ where: { id }, data: { weight: 4, state: undefined } as object })
  expect(await acme.parcel.findUnique({ where: { id } })).toMatchObject({ state: 'sent', remark: null, weight: 4 })
})

test('a row without a tenant is refused before SQL rather than stored in plaintext', async () => {
  const sql = await sqlOf(async () => {
    expect(await refusal(prisma.parcel.create({ data: {} }))).toMatchObject({ code: 'ENVELOPE_TENANT_REQUIRED' })
    expect(await refusal(prisma.parcel.create())).toMatchObject({ code: 'ENVELOPE_TENANT_REQUIRED' })
  })
  expect(sql).toEqual([])
})

test('each create seals the default anew', async () => {
  await acme.parcel.createMany({ data: [{ weight: 88 }, { weight: 88 }] })
  const rows = await acme.parcel.findMany({ where: { weight: 88 } })
  const [a, b] = await Promise.all(rows.map(({ id }) => stored('"Parcel"', 'state', id)))
  expect(a).not.toEqual(b)
})

describe.runIf(database.provider === 'postgresql')('the same of lists and of Json', () => {
  const charts = postgresqlTypes(acme).chart
  const plain = postgresqlTypes(stage.plain).chart
  const select = { codes: true, documents: true, stamps: true, summary: true, nothing: true } as const

  test('the row reads as with the plain client, and no default is stored in plaintext', async () => {
    const expected = await plain.create({ data: { tenantId: 'plain' }, select })
    const { id, ...row } = await charts.create({ data: {}, select: { ...select, id: true } })
    expect(row).toEqual(expected)
    const [raw] = await database.query('SELECT codes, documents, stamps, summary, nothing FROM charts WHERE id = ?', [
      id,
    ])
    expect(raw).toMatchObject({
      codes: expect.stringMatching(/^\{pe1:[^,]+,pe1:[^,]+\}$/),
      documents: expect.stringMatching(/^\{"\\"pe1:[^,]+,"\\"pe1:[^,]+\}$/),
      stamps: expect.stringMatching(/^\{"\\\\x1101[0-9a-f]{100,}"\}$/),
      summary: expect.stringMatching(/^"pe1:/),
      nothing: expect.stringMatching(/^"pe1:/),
    })
  })

  test('an empty list that is given stays empty', async () => {
    expect(await charts.create({ data: { codes: [], documents: { set: [] } }, select })).toMatchObject({
      codes: [],
      documents: [],
    })
  })
})

test('the values of our functions have the form of those that Prisma makes', async () => {
  const ticket = await stage.plain.ticket.create({ data: {} })
  for (const { field, form, timeOf } of defaultForms) {
    expect(ticket[field], field).toMatch(form)
    if (timeOf !== undefined) expect(Math.abs(timeOf(ticket[field]) - Date.now()), field).toBeLessThan(60_000)
  }
})

describe('a function default of an encrypted field is sealed where a create leaves the field out:', () => {
  const fields = defaultForms.map(({ field }) => field)

  async function expectMade(id: number): Promise<void> {
    const row = await acme.ticket.findUniqueOrThrow({ where: { id } })
    for (const { field, form } of defaultForms) {
      expect(row[field], field).toMatch(form)
      expect(await stored('"Ticket"', field, id), field).toMatch(/^pe1:/)
    }
  }

  test('create', async () => {
    await expectMade((await acme.ticket.create({ data: {} })).id)
    await expectMade((await acme.ticket.create({ data: { uuid: undefined, ulid: skip } as object })).id)
  })

  test('createMany, each row with values of its own', async () => {
    await acme.ticket.deleteMany()
    await acme.ticket.createMany({ data: [{}, {}, { short: 'given' }] })
    const rows = await acme.ticket.findMany({ orderBy: { id: 'asc' } })
    for (const field of fields) expect(new Set(rows.map((row) => row[field])).size, field).toBe(3)
    expect(rows.map(({ short }) => short)).toContain('given')
    await expectMade(rows[0]?.id ?? 0)
  })

  test('upsert, where it creates; an update leaves the value alone', async () => {
    const { id, cuid2 } = await acme.ticket.upsert({ where: { id: 0 }, create: {}, update: {} })
    await expectMade(id)
    await acme.ticket.update({ where: { id }, data: { short: 'changed' } })
    expect(await acme.ticket.findUnique({ where: { id } })).toMatchObject({ cuid2, short: 'changed' })
  })

  test('no value of it is in a statement or parameter', async () => {
    stage.statements.length = 0
    const row = await acme.ticket.create({ data: {} })
    const sent = JSON.stringify(stage.statements)
    expect(sent).toContain('pe1:')
    for (const field of fields) expect(sent, field).not.toContain(row[field])
  })
})
