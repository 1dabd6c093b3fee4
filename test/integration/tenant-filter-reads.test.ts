import { beforeAll, describe, expect, test } from 'vitest'
import { runWithTenant } from '../../src/tenancy/index.js'
import { hasReturning } from '../support/client.js'
import { asPlain, refusal } from '../support/stage.js'
import { openCrossedStage } from './tenant-filter-stage.js'

const { acme, database, fill, globex, plain, prisma, sqlOf } = await openCrossedStage()
beforeAll(fill)

type Rows = readonly { id: string | number }[]
const ids = async (rows: PromiseLike<Rows>) => (await rows).map(({ id }) => String(id)).sort()
const id = { id: true } as const
const MISMATCH = 'ENVELOPE_TENANT_MISMATCH'
const CONFLICT = 'ENVELOPE_TENANT_CONFLICT'
const UNPROTECTED = 'ENVELOPE_TENANT_UNPROTECTED'

describe("the root of a read holds the tenant's own rows only", () => {
  test('findUnique and findUniqueOrThrow', async () => {
    expect(await acme.patient.findUnique({ where: { id: 'pg' } })).toBeNull()
    expect(await acme.patient.findUnique({ where: { id: 'pa' } })).toMatchObject({ email: 'pa' })
    await expect(acme.patient.findUniqueOrThrow({ where: { id: 'pg' } })).rejects.toMatchObject({ code: 'P2025' })
    expect(await acme.clinic.findUnique({ where: { id: 'cg' } })).toBeNull()
    const own = { tenantId_id: { tenantId: 'acme', id: 'pa' } }
    expect(await acme.patient.findUnique({ where: own, select: id })).toEqual({ id: 'pa' })
  })

  test('a compound unique of its own key and of another relation filter stays as it was', async () => {
    const where = { tenantId_id: { tenantId: 'acme', id: 'pg' } }
    expect(await acme.patient.findUnique({ where })).toBeNull()
    expect(await acme.patient.findUnique({ where: { id: 'pa', visits: { some: {} } } })).not.toBeNull()
  })

  test('findFirst, findMany, count, aggregate, groupBy', async () => {
    expect(await ids(acme.patient.findMany({ select: id }))).toEqual(['ma', 'pa', 'xa'])
    expect(await acme.patient.findFirst({ where: { id: 'pg' } })).toBeNull()
    await expect(acme.patient.findFirstOrThrow({ where: { id: 'pg' } })).rejects.toMatchObject({ code: 'P2025' })
    expect(await acme.patient.count()).toBe(3)
    expect(await acme.patient.count({ select: { _all: true } })).toEqual({ _all: 3 })
    const { _sum, _max } = await acme.patient.aggregate({ _sum: { age: true }, _max: { age: true } })
    expect([_sum.age, _max.age]).toEqual([22, 11])
    const groups = await acme.patient.groupBy({ by: ['tenantId'], _count: true, having: { age: { _max: { gt: 0 } } } })
    expect(groups).toEqual([{ tenantId: 'acme', _count: 3 }])
  })

  test('inside OR and NOT of the caller', async () => {
    expect(await ids(acme.patient.findMany({ where: { OR: [{ id: 'pg' }, { id: 'pa' }] }, select: id }))).toEqual([
      'pa',
    ])
    expect(await ids(acme.patient.findMany({ where: { NOT: { id: 'pa' } }, select: id }))).toEqual(['ma', 'xa'])
    const or = { OR: [{ tenantId: 'globex' }, { tenantId: 'acme', id: 'pa' }] }
    expect(await ids(acme.patient.findMany({ where: or, select: id }))).toEqual(['pa'])
    const and = { AND: [{ age: { gt: 0 } }, { OR: [{ id: 'ma' }, { id: 'mg' }] }] }
    expect(await ids(acme.patient.findMany({ where: and, select: id }))).toEqual(['ma'])
  })

  test('a cursor on a foreign row finds no position', async () => {
    const page = (cursor: string) =>
      acme.patient.findMany({ cursor: { id: cursor }, orderBy: { age: 'asc' }, select: id })
    expect(await page('pg')).toEqual([])
    expect(await page('pa')).toEqual([{ id: 'pa' }, { id: 'ma' }])
    const from = { id: 'pg' }
    expect(await acme.patient.count({ cursor: from, orderBy: { id: 'asc' } })).toBe(0)
    expect(
      (await acme.patient.aggregate({ cursor: from, orderBy: { id: 'asc' }, _sum: { age: true } }))._sum.age,
    ).toBeNull()
    expect(await acme.patient.count({ cursor: { id: 'pa' }, orderBy: { id: 'asc' } })).toBe(2)
  })
})

describe("the caller's own tenant key", () => {
  test('is kept in a filter: another tenant there returns no rows', async () => {
    for (const tenantId of ['globex', { equals: 'globex' }, { in: ['globex'] }, { not: 'acme' }]) {
      expect(await acme.patient.findMany({ where: { tenantId } })).toEqual([])
      expect(await acme.patient.count({ where: { AND: { tenantId } } })).toBe(0)
    }
    expect(await acme.patient.count({ where: { tenantId: 'acme' } })).toBe(3)
    expect(await acme.patient.count({ where: { tenantId: { in: ['acme', 'globex'] } } })).toBe(3)
    expect(await acme.patient.deleteMany({ where: { tenantId: 'globex' } })).toEqual({ count: 0 })
  })

  test('in a unique filter is a typed error before SQL where it is another tenant', async () => {
    const compound = { tenantId_id: { tenantId: 'globex', id: 'pg' } }
    const calls = [
      () => acme.patient.findUnique({ where: { id: 'pg', tenantId: 'globex' } }),
      () => acme.patient.findUnique({ where: { id: 'pg', AND: { tenantId: { equals: 'globex' } } } }),
      () => acme.patient.findUniqueOrThrow({ where: compound }),
      () => acme.patient.findMany({ cursor: compound }),
      () => acme.patient.update({ where: compound, data: { age: 1 } }),
      () => acme.patient.delete({ where: compound }),
      () => acme.patient.upsert({ where: compound, create: { email: 'e' }, update: {} }),
    ]
    for (const call of calls) {
      expect(await sqlOf(async () => expect(await refusal(call)).toMatchObject({ code: CONFLICT }))).toEqual([])
    }
  })

  test('in a unique filter may match more: the tenant filter applies beside it', async () => {
    const where = { id: 'pg', tenantId: { in: ['acme', 'globex'] } }
    expect(await acme.patient.findUnique({ where })).toBeNull()
    expect(await acme.patient.findUnique({ where: { ...where, id: 'pa' } })).not.toBeNull()
  })
})

describe('relation filters', () => {
  const where = (filter: object) => ids(acme.patient.findMany({ where: filter, select: id }))

  // pa has the mentee ma, and globex's yg; xa has the mentor pg of globex.
  test.each<[string, object, string[]]>([
    ['some', { mentees: { some: { age: { gte: 99 } } } }, []],
    ['some, of own', { mentees: { some: {} } }, ['pa']],
    ['none', { mentees: { none: { age: { gte: 99 } } } }, ['ma', 'pa', 'xa']],
    ['none, of own', { mentees: { none: {} } }, ['ma', 'xa']],
    ['every', { mentees: { every: { age: 11 } } }, ['ma', 'pa', 'xa']],
    ['every, that a row of its own fails', { mentees: { every: { age: 99 } } }, ['ma', 'xa']],
    ['every of nothing', { mentees: { every: {} } }, ['ma', 'pa', 'xa']],
    ['is', { mentor: { is: { age: 20 } } }, []],
    ['is, of own', { mentor: { is: { age: 10 } } }, ['ma']],
    ['is of nothing', { mentor: { is: {} } }, ['ma']],
    ['a direct filter', { mentor: { age: 20 } }, []],
    ['a direct filter, of own', { mentor: { age: 10 } }, ['ma']],
    ['no filter', { mentor: {} }, ['ma', 'pa', 'xa']],
    ['isNot', { mentor: { isNot: { age: 20 } } }, ['ma', 'pa', 'xa']],
    ['isNot, of own', { mentor: { isNot: { age: 10 } } }, ['pa', 'xa']],
    ['isNot of nothing', { mentor: { isNot: {} } }, ['pa', 'xa']],
    ['isNot on the key that the lock is on', { mentor: { isNot: { tenantId: 'globex' } } }, ['ma', 'pa', 'xa']],
    ['null', { mentor: null }, ['pa', 'xa']],
    ['is null', { mentor: { is: null } }, ['pa', 'xa']],
    ['isNot null', { mentor: { isNot: null } }, ['ma']],
    ['null and more', { mentor: null, AND: [{ age: 1 }] }, ['xa']],
    ['under NOT', { NOT: { mentor: { is: { age: 20 } } } }, ['ma', 'pa', 'xa']],
    ['NOT null', { NOT: { mentor: null } }, ['ma']],
    ['under OR', { OR: [{ mentor: { age: 20 } }, { mentees: { some: { age: 99 } } }] }, []],
    ['through two relations', { mentees: { some: { mentor: { is: { mentees: { some: { age: 99 } } } } } } }, []],
    ['of the far end of one-to-one', { record: null }, ['ma', 'xa']],
    ['through a relation that holds the tenant', { clinic: { patients: { some: {} } } }, ['pa']],
  ])('%s', async (_, filter, expected) => {
    expect(await where(filter)).toEqual(expected)
  })

  test('answer as the plain client that only holds the rows of this tenant', async () => {
    // The plain client, in a database where the foreign rows are not linked.
    const held: string[][] = []
    const filters = [{ mentees: { every: { age: 11 } } }, { mentor: { isNot: { age: 10 } } }, { mentor: null }]
    for (const filter of filters) held.push(await where(filter))
    await database.execute(`UPDATE patients SET mentor_id = NULL WHERE id IN ('xa', 'yg')`)
    const plainly = []
    for (const filter of filters)
      plainly.push(await ids(plain.patient.findMany({ where: { ...filter, tenantId: 'acme' }, select: id })))
    await fill()
    expect(held).toEqual(plainly)
  })

  test('of a required parent that is foreign', async () => {
    expect(await ids(acme.record.findMany({ where: { patient: { age: 98 } }, select: id }))).toEqual([])
    expect(await ids(acme.record.findMany({ where: { patient: { isNot: { age: 98 } } }, select: id }))).toEqual([
      'ra',
      'xr',
    ])
    expect(await ids(acme.record.findMany({ where: { patient: { is: { age: 10 } } }, select: id }))).toEqual(['ra'])
  })

  test('through a model without a tenant, and back', async () => {
    expect(await acme.room.count({ where: { visits: { some: { patient: { age: 20 } } } } })).toBe(0)
    expect(await acme.room.count({ where: { visits: { every: { patient: { age: 10 } } } } })).toBe(1)
    expect(await acme.visit.count({ where: { room: { visits: { some: { patientId: 'pg' } } } } })).toBe(0)
    expect(await acme.visit.count({ where: { room: { visits: { some: { patientId: 'pa' } } } } })).toBe(1)
  })
})

describe('select and include', () => {
  test('a list holds own rows, with the filter of the caller, and its cursor is locked', async () => {
    const mentees = async (args: object | true) =>
      (await acme.patient.findUnique({ where: { id: 'pa' }, include: { mentees: args as true } }))?.mentees.map(
        (m) => m.id,
      )
    expect(await mentees(true)).toEqual(['ma'])
    expect(await mentees({ where: { OR: [{ id: 'yg' }, { id: 'ma' }] } })).toEqual(['ma'])
    expect(await mentees({ where: { tenantId: 'globex' } })).toEqual([])
    // Its own row comes after the foreign one: from a position there, it would be found.
    expect(await mentees({ cursor: { id: 'yg' }, orderBy: { id: 'desc' } })).toEqual([])
    expect(await mentees({ cursor: { id: 'ma' }, orderBy: { id: 'asc' } })).toEqual(['ma'])
  })

  test('_count counts own rows: of one relation, filtered, and all at once', async () => {
    const one = { where: { id: 'pa' } }
    const count = async (_count: object | true) =>
      (await acme.patient.findUnique({ ...one, select: { _count: _count as true } }))?._count
    expect(await count({ select: { mentees: true } })).toEqual({ mentees: 1 })
    expect(await count({ select: { mentees: { where: { age: { gt: 0 } } } } })).toEqual({ mentees: 1 })
    expect(await count(true)).toEqual({ mentees: 1, visits: 1, tags: 0 })
    const nested = await acme.patient.findUnique({
      where: { id: 'ma' },
      include: { mentor: { include: { _count: true } } },
    })
    expect(nested?.mentor?._count).toEqual({ mentees: 1, visits: 1, tags: 0 })
    expect((await acme.room.findFirst({ include: { _count: true } }))?._count).toEqual({ visits: 1, notes: 0 })
  })

  test('an optional foreign parent is null, at any depth and whatever is selected of it', async () => {
    const xa = { where: { id: 'xa' } }
    expect((await acme.patient.findUnique({ ...xa, include: { mentor: true } }))?.mentor).toBeNull()
    expect(await acme.patient.findUnique({ ...xa, select: { mentor: { select: { age: true } } } })).toEqual({
      mentor: null,
    })
    expect(await acme.patient.findUnique({ ...xa, select: { mentor: { omit: { tenantId: true } } } })).toEqual({
      mentor: null,
    })
    await database.execute(`UPDATE patients SET mentor_id = 'xa' WHERE id = 'ma'`)
    const deep = { mentor: { select: { id: true, mentor: { select: { age: true } } } } }
    expect(await acme.patient.findUnique({ where: { id: 'ma' }, select: deep })).toEqual({
      mentor: { id: 'xa', mentor: null },
    })
    expect(
      await acme.patient
        .findUnique({ where: { id: 'ma' } })
        .mentor()
        .mentor(),
    ).toBeNull()
    expect(await acme.patient.findUnique({ where: { id: 'ma' } }).mentor()).toMatchObject({ email: 'xa' })
    await fill()
  })

  test('a parent without a tenant belongs to nobody, and so is absent', async () => {
    await database.execute(`UPDATE patients SET tenant_id = '' WHERE id = 'zg'`)
    await database.execute(`UPDATE patients SET mentor_id = 'zg' WHERE id = 'xa'`)
    expect(
      await acme.patient.findUnique({ where: { id: 'xa' }, select: { mentor: { select: { age: true } } } }),
    ).toEqual({ mentor: null })
    await fill()
  })

  test('the far end of a one-to-one relation is null where it is foreign', async () => {
    await database.execute(`DELETE FROM "Record" WHERE id = 'ra'`)
    await database.execute(`UPDATE "Record" SET "patientId" = 'pa' WHERE id = 'rg'`)
    const read = acme.patient.findUnique({ where: { id: 'pa' }, select: { record: { select: { set: true } } } })
    expect(await read).toEqual({ record: null })
    expect(await acme.patient.findUnique({ where: { id: 'pa' } }).record()).toBeNull()
    await fill()
    expect(
      await acme.patient.findUnique({ where: { id: 'pa' }, select: { record: { select: { set: true } } } }),
    ).toEqual({
      record: { set: 'a' },
    })
  })

  test('a required foreign parent is a typed error, before anything is opened', async () => {
    const before = prisma.$encryption.stats().opened
    for (const call of [
      () => acme.record.findUnique({ where: { id: 'xr' }, include: { patient: true } }),
      () => acme.record.findMany({ where: { id: 'xr' }, select: { patient: { select: { age: true } } } }),
      () => acme.record.findFirst({ where: { id: 'xr' }, include: { patient: { omit: { tenantId: true } } } }),
      () => acme.record.findUnique({ where: { id: 'xr' } }).patient(),
      () => acme.record.findUnique({ where: { id: 'xr' } }).patient({ select: { age: true } }),
      ...(hasReturning
        ? [
            () =>
              acme.record.updateManyAndReturn({ where: { id: 'xr' }, data: { set: 'x' }, include: { patient: true } }),
          ]
        : []),
    ]) {
      expect(await refusal(call)).toMatchObject({ code: MISMATCH, model: 'Patient', tenant: 'acme' })
    }
    expect(prisma.$encryption.stats().opened).toBe(before)
  })

  test('own parents come as they were asked for: what was added is taken out', async () => {
    const select = { id: true, patient: { select: { age: true } } }
    expect(await acme.record.findUnique({ where: { id: 'ra' }, select })).toEqual({ id: 'ra', patient: { age: 10 } })
    expect(await acme.record.findUnique({ where: { id: 'ra' } }).patient({ select: { age: true } })).toEqual({
      age: 10,
    })
    const omitted = await acme.patient.findUnique({
      where: { id: 'ma' },
      include: { mentor: { omit: { tenantId: true } } },
    })
    expect(omitted?.mentor).toMatchObject({ email: 'pa' })
    expect(omitted?.mentor).not.toHaveProperty('tenantId')
  })

  test.runIf(hasReturning)('and from createManyAndReturn', async () => {
    const made = await acme.patient.createManyAndReturn({
      data: [{ id: 'n', email: 'n', mentorId: 'pa' }],
      select: { email: true, mentor: { select: { age: true } } },
    })
    expect(made).toEqual([{ email: 'n', mentor: { age: 10 } }])
    await fill()
  })

  test('the fluent API of a list', async () => {
    const own = acme.patient.findUnique({ where: { id: 'pa' } })
    expect((await own.mentees())?.map((m) => m.id)).toEqual(['ma'])
    expect(await acme.patient.findUnique({ where: { id: 'pg' } }).mentees()).toBeNull()
    expect(await acme.patient.findUnique({ where: { id: 'pa' } }).mentees({ where: { id: 'yg' } })).toEqual([])
  })

  test('the fluent API does not go on from a foreign row, not even to what is linked to it', async () => {
    await database.execute(`INSERT INTO "Tag" (id, name) VALUES (1, 'foreign')`)
    await database.execute(`INSERT INTO "_PatientToTag" ("A", "B") VALUES ('pg', 1), ('pa', 1)`)
    const xa = () => acme.patient.findUnique({ where: { id: 'xa' } }).mentor()
    // A clinic is reached by a foreign key that holds the tenant: were the mentor not hidden, it would be globex's.
    expect(await xa().clinic()).toBeNull()
    expect(await xa().tags()).toBeNull()
    expect(await xa().mentees()).toBeNull()
    expect(await xa().mentor().clinic()).toBeNull()
    expect(
      await acme.patient
        .update({ where: { id: 'xa' }, data: { age: 1 } })
        .mentor()
        .clinic(),
    ).toBeNull()
    const ma = () => acme.patient.findUnique({ where: { id: 'ma' } }).mentor()
    expect(await ma().clinic()).toMatchObject({ id: 'ca' })
    expect(await ma().tags()).toHaveLength(1)
    // A required parent takes no filter.
    const parent = acme.record.findUnique({ where: { id: 'xr' } }).patient()
    expect(
      await sqlOf(async () => expect(await refusal(parent.clinic())).toMatchObject({ code: UNPROTECTED })),
    ).toEqual([])
    await fill()
  })

  test('models without a tenant column between locked ones', async () => {
    const room = await acme.room.findFirst({
      include: { visits: { include: { patient: { include: { mentees: true } } } } },
    })
    expect(room?.visits.map((visit) => [visit.patientId, visit.patient.mentees.map((m) => m.id)])).toEqual([
      ['pa', ['ma']],
    ])
  })
})

test('ordering along a foreign key without the tenant is refused; along one that holds it, it works', async () => {
  for (const call of [
    () => acme.patient.findMany({ orderBy: { mentor: { age: 'asc' } } }),
    () => acme.patient.findMany({ orderBy: [{ id: 'asc' }, { mentees: { _count: 'asc' } }] }),
    () => acme.record.findMany({ orderBy: { patient: { age: 'asc' } } }),
    () => acme.visit.findMany({ orderBy: { patient: { mentor: { age: 'asc' } } } }),
    () => acme.room.findMany({ orderBy: { visits: { _count: 'asc' } } }),
    () => acme.patient.findMany({ include: { mentees: { orderBy: { mentor: { age: 'asc' } } } } }),
  ]) {
    const sent = sqlOf(async () => expect(await refusal(call)).toMatchObject({ code: UNPROTECTED }))
    expect(await sent).toEqual([])
  }
  expect(await acme.visit.findMany({ orderBy: { patient: { age: 'asc' } } })).toHaveLength(1)
  expect(
    await acme.patient.findMany({ orderBy: [{ clinic: { name: 'asc' } }, { visits: { _count: 'desc' } }] }),
  ).toHaveLength(3)
  expect(await acme.visit.findMany({ orderBy: { room: { label: 'asc' } } })).toHaveLength(1)
  expect(await prisma.patient.findMany({ orderBy: { mentor: { age: 'asc' } } })).toHaveLength(7)
})

test('findUnique calls of one tick, of two views, are as many statements as with the plain client', async () => {
  const all = ['pa', 'ma', 'xa', 'pg', 'mg', 'yg']
  const read = (client: Pick<typeof plain, 'patient'>) =>
    all.map((one) => client.patient.findUnique({ where: { id: one } }))
  const plainly = await sqlOf(() => Promise.all([...read(plain), ...read(plain)]))
  await Promise.all([...read(asPlain(acme)), ...read(asPlain(globex))])
  const sent = await sqlOf(async () => {
    const rows = await Promise.all([...read(asPlain(acme)), ...read(asPlain(globex))])
    expect(rows.map((row) => row?.id)).toEqual([
      'pa',
      'ma',
      'xa',
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      'pg',
      'mg',
      'yg',
    ])
  })
  expect(sent).toHaveLength(plainly.length)
  expect(plainly).toHaveLength(1)
})

test('a tenant that is a number, in every kind of filter', async () => {
  const [one, two] = [prisma.$forTenant(1), prisma.$forTenant('2')]
  await one.account.create({ data: { number: 1, iban: 'one' } as never })
  await two.account.create({ data: { number: 1, iban: 'two' } as never })
  expect(await one.account.findMany({ select: { iban: true } })).toEqual([{ iban: 'one' }])
  expect(await two.account.updateMany({ data: { balance: 5 } })).toEqual({ count: 1 })
  expect(await one.account.aggregate({ _sum: { balance: true } })).toEqual({ _sum: { balance: 0 } })
  expect(await one.account.updateMany({ data: { balance: 7 } })).toEqual({ count: 1 })
  if (hasReturning) {
    const returned = await one.account.updateManyAndReturn({ data: { balance: 7 }, select: { orgId: true } })
    expect(returned).toEqual([{ orgId: 1 }])
  }
  expect(await one.account.groupBy({ by: ['orgId'], _sum: { balance: true } })).toEqual([
    { orgId: 1, _sum: { balance: 7 } },
  ])
  expect(await one.account.findMany({ where: { orgId: { in: [1, 2] } }, select: { iban: true } })).toEqual([
    { iban: 'one' },
  ])
  expect(await one.account.deleteMany({ where: { OR: [{ orgId: 2 }, { balance: 5 }] } })).toEqual({ count: 0 })
  const where = { orgId_number: { orgId: 2, number: 1 } }
  const cursor = { orgId_number: { orgId: 1, number: 1 } }
  expect(await one.account.findMany({ cursor, orderBy: { number: 'asc' } })).toHaveLength(1)
  expect(await refusal(one.account.findMany({ cursor: where }))).toMatchObject({ code: CONFLICT })
  expect(await refusal(one.account.update({ where: cursor, data: { orgId: 2 } }))).toMatchObject({
    code: 'ENVELOPE_TENANT_CHANGED',
  })
  expect(await refusal(one.account.updateMany({ data: { orgId: { increment: 1 } } }))).toMatchObject({
    code: 'ENVELOPE_TENANT_CHANGED',
  })
  expect(await refusal(prisma.$forTenant('acme').account.count())).toMatchObject({
    code: 'ENVELOPE_TENANT_INVALID',
  })
  expect(await refusal(one.account.delete({ where }))).toMatchObject({ code: CONFLICT })
  expect(await two.account.delete({ where })).toMatchObject({ iban: 'two' })
  expect(await one.account.count()).toBe(1)
})

test('runWithTenant locks as a bound view; an unbound client is not locked', async () => {
  expect(await runWithTenant('acme', () => prisma.patient.count())).toBe(3)
  expect(await runWithTenant('globex', () => prisma.patient.findUnique({ where: { id: 'pa' } }))).toBeNull()
  expect(await prisma.patient.count()).toBe(7)
  const across = await prisma.patient.findUnique({ where: { id: 'xa' }, include: { mentor: true } })
  expect(across?.mentor).toMatchObject({ tenantId: 'globex', email: 'pg' })
})
