import { beforeEach, describe, expect, test } from 'vitest'
import { hasReturning } from '../support/client.js'
import { openStage } from '../support/stage.js'

const { acme, database, prisma, statements } = await openStage()

const photo = Uint8Array.of(0, 1, 254, 255)
const ann = { email: 'ann@example.com', ssn: '078-05-1120', notes: { allergies: ['pollen'] }, photo }
const bob = { email: 'bob@example.com', ssn: '219-09-9999', notes: [1, 'two'], photo: Uint8Array.of(7) }
const fields = { email: true, ssn: true, notes: true, photo: true } as const

beforeEach(async () => {
  await database.execute('DELETE FROM patients')
})

/** All encrypted columns hold envelopes: nothing written in plaintext, nothing left out. */
async function expectSealed(rows: number): Promise<void> {
  const stored = await database.query('SELECT email_sealed, ssn, notes, photo_sealed FROM patients')
  expect(stored).toHaveLength(rows)
  for (const row of stored) {
    expect(row.email_sealed).toMatch(/^pe1:[A-Za-z0-9+/]+=*$/)
    expect(row.ssn).toMatch(/^pe1:/)
    expect(JSON.parse(String(row.notes))).toMatch(/^pe1:/)
    expect(row.photo_sealed).toBeInstanceOf(Uint8Array)
    // Version 1, suite 1; inline.
    expect((row.photo_sealed as Uint8Array).subarray(0, 2)).toEqual(Uint8Array.of(0x11, 0x01))
  }
}

describe('what is written', () => {
  test('create seals, and returns what it was given', async () => {
    expect(await acme.patient.create({ data: ann, select: fields })).toEqual(ann)
    await expectSealed(1)
  })

  test('create without a selection returns the whole row', async () => {
    const row = await acme.patient.create({ data: ann })
    expect(row).toMatchObject({ ...ann, tenantId: 'acme', age: 0 })
    expect(row.updatedAt).toBeInstanceOf(Date)
  })

  test('the texts that a call has just sealed are returned without being opened, and no others', async () => {
    const opened = () => prisma.$encryption.stats().opened
    const before = opened()
    const texts = { email: true, ssn: true } as const
    const { id } = await acme.patient.create({ data: { email: ann.email, ssn: ann.ssn } })
    expect(opened()).toBe(before)
    expect(await acme.patient.update({ where: { id }, data: { ssn: bob.ssn }, select: texts })).toEqual({
      email: ann.email,
      ssn: bob.ssn,
    })
    expect(opened()).toBe(before + 1)
    expect(await acme.patient.findUnique({ where: { id }, select: texts })).toEqual({ email: ann.email, ssn: bob.ssn })
    expect(opened()).toBe(before + 3)
  })

  test('createMany seals every row', async () => {
    expect(await acme.patient.createMany({ data: [ann, bob] })).toEqual({ count: 2 })
    await expectSealed(2)
  })

  test('createMany accepts a single row as well', async () => {
    expect(await acme.patient.createMany({ data: ann })).toEqual({ count: 1 })
    await expectSealed(1)
  })

  test.runIf(hasReturning)('createManyAndReturn seals every row and opens what it returns', async () => {
    expect(await acme.patient.createManyAndReturn({ data: [ann, bob], select: fields })).toEqual([ann, bob])
    await expectSealed(2)
  })

  test('update seals the new values', async () => {
    const { id } = await acme.patient.create({ data: ann })
    expect(await acme.patient.update({ where: { id }, data: bob, select: fields })).toEqual(bob)
    await expectSealed(1)
    expect(await acme.patient.findUniqueOrThrow({ where: { id }, select: fields })).toEqual(bob)
  })

  test('update accepts { set } for strings and bytes', async () => {
    const { id } = await acme.patient.create({ data: ann })
    const data = { email: { set: bob.email }, ssn: { set: bob.ssn }, photo: { set: bob.photo } }
    expect(await acme.patient.update({ where: { id }, data, select: fields })).toEqual({ ...bob, notes: ann.notes })
    await expectSealed(1)
  })

  test('updateMany seals the new values', async () => {
    await acme.patient.createMany({ data: [ann, ann] })
    expect(await acme.patient.updateMany({ data: bob })).toEqual({ count: 2 })
    await expectSealed(2)
    expect(await acme.patient.findMany({ select: fields })).toEqual([bob, bob])
  })

  test.runIf(hasReturning)('updateManyAndReturn seals the new values and opens what it returns', async () => {
    await acme.patient.createMany({ data: [ann, ann] })
    expect(await acme.patient.updateManyAndReturn({ data: bob, select: fields })).toEqual([bob, bob])
    await expectSealed(2)
  })

  test.runIf(!hasReturning)('where Prisma has no …AndReturn, calling it is refused, and writes nothing', async () => {
    await expect(async () => acme.patient.createManyAndReturn({ data: [ann] })).rejects.toThrow()
    await expect(async () => acme.patient.updateManyAndReturn({ data: bob })).rejects.toThrow()
    expect(await acme.patient.count()).toBe(0)
  })

  test('upsert seals the row that it creates', async () => {
    const where = { id: '4c1a9d4e-0000-4000-8000-000000000001' }
    expect(await acme.patient.upsert({ where, create: { ...where, ...ann }, update: bob, select: fields })).toEqual(ann)
    await expectSealed(1)
  })

  test('upsert seals the row that it updates', async () => {
    const { id } = await acme.patient.create({ data: ann })
    expect(await acme.patient.upsert({ where: { id }, create: ann, update: bob, select: fields })).toEqual(bob)
    await expectSealed(1)
  })
})

describe('what is read', () => {
  let id = ''
  beforeEach(async () => {
    id = (await acme.patient.create({ data: ann })).id
  })

  test.each([
    ['findUnique', () => acme.patient.findUnique({ where: { id }, select: fields })],
    ['findUniqueOrThrow', () => acme.patient.findUniqueOrThrow({ where: { id }, select: fields })],
    ['findFirst', () => acme.patient.findFirst({ where: { tenantId: 'acme' }, select: fields })],
    ['findFirstOrThrow', () => acme.patient.findFirstOrThrow({ select: fields })],
  ])('%s opens the row', async (_operation, find) => {
    expect(await find()).toEqual(ann)
  })

  test('findMany opens all rows', async () => {
    await acme.patient.create({ data: bob })
    const rows = await acme.patient.findMany({ orderBy: { createdAt: 'asc' }, select: fields })
    expect(rows).toEqual([ann, bob])
  })

  test('findMany without arguments opens all rows', async () => {
    expect(await acme.patient.findMany()).toMatchObject([ann])
    expect(await prisma.patient.findMany(undefined)).toMatchObject([ann])
  })

  test('one encrypted field alone is opened', async () => {
    expect(await prisma.patient.findFirst({ select: { ssn: true } })).toEqual({ ssn: ann.ssn })
  })

  test('a missing row stays null, or throws what Prisma throws', async () => {
    const where = { id: 'nobody' }
    expect(await acme.patient.findUnique({ where })).toBeNull()
    expect(await acme.patient.findFirst({ where })).toBeNull()
    await expect(acme.patient.findUniqueOrThrow({ where })).rejects.toMatchObject({ code: 'P2025' })
    await expect(acme.patient.findFirstOrThrow({ where })).rejects.toMatchObject({ code: 'P2025' })
    await expect(acme.patient.update({ where, data: { ssn: '1' } })).rejects.toMatchObject({ code: 'P2025' })
    await expect(acme.patient.delete({ where })).rejects.toMatchObject({ code: 'P2025' })
  })

  test('delete opens the row that it deletes', async () => {
    expect(await acme.patient.delete({ where: { id }, select: fields })).toEqual(ann)
    await expectSealed(0)
  })

  test('deleteMany deletes', async () => {
    expect(await acme.patient.deleteMany({ where: { id } })).toEqual({ count: 1 })
    await expectSealed(0)
  })

  test('count counts, also how many encrypted values there are', async () => {
    await acme.patient.create({ data: { email: 'no ssn' } })
    expect(await acme.patient.count()).toBe(2)
    expect(await acme.patient.count({ select: { _all: true, ssn: true } })).toEqual({ _all: 2, ssn: 1 })
  })

  test('aggregate works on plain fields, and counts encrypted ones', async () => {
    await acme.patient.create({ data: { email: 'no ssn', age: 40 } })
    const sums = await acme.patient.aggregate({ _count: { ssn: true }, _sum: { age: true }, _max: { age: true } })
    expect(sums).toEqual({ _count: { ssn: 1 }, _sum: { age: 40 }, _max: { age: 40 } })
  })

  test('groupBy works on plain fields', async () => {
    const groups = await acme.patient.groupBy({
      by: ['tenantId'],
      _count: { email: true },
      having: { tenantId: 'acme', email: { _count: { gt: 0 } } },
      orderBy: { tenantId: 'asc' },
    })
    expect(groups).toEqual([{ tenantId: 'acme', _count: { email: 1 } }])
  })
})

test('a model without encrypted fields is left alone', async () => {
  await prisma.tenant.create({ data: { id: 'acme', name: 'Acme' } })
  expect(await prisma.tenant.findMany()).toEqual([{ id: 'acme', name: 'Acme' }])
})

test('a compound id and a number as tenant work in every place', async () => {
  const one = prisma.$forTenant(1)
  await one.account.create({ data: { orgId: 1, number: 7, iban: 'DE00' } })
  const where = { orgId_number: { orgId: 1, number: 7 } }
  expect(await one.account.update({ where, data: { iban: 'DE01' } })).toMatchObject({ iban: 'DE01', orgId: 1 })
  expect(await prisma.account.findUnique({ where })).toMatchObject({ iban: 'DE01' })
  const [row] = await database.query('SELECT iban FROM "Account"')
  expect(row?.iban).toMatch(/^pe1:/)
})

test('the same plaintext is never the same envelope twice', async () => {
  await acme.patient.createMany({ data: [ann, ann] })
  const rows = await database.query('SELECT email_sealed FROM patients')
  expect(new Set(rows.map((row) => row.email_sealed)).size).toBe(2)
})

test('no plaintext is among the parameters of any statement', () => {
  const sent = JSON.stringify(statements.flatMap(({ sql, params }) => [sql, ...params]))
  for (const plaintext of [ann.email, bob.email, ann.ssn, bob.ssn, 'pollen', 'DE01'])
    expect(sent).not.toContain(plaintext)
})
