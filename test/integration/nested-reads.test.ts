import { beforeAll, describe, expect, test } from 'vitest'
import { asPlain, openStage } from '../support/stage.js'

const { acme, plain, prisma, statements } = await openStage()

let id = ''
beforeAll(async () => {
  const row = await acme.patient.create({
    data: {
      email: 'ann',
      ssn: '1',
      visits: { create: [{ reason: 'flu' }, { reason: 'cold' }] },
      record: { create: { data: { a: 1 }, where: 'w', select: 's' } },
      mentorId: (await acme.patient.create({ data: { email: 'boss' } })).id,
      tags: { create: { name: 'vip' } },
    },
  })
  id = row.id
})

test('include opens every level', async () => {
  expect(
    await prisma.patient.findUnique({ where: { id }, include: { visits: true, record: true, mentor: true } }),
  ).toMatchObject({
    email: 'ann',
    visits: [{ reason: 'flu' }, { reason: 'cold' }],
    record: { data: { a: 1 }, where: 'w', select: 's' },
    mentor: { email: 'boss' },
  })
})

test('a selection returns exactly what was requested, without any column of ours', async () => {
  const row = await prisma.patient.findUnique({
    where: { id },
    select: {
      email: true,
      visits: { select: { reason: true }, take: 1 },
      mentor: { select: { email: true, ssn: true } },
    },
  })
  expect(row).toEqual({ email: 'ann', visits: [{ reason: 'flu' }], mentor: { email: 'boss', ssn: null } })
})

test('a selection of relations alone opens them', async () => {
  expect(await prisma.patient.findMany({ where: { id }, select: { visits: { select: { reason: true } } } })).toEqual([
    { visits: [{ reason: 'flu' }, { reason: 'cold' }] },
  ])
})

test('a tenant column that is asked for stays in the result', async () => {
  expect(await prisma.patient.findUnique({ where: { id }, select: { email: true, tenantId: true } })).toEqual({
    email: 'ann',
    tenantId: 'acme',
  })
})

test('from a plain model through encrypted ones', async () => {
  expect(
    await prisma.tag.findMany({
      select: { patients: { select: { ssn: true, visits: { select: { reason: true } } } } },
    }),
  ).toEqual([{ patients: [{ ssn: '1', visits: [{ reason: 'flu' }, { reason: 'cold' }] }] }])
})

test('_count counts relations beside encrypted fields', async () => {
  expect(await prisma.patient.findUnique({ where: { id }, select: { email: true, _count: true } })).toEqual({
    email: 'ann',
    _count: { visits: 2, tags: 1, mentees: 0 },
  })
  const counted = await prisma.patient.findUnique({
    where: { id },
    include: { _count: { select: { visits: { where: { roomId: null } } } } },
  })
  expect(counted).toMatchObject({ email: 'ann', _count: { visits: 2 } })
})

test('`undefined` and `false` in a selection mean what they mean to Prisma', async () => {
  const select = { email: true, ssn: false, notes: undefined, visits: false }
  expect(await prisma.patient.findUnique({ where: { id }, select: select as { email: true } })).toEqual({
    email: 'ann',
  })
})

describe('omit', () => {
  test('hides encrypted fields', async () => {
    const row = await prisma.patient.findUniqueOrThrow({
      where: { id },
      omit: { email: true, notes: true, photo: true },
    })
    expect(row).toMatchObject({ ssn: '1' })
    expect(row).not.toHaveProperty('email')
  })

  test('of the tenant column does not keep the others from opening, and it stays hidden', async () => {
    const row = await prisma.patient.findUniqueOrThrow({
      where: { id },
      omit: { tenantId: true },
      include: { visits: { omit: { tenantId: true } } },
    })
    expect(row).toMatchObject({ email: 'ann', visits: [{ reason: 'flu' }, { reason: 'cold' }] })
    expect(row).not.toHaveProperty('tenantId')
    for (const visit of row.visits) expect(visit).not.toHaveProperty('tenantId')
  })
})

describe('the fluent API', () => {
  test('returns to-many and to-one relations, opened', async () => {
    expect(await acme.patient.findUnique({ where: { id } }).visits({ select: { reason: true } })).toEqual([
      { reason: 'flu' },
      { reason: 'cold' },
    ])
    expect(await prisma.patient.findUniqueOrThrow({ where: { id } }).record()).toMatchObject({
      where: 'w',
      data: { a: 1 },
    })
  })

  test('goes several relations deep, on both kinds of clients', async () => {
    const visit = await prisma.visit.findFirstOrThrow()
    for (const client of [prisma, acme]) {
      const mentor = await client.visit
        .findUnique({ where: { id: visit.id } })
        .patient()
        .mentor({ select: { email: true } })
      expect(mentor).toEqual({ email: 'boss' })
    }
  })

  test('from a write, and from a plain model', async () => {
    expect(await acme.patient.update({ where: { id }, data: { age: 1 } }).mentor()).toMatchObject({ email: 'boss' })
    expect(await prisma.tag.findUnique({ where: { name: 'vip' } }).patients({ select: { email: true } })).toEqual([
      { email: 'ann' },
    ])
  })

  test('returns null if there is nothing', async () => {
    expect(await prisma.patient.findUnique({ where: { id: 'nobody' } }).visits()).toBeNull()
    const boss = await prisma.patient.findFirstOrThrow({ where: { mentees: { some: {} } } })
    expect(await prisma.patient.findUnique({ where: { id: boss.id } }).mentor()).toBeNull()
  })
})

test('reading costs the statements that the plain client sends, and no more', async () => {
  const sentBy = async (client: Pick<typeof plain, 'patient'>) => {
    statements.length = 0
    await client.patient.findMany({ include: { visits: true } })
    return statements.map(({ kind, sql }) => [kind, sql])
  }
  const sent = await sentBy(plain)
  expect(sent).not.toEqual([])
  expect(await sentBy(asPlain(prisma))).toEqual(sent)
})
