import { beforeEach, describe, expect, test } from 'vitest'
import { runWithTenant } from '../../src/tenancy/index.js'
import { hasReturning, offered } from '../support/client.js'
import { encryptedClient } from '../support/encrypted-client.js'
import { refusal } from '../support/stage.js'
import { openCrossedStage } from './tenant-filter-stage.js'

const { acme, database, fill, foreignRows, kms, prisma, sqlOf, plain } = await openCrossedStage()

let before: unknown[] = []
beforeEach(async () => {
  await fill()
  before = await foreignRows()
})

const CONFLICT = 'ENVELOPE_TENANT_CONFLICT'
const MISMATCH = 'ENVELOPE_TENANT_MISMATCH'
const UNPROTECTED = 'ENVELOPE_TENANT_UNPROTECTED'

/** Prisma's own code, or ours, of the error that a call ends with; and nothing of globex was touched. */
async function codeOf(call: () => PromiseLike<unknown>): Promise<unknown> {
  const code = await call().then(
    () => 'no error',
    (error: unknown) => (error instanceof Error ? Reflect.get(error, 'code') : error),
  )
  expect(await foreignRows()).toEqual(before)
  return code
}

/** A refusal by us, before any SQL. */
async function refusedUnsent(call: () => PromiseLike<unknown>): Promise<unknown> {
  let code: unknown
  const sent = await sqlOf(async () => {
    code = (await refusal(call)).code
  })
  expect(sent).toEqual([])
  return code
}

const ofPa = (data: object) => () => acme.patient.update({ where: { id: 'pa' }, data })
const ofXa = (data: object) => () => acme.patient.update({ where: { id: 'xa' }, data })

describe("the root of a write reaches the tenant's own rows only", () => {
  test('update, delete and their many', async () => {
    expect(await codeOf(() => acme.patient.update({ where: { id: 'pg' }, data: { email: 'stolen' } }))).toBe('P2025')
    expect(await codeOf(() => acme.patient.delete({ where: { id: 'pg' } }))).toBe('P2025')
    expect(await acme.patient.updateMany({ data: { ssn: 'all' } })).toEqual({ count: 3 })
    if (hasReturning)
      expect(await acme.patient.updateManyAndReturn({ where: { id: 'pg' }, data: { age: 0 } })).toEqual([])
    expect(await acme.staff.deleteMany()).toEqual({ count: 1 })
    expect(await acme.clinic.deleteMany({ where: { id: 'cg' } })).toEqual({ count: 0 })
    expect(await runWithTenant('acme', () => prisma.desk.deleteMany())).toEqual({ count: 1 })
    expect(await foreignRows()).toEqual(before)
    expect(await acme.patient.update({ where: { id: 'pa' }, data: { ssn: 'own' } })).toMatchObject({ ssn: 'own' })
    expect(await acme.patient.delete({ where: { id: 'ma' } })).toMatchObject({ email: 'ma' })
  })

  test('a row cannot be moved to another tenant', async () => {
    for (const data of [
      { tenantId: 'globex' },
      { tenantId: { set: 'globex' } },
      { clinic: { connect: { tenantId_id: { tenantId: 'globex', id: 'cg' } } } },
    ])
      expect(await refusedUnsent(ofPa(data))).toBe('ENVELOPE_TENANT_CHANGED')
    expect(await codeOf(ofPa({ clinic: { connect: { id: 'cg' } } }))).toBe('P2025')
    expect(await codeOf(ofPa({ clinic: { connect: { id: 'ca' } }, tenantId: undefined }))).toBe('no error')
  })

  test('upsert by the database itself: a foreign row is a typed error, and nothing is written', async () => {
    const upsert = (id: string) => () =>
      acme.desk.upsert({ where: { id }, create: { id, tenantId: 'acme', label: 'new' }, update: { label: 'new' } })
    expect(await codeOf(upsert('dg'))).toBe(MISMATCH)
    expect(await acme.desk.count()).toBe(1)
    expect(await codeOf(upsert('da'))).toBe('no error')
    expect(await codeOf(upsert('new'))).toBe('no error')
    expect(await acme.desk.count()).toBe(2)
    // MySQL has no such statement that Prisma uses: there it is as below.
    if (database.provider !== 'mysql') expect(await sqlOf(upsert('new'))).toHaveLength(1)
  })

  test('upsert with a condition beside the unique one, which the row does not meet, does what plain Prisma does', async () => {
    const by = (id: string) => ({
      where: { id, label: 'other' },
      create: { id, tenantId: 'acme', label: 'other' },
      update: { label: 'new' },
    })
    const outcome = async (call: PromiseLike<unknown>) => {
      try {
        return await call
      } catch (error) {
        return error instanceof Error && 'code' in error ? error.code : error
      }
    }
    const plainly = await outcome(plain.desk.upsert(by('da')))
    expect(await outcome(acme.desk.upsert(by('da')))).toEqual(plainly)
    expect(plainly).toEqual(database.provider === 'mysql' ? 'P2002' : null)
    expect(await codeOf(() => acme.desk.upsert(by('dg')))).toBe(MISMATCH)
  })

  // MySQL has no such statement: there, inserting it fails.
  const itself = test.runIf(database.provider !== 'mysql')
  itself('a foreign row that comes in between is found too, where such an upsert does nothing', async () => {
    // An extension behind ours sees the call after everything was checked.
    const late = acme.$extends({
      query: {
        desk: {
          async upsert({ args, query }) {
            await database.execute(`UPDATE "Desk" SET id = 'late' WHERE id = 'dg'`)
            return query(args)
          },
        },
      },
    })
    const upsert = {
      where: { id: 'late', label: 'other' },
      create: { id: 'late', tenantId: 'acme', label: 'other' },
      update: { label: 'new' },
    }
    expect(await refusal(late.desk.upsert(upsert))).toMatchObject({ code: MISMATCH })
    await database.execute(`UPDATE "Desk" SET id = 'dg' WHERE id = 'late'`)
    expect(await foreignRows()).toEqual(before)
  })

  test('upsert by several statements: a foreign row is a typed error, and nothing is written', async () => {
    const upsert = (id: string) => () =>
      acme.patient.upsert({ where: { id }, create: { email: 'new' }, update: { email: 'new' } })
    expect(await codeOf(upsert('pg'))).toBe(MISMATCH)
    const same = { where: { id: 'pg' }, create: { id: 'pg', email: 'new' }, update: {} }
    expect(await codeOf(() => acme.patient.upsert(same))).toBe(MISMATCH)
    const nested = { id: 'pg', email: 'new', tags: { create: { name: 't' } } }
    expect(await codeOf(() => acme.patient.upsert({ where: { id: 'pg' }, create: nested, update: {} }))).toBe(MISMATCH)
    expect(await codeOf(() => acme.$transaction((tx) => upsertIn(tx)))).toBe(MISMATCH)
    expect(await acme.patient.count()).toBe(3)
    expect(await codeOf(upsert('pa'))).toBe('no error')
    expect(await codeOf(upsert('none'))).toBe('no error')
    expect(await acme.patient.count()).toBe(4)
  })

  const upsertIn = (tx: Pick<typeof acme, 'patient'>) =>
    tx.patient.upsert({ where: { id: 'pg' }, create: { email: 'new' }, update: {} })
})

describe('nested writes along one row', () => {
  // xa's mentor is pg, of globex; ma's is pa.
  test('update', async () => {
    expect(await codeOf(ofXa({ mentor: { update: { email: 'stolen' } } }))).toBe('P2025')
    expect(await codeOf(ofXa({ mentor: { update: { where: { age: 20 }, data: { email: 'stolen' } } } }))).toBe('P2025')
    await acme.patient.update({ where: { id: 'ma' }, data: { mentor: { update: { ssn: 'new' } } } })
    expect(await acme.patient.findUnique({ where: { id: 'pa' } })).toMatchObject({ ssn: 'new' })
  })

  test('update of a row that has fields named data and where', async () => {
    await database.execute(`DELETE FROM "Record" WHERE id = 'ra'`)
    await database.execute(`UPDATE "Record" SET "patientId" = 'pa' WHERE id = 'rg'`)
    before = await foreignRows()
    for (const update of [
      { data: { data: { a: 1 } } },
      { data: { a: 1 } },
      { where: 'w' },
      { data: { set: 's' }, where: {} },
    ])
      expect(await codeOf(ofPa({ record: { update } }))).toBe('P2025')
    await fill()
    await ofPa({ record: { update: { data: { a: 1 }, where: 'w' } } })()
    expect(await acme.record.findUnique({ where: { id: 'ra' } })).toMatchObject({ data: { a: 1 }, where: 'w' })
  })

  test('upsert: a hidden optional row is created anew; a required one is a typed error', async () => {
    const upsert = { create: { email: 'new' }, update: { email: 'stolen' } }
    expect(await codeOf(ofXa({ mentor: { upsert } }))).toBe('no error')
    expect((await acme.patient.findUnique({ where: { id: 'xa' } }).mentor())?.email).toBe('new')
    // What Prisma reports is a missing table, a missing column, or a broken query.
    const ofRecord = (id: string) => () => acme.record.update({ where: { id }, data: { patient: { upsert } } })
    expect(await codeOf(ofRecord('xr'))).toBe(MISMATCH)
    expect(await codeOf(ofRecord('ra'))).toBe('no error')
    expect(await acme.patient.findUnique({ where: { id: 'pa' } })).toMatchObject({ email: 'stolen' })
    await database.execute(`UPDATE "Staff" SET "deskId" = 'da' WHERE id = 'sg'`)
    before = await foreignRows()
    const holder = { upsert: { create: { tenantId: 'acme', name: 'n' }, update: { name: 'stolen' } } }
    expect(await codeOf(() => acme.desk.update({ where: { id: 'da' }, data: { holder } }))).toBe('P2002')
  })

  test('upsert without an existing row, over a foreign key that contains the tenant', async () => {
    await acme.patient.create({ data: { id: 'new', email: 'new' } })
    const upsert = (name: string) =>
      acme.patient.update({
        where: { id: 'new' },
        data: { clinic: { upsert: { create: { id: 'cnew', tenantId: 'acme', name }, update: { name } } } },
        select: { clinic: { select: { id: true, tenantId: true, name: true } } },
      })
    expect(await upsert('created')).toEqual({ clinic: { id: 'cnew', tenantId: 'acme', name: 'created' } })
    expect(await upsert('updated')).toEqual({ clinic: { id: 'cnew', tenantId: 'acme', name: 'updated' } })
  })

  test('delete and disconnect', async () => {
    expect(await codeOf(ofXa({ mentor: { delete: true } }))).toBe('P2025')
    expect(await codeOf(ofXa({ mentor: { disconnect: true } }))).toBe('no error')
    await database.execute(`UPDATE "Staff" SET "deskId" = 'da' WHERE id = 'sg'`)
    before = await foreignRows()
    const ofDesk = (holder: object) => () => acme.desk.update({ where: { id: 'da' }, data: { holder } })
    expect(await codeOf(ofDesk({ delete: true }))).toBe('P2025')
    await codeOf(ofDesk({ disconnect: true }))
    await codeOf(ofDesk({ delete: { name: 'g' } }))
    await database.execute(`UPDATE "Staff" SET "deskId" = NULL WHERE id = 'sg'`)
    await database.execute(`UPDATE "Staff" SET "deskId" = 'da' WHERE id = 'sa'`)
    await ofDesk({ disconnect: true })()
    expect(await acme.staff.findUnique({ where: { id: 'sa' } })).toMatchObject({ deskId: null })
    await database.execute(`UPDATE "Staff" SET "deskId" = 'da' WHERE id = 'sa'`)
    await ofDesk({ delete: true })()
    expect(await acme.staff.count()).toBe(0)
  })

  test('connect and connectOrCreate do not reach a foreign row', async () => {
    expect(await codeOf(ofPa({ mentor: { connect: { id: 'pg' } } }))).toBe('P2025')
    const create = { id: 'pg', tenantId: 'acme', email: 'new' }
    expect(await codeOf(ofPa({ mentor: { connectOrCreate: { where: { id: 'pg' }, create } } }))).toBe('P2002')
    expect(await refusedUnsent(ofPa({ mentor: { connect: { id: 'pg', tenantId: 'globex' } } }))).toBe(CONFLICT)
    expect(await codeOf(ofPa({ mentor: { connect: { id: 'ma' } } }))).toBe('no error')
  })

  test('taking over the previous row’s link is refused if the foreign key lacks the tenant', async () => {
    await database.execute(`UPDATE "Staff" SET "deskId" = 'da' WHERE id = 'sg'`)
    before = await foreignRows()
    const where = { id: 'sa' }
    const create = { tenantId: 'acme', name: 'n' }
    for (const holder of [{ connect: where }, { create }, { connectOrCreate: { where, create } }]) {
      const call = () => acme.desk.update({ where: { id: 'da' }, data: { holder } })
      expect(await refusedUnsent(call)).toBe(UNPROTECTED)
    }
    // From the other end, where the foreign key stands: the row that had the desk would lose it, too.
    const desk = { connect: { id: 'da' } }
    expect(await refusedUnsent(() => acme.staff.update({ where, data: { desk } }))).toBe(UNPROTECTED)
    expect(await refusedUnsent(() => acme.staff.create({ data: { ...create, desk } }))).toBe(UNPROTECTED)
    const either = { connectOrCreate: { where: { id: 'da' }, create: { tenantId: 'acme', label: 'n' } } }
    expect(await refusedUnsent(() => acme.staff.update({ where, data: { desk: either } }))).toBe(UNPROTECTED)
    expect(await foreignRows()).toEqual(before)
    // A new row was linked to nothing.
    await acme.desk.create({ data: { tenantId: 'acme', label: 'n', holder: { connect: where } } })
    await acme.desk.create({ data: { tenantId: 'acme', label: 'm', holder: { create } } })
    await acme.staff.update({ where, data: { desk: { create: { tenantId: 'acme', label: 'o' } } } })
    expect(await acme.staff.findUnique({ where, select: { desk: { select: { label: true } } } })).toEqual({
      desk: { label: 'o' },
    })
  })
})

describe('nested writes along a list', () => {
  test('update, updateMany, delete, deleteMany, upsert', async () => {
    const mentees = (write: object) => codeOf(ofPa({ mentees: write }))
    expect(await mentees({ update: { where: { id: 'yg' }, data: { email: 'stolen' } } })).toBe('P2025')
    expect(await mentees({ updateMany: { where: {}, data: { email: 'both' } } })).toBe('no error')
    expect(await mentees({ updateMany: [{ where: { id: 'yg' }, data: { age: 0 } }] })).toBe('no error')
    expect(await mentees({ delete: { id: 'yg' } })).toMatch(/P2017|P2025/)
    expect(await mentees({ delete: [{ id: 'yg' }] })).toMatch(/P2017|P2025/)
    const upsert = { where: { id: 'yg' }, create: { id: 'yg', email: 'new' }, update: { email: 'stolen' } }
    expect(await mentees({ upsert })).toBe('P2002')
    expect(await acme.patient.findUnique({ where: { id: 'ma' } })).toMatchObject({ email: 'both' })
    expect(await mentees({ deleteMany: {} })).toBe('no error')
    expect(await acme.patient.count()).toBe(2)
  })

  test('connect, connectOrCreate, disconnect', async () => {
    expect(await codeOf(ofPa({ mentees: { connect: { id: 'zg' } } }))).toMatch(/P2018|P2025/)
    expect(await codeOf(ofPa({ mentees: { connect: [{ id: 'ma' }, { id: 'zg' }] } }))).toMatch(/P2018|P2025/)
    const create = { id: 'zg', email: 'new' }
    expect(await codeOf(ofPa({ mentees: { connectOrCreate: { where: { id: 'zg' }, create } } }))).toBe('P2002')
    expect(await codeOf(ofPa({ mentees: { disconnect: { id: 'yg' } } }))).toBe('no error')
    expect(await codeOf(ofPa({ mentees: { disconnect: [{ id: 'yg' }, { id: 'ma' }] } }))).toBe('no error')
    expect(await acme.patient.findUnique({ where: { id: 'ma' } })).toMatchObject({ mentorId: null })
    expect(await codeOf(ofPa({ mentees: { connect: { id: 'ma' } } }))).toBe('no error')
    expect(await acme.patient.findUnique({ where: { id: 'ma' } })).toMatchObject({ mentorId: 'pa' })
  })

  test('set is refused where the foreign key lacks the tenant, and works where it holds it', async () => {
    for (const set of [[], [{ id: 'ma' }], { id: 'ma' }]) {
      expect(await refusedUnsent(ofPa({ mentees: { set } }))).toBe(UNPROTECTED)
    }
    expect(await refusedUnsent(() => acme.desk.update({ where: { id: 'da' }, data: { users: { set: [] } } }))).toBe(
      UNPROTECTED,
    )
    expect(await refusedUnsent(() => acme.tag.create({ data: { name: 't', patients: { set: [] } } as never }))).toBe(
      UNPROTECTED,
    )
    await acme.clinic.update({ where: { id: 'ca' }, data: { patients: { connect: { id: 'ma' } } } })
    expect(await acme.patient.count({ where: { clinicId: 'ca' } })).toBe(2)
    expect(
      await codeOf(() => acme.clinic.update({ where: { id: 'ca' }, data: { patients: { set: [{ id: 'pg' }] } } })),
    ).not.toBe(UNPROTECTED)
    await acme.patient.update({ where: { id: 'pa' }, data: { tags: { set: [] } } })
  })

  test('rows of a relation table', async () => {
    await database.execute(`INSERT INTO "_usage" ("A", "B") VALUES ('da', 'sg'), ('da', 'sa')`)
    before = await foreignRows()
    const ofDesk = (users: object) => codeOf(() => acme.desk.update({ where: { id: 'da' }, data: { users } }))
    expect(await acme.desk.findUnique({ where: { id: 'da' }, select: { users: true, _count: true } })).toMatchObject({
      users: [{ id: 'sa' }],
      _count: { users: 1 },
    })
    expect(await ofDesk({ update: { where: { id: 'sg' }, data: { name: 'stolen' } } })).toMatch(/P20\d\d/)
    expect(await ofDesk({ updateMany: { where: {}, data: { name: 'both' } } })).toBe('no error')
    expect(await ofDesk({ disconnect: { id: 'sg' } })).toBe('no error')
    expect(await ofDesk({ connect: { id: 'sg' } })).toMatch(/P20\d\d/)
    expect(await ofDesk({ delete: { id: 'sg' } })).toMatch(/P20\d\d/)
  })

  test('rows of a list over a model that tenants share', async () => {
    await database.execute(`INSERT INTO "Tag" (id, name) VALUES (1, 'shared')`)
    await database.execute(`INSERT INTO "_PatientToTag" ("A", "B") VALUES ('pg', 1), ('pa', 1)`)
    before = await foreignRows()
    const ofTag = (patients: object) => codeOf(() => acme.tag.update({ where: { id: 1 }, data: { patients } }))
    expect(await ofTag({ connect: { id: 'zg' } })).toMatch(/P20\d\d/)
    expect(await ofTag({ disconnect: [{ id: 'pg' }] })).toBe('no error')
    expect(await ofTag({ delete: { id: 'pg' } })).toMatch(/P20\d\d/)
    expect(await ofTag({ deleteMany: { id: 'pg' } })).toBe('no error')
    expect(await ofTag({ updateMany: { where: { id: 'pg' }, data: { age: 0 } } })).toBe('no error')
    const create = { id: 'zg', email: 'new' }
    expect(await ofTag({ connectOrCreate: { where: { id: 'zg' }, create } })).toBe('P2002')
    expect(await ofTag({ upsert: { where: { id: 'pg' }, create: { ...create, id: 'pg' }, update: { age: 0 } } })).toBe(
      'P2002',
    )
    // One's own links to a shared row are one's own to replace.
    await acme.patient.update({ where: { id: 'pa' }, data: { tags: { set: [] } } })
    expect(await prisma.tag.findUnique({ where: { id: 1 }, select: { patients: { select: { id: true } } } })).toEqual({
      patients: [{ id: 'pg' }],
    })
  })

  test('what a write returns, and where one goes on from there', async () => {
    const xa = { where: { id: 'xa' }, data: { age: 2 } }
    expect(await acme.patient.update({ ...xa, select: { mentor: { select: { age: true } } } })).toEqual({
      mentor: null,
    })
    expect(await acme.patient.update(xa).mentor()).toBeNull()
    expect(await acme.patient.update(xa).mentor().mentees()).toBeNull()
    const pa = { where: { id: 'pa' }, data: { age: 10 } }
    expect(await acme.patient.update({ ...pa, select: { _count: true, mentees: { select: { id: true } } } })).toEqual({
      _count: { mentees: 1, visits: 1, tags: 0 },
      mentees: [{ id: 'ma' }],
    })
    expect((await acme.patient.update(pa).mentees())?.map(({ id }) => id)).toEqual(['ma'])
    const returned = { select: { id: true, mentor: { select: { age: true } } } } as const
    const many = { where: { mentorId: { not: null } }, data: { age: 3 } }
    if (hasReturning) {
      expect(await acme.patient.updateManyAndReturn({ ...many, ...returned })).toEqual(
        expect.arrayContaining([
          { id: 'xa', mentor: null },
          { id: 'ma', mentor: { age: 10 } },
        ]),
      )
    }
    expect(await acme.patient.updateMany({ ...many, limit: 10 })).toEqual({ count: 2 })
    expect(await acme.patient.delete({ where: { id: 'xa' }, ...returned })).toEqual({ id: 'xa', mentor: null })
    expect(await foreignRows()).toEqual(before)
  })

  test('through a model without a tenant column', async () => {
    const visits = { updateMany: { where: {}, data: { reason: 'stolen' } } }
    await acme.room.update({ where: { id: 1 }, data: { visits } })
    await acme.room.update({ where: { id: 1 }, data: { visits: { deleteMany: {} } } })
    expect(await foreignRows()).toEqual(before)
    expect(await acme.visit.count()).toBe(0)
  })
})

describe('scalar foreign keys', () => {
  const email = 'e'
  const foreign: [string, () => PromiseLike<unknown>][] = [
    ['create', () => acme.patient.create({ data: { email, mentorId: 'pg' } })],
    [
      'createMany',
      () =>
        acme.patient.createMany({
          data: [
            { email, mentorId: 'pa' },
            { email, mentorId: 'pg' },
          ],
        }),
    ],
    ['createManyAndReturn', () => acme.patient.createManyAndReturn({ data: [{ email, mentorId: 'pg' }] })],
    ['update', ofPa({ mentorId: 'pg' })],
    ['update by set', ofPa({ mentorId: { set: 'pg' } })],
    ['updateMany', () => acme.patient.updateMany({ data: { mentorId: 'pg' } })],
    ['upsert', () => acme.patient.upsert({ where: { id: 'pa' }, create: { email }, update: { mentorId: 'pg' } })],
    ['a nested create', ofPa({ tags: { create: { name: 't', patients: { create: { email, mentorId: 'pg' } } } } })],
    [
      'a nested createMany',
      ofPa({ mentees: { createMany: { data: [{ email }, { email, id: 'n' }] } }, mentorId: 'pg' }),
    ],
    ['a nested update', ofPa({ mentees: { update: { where: { id: 'ma' }, data: { mentorId: 'pg' } } } })],
    ['a nested updateMany', ofPa({ mentees: { updateMany: { where: {}, data: { mentorId: 'pg' } } } })],
    ['of a required parent', () => acme.record.create({ data: { patientId: 'zg', data: 1 } })],
    ['to no row at all', () => acme.patient.create({ data: { email, mentorId: 'none' } })],
    [
      'to a row that may be created',
      () =>
        acme.patient.upsert({
          where: { id: 'pa' },
          create: { email, mentees: { create: { id: 'pg', email } } },
          update: { mentorId: 'pg' },
        }),
    ],
  ]
  test.each(offered(foreign))('%s: a foreign row is a typed error, and nothing is written', async (_, call) => {
    const count = await prisma.patient.count()
    expect(await codeOf(call)).toBe(CONFLICT)
    expect(await prisma.patient.count()).toBe(count)
    expect(await prisma.patient.count({ where: { tenantId: 'acme', mentorId: 'pg' } })).toBe(1)
  })

  test('one in a different case is a separate row, if the database says so', async () => {
    const data = ['pa', 'PA'].map((mentorId) => ({ email, mentorId }))
    const code = await codeOf(() => acme.patient.createMany({ data }))
    // On MySQL, by its usual collations, `PA` is the row `pa`, and the foreign key takes it too.
    expect(code).toBe(database.provider === 'mysql' ? 'no error' : CONFLICT)
    const foreign = ['pg', 'PG'].map((mentorId) => ({ email, mentorId }))
    expect(await codeOf(() => acme.patient.createMany({ data: foreign }))).toBe(CONFLICT)
  })

  test('own rows are looked up by one SELECT for each model; nulls by none', async () => {
    const data = [
      { email, mentorId: 'pa' },
      { email, mentorId: 'xa' },
      { email, mentorId: 'pa' },
      { email, mentorId: null },
    ]
    const sent = await sqlOf(() => acme.patient.createMany({ data }))
    expect(sent.filter((sql) => sql.includes('SELECT'))).toHaveLength(1)
    const none = await sqlOf(() => acme.patient.createMany({ data: [{ email, mentorId: null }, { email }] }))
    expect(none.filter((sql) => sql.includes('SELECT'))).toEqual([])
    // The foreign key to the clinic holds the tenant: the database keeps that.
    const held = await sqlOf(() => acme.patient.createMany({ data: [{ email, clinicId: 'ca' }] }))
    expect(held.filter((sql) => sql.includes('SELECT'))).toEqual([])
    expect(await acme.patient.count({ where: { mentorId: { in: ['pa', 'xa'] } } })).toBe(4)
  })

  test('thousands of them', async () => {
    const rows = Array.from({ length: 2500 }, (_, i) => ({ id: `n${i}`, tenantId: 'acme', email: '' }))
    await acme.desk.createMany({ data: rows.map(({ id, tenantId }) => ({ id, tenantId, label: '' })) })
    const staff = rows.map(({ id, tenantId }) => ({ tenantId, name: '', deskId: id }))
    expect(await acme.staff.createMany({ data: staff })).toEqual({ count: 2500 })
  })

  test('a row that the same call creates counts', async () => {
    await acme.patient.createMany({
      data: [
        { id: 'n1', email },
        { id: 'n2', email, mentorId: 'n1' },
      ],
    })
    await acme.patient.create({ data: { id: 'n3', email, mentorId: 'n3' } })
    expect(await acme.patient.count({ where: { mentorId: { in: ['n1', 'n3'] } } })).toBe(2)
  })

  test('a row of the same transaction counts, of both kinds', async () => {
    await acme.$transaction(async (tx) => {
      await tx.patient.create({ data: { id: 'n1', email } })
      await tx.patient.create({ data: { id: 'n2', email, mentorId: 'n1' } })
      expect((await refusal(tx.patient.create({ data: { email, mentorId: 'pg' } }))).code).toBe(CONFLICT)
    })
    await acme.$transaction([
      acme.patient.create({ data: { id: 'n3', email } }),
      acme.patient.create({ data: { id: 'n4', email, mentorId: 'n3' } }),
    ])
    const foreign = acme.$transaction([
      acme.patient.create({ data: { id: 'n5', email } }),
      acme.patient.create({ data: { id: 'n6', email, mentorId: 'pg' } }),
    ])
    expect((await refusal(foreign)).code).toBe(CONFLICT)
    expect(await acme.patient.count({ where: { id: { in: ['n1', 'n2', 'n3', 'n4', 'n5'] } } })).toBe(4)
  })

  test("links: 'off' leaves them alone, and scope: false turns the whole lock off", async () => {
    for (const options of [{ links: 'off' }, { scope: false }] as const) {
      const other = encryptedClient(database, kms, options)
      const view = other.prisma.$forTenant('acme')
      await view.patient.create({ data: { email, mentorId: 'pg' } })
      const scoped = 'links' in options
      expect(await view.desk.count()).toBe(scoped ? 1 : 2)
      if (!scoped) {
        await view.desk.update({ where: { id: 'dg' }, data: { label: 'open', users: { set: [] } } })
        expect(await view.patient.findMany({ orderBy: { mentor: { age: 'asc' } }, select: { id: true } })).toHaveLength(
          9,
        )
      }
      await other.plain.$disconnect()
    }
  })
})
