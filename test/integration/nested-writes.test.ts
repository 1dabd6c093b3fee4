import { beforeEach, describe, expect, test } from 'vitest'
import { emptyTables } from '../support/empty-tables.js'
import { openStage, refusal } from '../support/stage.js'

// Without the filter lock, which refuses some of these where the foreign key lacks the tenant column: see lock.test.ts.
const { acme, database, prisma, stored } = await openStage({ scope: false })

let patient = ''
beforeEach(async () => {
  await emptyTables(database, 'visits', '"Record"', 'patients', 'clinics', '"Room"', '"Tag"', '"Note"')
  patient = (await acme.patient.create({ data: { email: 'parent' } })).id
})

const reasons = async () => (await acme.visit.findMany({ orderBy: { id: 'asc' } })).map((visit) => visit.reason)
const where = () => ({ id: patient })

/** Every encrypted value that is stored, of any model: none may be in plaintext. */
async function expectAllSealed(): Promise<void> {
  const columns = [
    ['patients', 'email_sealed'],
    ['visits', 'reason'],
    ['"Record"', 'data'],
    ['"Record"', '"where"'],
    ['"Record"', '"select"'],
    ['"Note"', 'body'],
  ]
  for (const [table, column] of columns) {
    for (const row of await database.query(`SELECT ${column} AS value FROM ${table} WHERE ${column} IS NOT NULL`)) {
      expect(row.value, `${table}.${column}`).toMatch(/^"?pe1:/)
    }
  }
}

describe('to-many', () => {
  test('create, one and several', async () => {
    await acme.patient.update({ where: where(), data: { visits: { create: { reason: 'one' } } } })
    await acme.patient.update({
      where: where(),
      data: { visits: { create: [{ reason: 'two' }, { reason: 'three' }] } },
    })
    expect(await reasons()).toEqual(['one', 'two', 'three'])
    await expectAllSealed()
  })

  test('createMany', async () => {
    const data = [{ reason: 'one' }, { reason: 'two' }]
    await acme.patient.update({ where: where(), data: { visits: { createMany: { data } } } })
    await acme.patient.create({ data: { email: 'other', visits: { createMany: { data: { reason: 'three' } } } } })
    expect(await reasons()).toEqual(['one', 'two', 'three'])
    await expectAllSealed()
  })

  test('connectOrCreate seals what it creates, once', async () => {
    const item = { where: { id: 901 }, create: { reason: 'new' } }
    await acme.patient.update({ where: where(), data: { visits: { connectOrCreate: item } } })
    expect(await reasons()).toEqual(['new'])
    const { id } = await acme.visit.findFirstOrThrow()
    await acme.patient.update({
      where: where(),
      data: { visits: { connectOrCreate: [{ where: { id }, create: { reason: 'never' } }] } },
    })
    expect(await reasons()).toEqual(['new'])
    await expectAllSealed()
  })

  test('update, updateMany, upsert', async () => {
    const { visits } = await acme.patient.update({
      where: where(),
      data: { visits: { create: [{ reason: 'a' }, { reason: 'b' }, { reason: 'c' }] } },
      include: { visits: { orderBy: { id: 'asc' } } },
    })
    const [a, b] = visits.map((visit) => visit.id)
    await acme.patient.update({
      where: where(),
      data: { visits: { update: { where: { id: a ?? 0 }, data: { reason: 'a2' } } } },
    })
    await acme.patient.update({
      where: where(),
      data: { visits: { update: [{ where: { id: b ?? 0 }, data: { reason: { set: 'b2' } } }] } },
    })
    expect(await reasons()).toEqual(['a2', 'b2', 'c'])
    await acme.patient.update({
      where: where(),
      data: { visits: { updateMany: { where: { id: { not: a ?? 0 } }, data: { reason: 'many' } } } },
    })
    expect(await reasons()).toEqual(['a2', 'many', 'many'])
    await acme.patient.update({
      where: where(),
      data: {
        visits: {
          upsert: [
            { where: { id: a ?? 0 }, create: { reason: 'no' }, update: { reason: 'a3' } },
            { where: { id: 902 }, create: { reason: 'created' }, update: { reason: 'no' } },
          ],
        },
      },
    })
    expect(await reasons()).toEqual(['a3', 'many', 'many', 'created'])
    await expectAllSealed()
  })

  test('connect, set, disconnect, delete, deleteMany leave what is sealed alone', async () => {
    const mentees = [
      await acme.patient.create({ data: { email: 'm1' } }),
      await acme.patient.create({ data: { email: 'm2' } }),
    ]
    const [one, two] = mentees.map(({ id }) => ({ id }))
    if (one === undefined || two === undefined) throw new Error('two mentees')
    const emails = async () => {
      const row = await acme.patient.findUniqueOrThrow({
        where: where(),
        select: { mentees: { select: { email: true }, orderBy: { createdAt: 'asc' } } },
      })
      return row.mentees.map(({ email }) => email)
    }
    await acme.patient.update({ where: where(), data: { mentees: { connect: [one, two] } } })
    expect(await emails()).toEqual(['m1', 'm2'])
    await acme.patient.update({ where: where(), data: { mentees: { disconnect: one } } })
    expect(await emails()).toEqual(['m2'])
    await prisma.patient.update({ where: where(), data: { mentees: { set: [one, two] } } })
    expect(await emails()).toEqual(['m1', 'm2'])
    await acme.patient.update({ where: where(), data: { mentees: { delete: [one] } } })
    await acme.patient.update({ where: where(), data: { mentees: { deleteMany: { age: 99 } } } })
    expect(await emails()).toEqual(['m2'])
    await acme.patient.update({ where: where(), data: { mentees: { deleteMany: {} } } })
    expect(await emails()).toEqual([])
    await expectAllSealed()
  })
})

describe('to-one', () => {
  const record = () => acme.record.findFirst({ select: { data: true, where: true, set: true, select: true } })

  test('create', async () => {
    const data = { data: { data: 1, where: 2 }, where: 'w', set: 's', select: 'x' }
    await acme.patient.update({ where: where(), data: { record: { create: data } } })
    expect(await record()).toEqual(data)
    await expectAllSealed()
  })

  test('connectOrCreate', async () => {
    const create = { data: ['new'], where: 'w' }
    await acme.patient.update({
      where: where(),
      data: { record: { connectOrCreate: { where: { patientId: patient }, create } } },
    })
    expect(await record()).toMatchObject(create)
    await expectAllSealed()
  })

  test('update with the data itself', async () => {
    await acme.patient.update({ where: where(), data: { record: { create: { data: {}, where: 'old' } } } })
    await acme.patient.update({
      where: where(),
      data: { record: { update: { where: 'new', data: { where: 'inner' }, select: { set: 'y' } } } },
    })
    expect(await record()).toMatchObject({ where: 'new', data: { where: 'inner' }, select: 'y' })
    await expectAllSealed()
  })

  test('update with { where, data }', async () => {
    await acme.patient.update({ where: where(), data: { record: { create: { data: {}, where: 'old' } } } })
    await acme.patient.update({
      where: where(),
      data: { record: { update: { where: { set: null }, data: { where: 'new', data: { deep: ['x'] } } } } },
    })
    expect(await record()).toMatchObject({ where: 'new', data: { deep: ['x'] } })
    await expectAllSealed()
  })

  test('update with { data } alone', async () => {
    await acme.patient.update({ where: where(), data: { record: { create: { data: {}, where: 'old' } } } })
    await acme.patient.update({ where: where(), data: { record: { update: { data: { where: 'new' } } } } })
    expect(await record()).toMatchObject({ where: 'new', data: {} })
    await expectAllSealed()
  })

  test('upsert, both ways', async () => {
    const upsert = { create: { data: 'created', where: 'c' }, update: { data: 'updated', where: 'u' } }
    await acme.patient.update({ where: where(), data: { record: { upsert } } })
    expect(await record()).toMatchObject(upsert.create)
    await acme.patient.update({ where: where(), data: { record: { upsert } } })
    expect(await record()).toMatchObject(upsert.update)
    await expectAllSealed()
  })

  test('delete and disconnect', async () => {
    await acme.patient.update({ where: where(), data: { record: { create: { data: 1 } } } })
    await acme.patient.update({ where: where(), data: { record: { delete: true } } })
    expect(await record()).toBeNull()
    const child = await acme.patient.create({ data: { email: 'child', mentorId: patient } })
    await acme.patient.update({ where: { id: child.id }, data: { mentor: { disconnect: true } } })
    expect(await acme.patient.findUnique({ where: { id: child.id }, select: { email: true, mentorId: true } })).toEqual(
      {
        email: 'child',
        mentorId: null,
      },
    )
  })
})

test('from the other side, through the row that holds the key', async () => {
  const visit = await acme.visit.create({
    data: { reason: 'flu', patient: { create: { email: 'made here', record: { create: { data: [1] } } } } },
    include: { patient: { include: { record: true } } },
  })
  expect(visit).toMatchObject({ reason: 'flu', patient: { email: 'made here', record: { data: [1] } } })
  const updated = await acme.visit.update({
    where: { id: visit.id },
    data: { patient: { update: { email: 'changed here', record: { update: { data: { data: [2] } } } } } },
    include: { patient: { include: { record: true } } },
  })
  expect(updated).toMatchObject({ patient: { email: 'changed here', record: { data: [2] } } })
  await expectAllSealed()
})

test('a relation of a model to itself, both directions', async () => {
  const row = await acme.patient.update({
    where: where(),
    data: {
      email: 'middle',
      mentor: { create: { email: 'above' } },
      mentees: { create: [{ email: 'below', mentees: { create: { email: 'deepest' } } }] },
    },
    select: {
      email: true,
      mentor: { select: { email: true } },
      mentees: { select: { email: true, mentees: { select: { email: true } } } },
    },
  })
  expect(row).toEqual({
    email: 'middle',
    mentor: { email: 'above' },
    mentees: [{ email: 'below', mentees: [{ email: 'deepest' }] }],
  })
  await expectAllSealed()
})

test('where Prisma leaves no way to fill in the tenant column, the call is refused with the way to write it', async () => {
  const data = { email: 'child', mentor: { connect: where() } }
  const error = await refusal(acme.patient.create({ data }))
  expect(error).toMatchObject({ code: 'ENVELOPE_TENANT_REQUIRED', model: 'Patient', field: 'tenantId' })
  expect(error.message).toContain('as scalars')
})

test('many-to-many, through a plain model and back', async () => {
  await acme.patient.update({ where: where(), data: { tags: { create: { name: 'vip' }, connectOrCreate: [] } } })
  await acme.tag.update({ where: { name: 'vip' }, data: { patients: { create: { email: 'tagged' } } } })
  await acme.tag.update({
    where: { name: 'vip' },
    data: { notes: { create: [{ body: 'a note' }] }, patients: { connect: [{ id: patient }] } },
  })
  const tag = await acme.tag.findUniqueOrThrow({
    where: { name: 'vip' },
    include: { patients: { orderBy: { createdAt: 'asc' } }, notes: true },
  })
  expect(tag.patients.map(({ email }) => email)).toEqual(['parent', 'tagged'])
  expect(tag.notes.map(({ body }) => body)).toEqual(['a note'])
  await expectAllSealed()
})

test('through plain models in between', async () => {
  await acme.room.create({
    data: {
      label: 'A1',
      notes: { create: { body: 'wet paint' } },
      visits: { create: { reason: 'fall', patient: { connect: { id: patient } } } },
    },
  })
  const room = await acme.room.findUniqueOrThrow({
    where: { label: 'A1' },
    include: { notes: true, visits: { include: { patient: { include: { clinic: true } } } } },
  })
  expect(room).toMatchObject({
    notes: [{ body: 'wet paint' }],
    visits: [{ reason: 'fall', tenantId: 'acme', patient: { email: 'parent', clinic: null } }],
  })
  await expectAllSealed()
})

test('a row whose tenant column belongs to a foreign key, filled in by its relation', async () => {
  const clinic = await acme.clinic.create({
    data: {
      tenantId: 'acme',
      name: 'North',
      patients: { create: { email: 'inside', visits: { create: { reason: 'checkup' } } } },
    },
    include: { patients: { include: { visits: true } } },
  })
  expect(clinic).toMatchObject({
    tenantId: 'acme',
    patients: [{ tenantId: 'acme', email: 'inside', visits: [{ tenantId: 'acme', reason: 'checkup' }] }],
  })
  const moved = await acme.patient.create({
    data: { email: 'connected', clinic: { connect: { id: clinic.id } } },
    include: { clinic: true },
  })
  expect(moved).toMatchObject({ tenantId: 'acme', email: 'connected', clinic: { name: 'North' } })
  await expectAllSealed()
})

test('nothing is sealed twice, however deep it is', async () => {
  await acme.patient.upsert({
    where: where(),
    create: { email: 'no' },
    update: {
      email: 'yes',
      visits: { upsert: { where: { id: 903 }, create: { reason: 'deep' }, update: { reason: 'no' } } },
      record: { connectOrCreate: { where: { patientId: patient }, create: { data: { deep: true } } } },
    },
  })
  expect(await acme.patient.findUnique({ where: where(), include: { visits: true, record: true } })).toMatchObject({
    email: 'yes',
    visits: [{ reason: 'deep' }],
    record: { data: { deep: true } },
  })
  expect(await stored('patients', 'email_sealed', patient)).toMatch(/^pe1:/)
})
