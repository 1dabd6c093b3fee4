import { beforeAll, describe, expect, test } from 'vitest'
import { hasReturning, type PrismaTypes } from '../support/client.js'
import { openStage, refusal } from '../support/stage.js'

const { acme, globex, kms, prisma, sqlOf, statements } = await openStage()

beforeAll(async () => {
  await acme.patient.create({ data: { id: 'boss', email: 'Boss@Example.com', age: 60 } })
  const people = [
    { id: 'ann', email: ' Ann@Example.com', age: 30, mentorId: 'boss', visits: { create: { reason: 'flu' } } },
    { id: 'bob', email: 'bob@example.com', age: 40 },
  ]
  for (const data of people) await acme.patient.create({ data })
  await globex.patient.create({ data: { id: 'other-ann', email: 'ann@example.com' } })
  await acme.tag.create({ data: { name: 'vip', patients: { connect: [{ id: 'ann' }, { id: 'boss' }] } } })
  await acme.login.createMany({ data: [{ email: 'x@example.com' }, { email: null }, { email: 'y@example.com' }] })
})

type Where = PrismaTypes.PatientWhereInput
const found = async (where: Where): Promise<string[]> => {
  const rows = await acme.patient.findMany({ where, select: { id: true }, orderBy: { id: 'asc' } })
  return rows.map(({ id }) => id)
}

describe('equality finds the rows that plain Prisma would find', () => {
  test.each<[string, Where, string[]]>([
    ['a value', { email: 'ann@example.com' }, ['ann']],
    ['another spelling that the normalizers take for the same', { email: '\tANN@EXAMPLE.COM ' }, ['ann']],
    ['equals', { email: { equals: 'Bob@example.com' } }, ['bob']],
    ['in', { email: { in: ['BOB@example.com', 'ann@example.com', 'nobody'] } }, ['ann', 'bob']],
    ['in of none', { email: { in: [] } }, []],
    ['notIn', { email: { notIn: ['bob@example.com', 'boss@example.com'] } }, ['ann']],
    ['notIn of none', { email: { notIn: [] } }, ['ann', 'bob', 'boss']],
    ['not', { email: { not: 'Ann@example.com' } }, ['bob', 'boss']],
    ['not equals', { email: { not: { equals: 'ann@example.com' } } }, ['bob', 'boss']],
    ['not in', { email: { not: { in: ['ann@example.com', 'bob@example.com'] } } }, ['boss']],
    ['several operators', { email: { in: ['ann@example.com', 'bob@example.com'], not: 'bob@example.com' } }, ['ann']],
    ['beside a plain field', { email: 'ann@example.com', age: 30 }, ['ann']],
    ['beside a plain field that does not match', { email: 'ann@example.com', age: 31 }, []],
    ['AND', { AND: [{ email: 'ann@example.com' }, { age: { gt: 1 } }] }, ['ann']],
    ['AND of one, beside another operator', { email: { not: 'bob@example.com' }, AND: { age: { lt: 50 } } }, ['ann']],
    ['OR', { OR: [{ email: 'ann@example.com' }, { age: 40 }] }, ['ann', 'bob']],
    ['NOT', { NOT: { email: 'ann@example.com' } }, ['bob', 'boss']],
    ['NOT of several', { NOT: [{ email: 'ann@example.com' }, { email: 'bob@example.com' }] }, ['boss']],
    ['a relation', { mentor: { email: 'boss@example.com' } }, ['ann']],
    ['is', { mentor: { is: { email: 'boss@example.com' } } }, ['ann']],
    ['isNot', { mentor: { isNot: { email: 'boss@example.com' } }, mentorId: { not: null } }, []],
    ['some', { mentees: { some: { email: 'ann@example.com' } } }, ['boss']],
    ['every', { mentees: { every: { email: 'bob@example.com' } } }, ['ann', 'bob']],
    ['none', { mentees: { none: { email: 'ann@example.com' } } }, ['ann', 'bob']],
    ['two relations deep', { tags: { some: { patients: { some: { email: 'ann@example.com' } } } } }, ['ann', 'boss']],
  ])('%s', async (_what, where, ids) => {
    expect(await found(where)).toEqual(ids)
  })

  test.each<[string, object, string[]]>([
    ['equals', { equals: 'ANN@example.com' }, ['ann']],
    ['in', { in: ['BOB@EXAMPLE.com', 'nobody'] }, ['bob']],
    ['notIn', { notIn: ['BOB@EXAMPLE.com'] }, ['ann', 'boss']],
    ['not', { not: 'BOB@EXAMPLE.com' }, ['ann', 'boss']],
    ['not in', { not: { in: ['BOB@EXAMPLE.com', 'Boss@example.com'] } }, ['ann']],
  ])('in any letter case, where the index ignores it: %s', async (_what, email, ids) => {
    // Only the types of PostgreSQL's client have the mode.
    const insensitive = { ...email, mode: 'insensitive' } as never
    expect(await found({ email: insensitive })).toEqual(ids)
    expect(await found({ mentees: { some: { email: insensitive } } })).toEqual(ids.includes('ann') ? ['boss'] : [])
    expect(await found({ AND: [{ NOT: { email: insensitive } }] })).toEqual(
      ['ann', 'bob', 'boss'].filter((id) => !ids.includes(id)),
    )
  })

  test('not within not is what it is on a plain field', async () => {
    expect(await found({ email: { not: { not: 'ann@example.com' } } })).toEqual(
      await found({ id: { not: { not: 'ann' } } }),
    )
  })

  test('and NULL is neither equal nor unequal to a value, as in SQL', async () => {
    const emails = async (where: PrismaTypes.LoginWhereInput) =>
      (await acme.login.findMany({ where, select: { email: true }, orderBy: { id: 'asc' } })).map(({ email }) => email)
    expect(await emails({ email: { not: 'x@example.com' } })).toEqual(['y@example.com'])
    expect(await emails({ NOT: { email: 'x@example.com' } })).toEqual(['y@example.com'])
    expect(await emails({ email: { notIn: ['x@example.com'] } })).toEqual(['y@example.com'])
    expect(await emails({ email: null })).toEqual([null])
    expect(await emails({ email: { not: null } })).toEqual(['x@example.com', 'y@example.com'])
    expect(await emails({ email: { not: null, in: ['x@example.com'] } })).toEqual(['x@example.com'])
    expect(await emails({ OR: [{ email: null }, { email: { equals: 'y@example.com' } }] })).toEqual([
      null,
      'y@example.com',
    ])
  })

  test('the default mode, and undefined, say nothing', async () => {
    expect(await found({ email: { equals: 'ann@example.com', not: undefined as never } })).toEqual(['ann'])
    expect(await found({ email: { equals: 'ann@example.com', mode: 'default' } } as Where)).toEqual(['ann'])
  })

  test('digits finds a telephone number in any spelling, bytes are found as they are', async () => {
    await acme.login.create({ data: { phone: '+1 (555) 010-9999', badge: Uint8Array.of(1, 2) } })
    expect(await acme.login.findFirst({ where: { phone: '15550109999' } })).toMatchObject({
      phone: '+1 (555) 010-9999',
    })
    expect(await acme.login.count({ where: { badge: Uint8Array.of(1, 2) } })).toBe(1)
    expect(await acme.login.count({ where: { badge: { in: [Uint8Array.of(1)] } } })).toBe(0)
  })
})

describe('a value that the normalizers reduce to nothing', () => {
  test('has no token: it is stored with an empty index, and is not the same as another such value', async () => {
    const unknown = await acme.login.create({ data: { phone: 'unknown', email: ' ' } })
    const withheld = await acme.login.create({ data: { phone: 'withheld', email: '\t' } })
    expect([unknown, withheld]).toMatchObject([
      { phone: 'unknown', phoneIndex: null, emailIndex: null },
      { phone: 'withheld', phoneIndex: null, emailIndex: null },
    ])
    expect(await acme.login.update({ where: { id: unknown.id }, data: { phone: '555' } })).toMatchObject({
      phoneIndex: expect.any(Uint8Array),
    })
    expect(await acme.login.update({ where: { id: unknown.id }, data: { phone: { set: 'none' } } })).toMatchObject({
      phoneIndex: null,
    })
  })

  test('is refused where it is searched for, before any SQL', async () => {
    for (const phone of [
      'x',
      { equals: 'x' },
      { not: 'x' },
      { in: ['1', 'x'] },
      { notIn: ['x'] },
      { not: { in: ['x'] } },
    ]) {
      const statements = await sqlOf(async () => {
        expect(await refusal(acme.login.findMany({ where: { phone } }))).toMatchObject({
          code: 'ENVELOPE_VALUE_INVALID',
          model: 'Login',
          field: 'phone',
        })
      })
      expect(statements).toEqual([])
    }
    expect(await refusal(acme.$encryption.index('Login', 'phone', 'x'))).toMatchObject({
      code: 'ENVELOPE_VALUE_INVALID',
    })
    expect(await acme.login.count({ where: { phone: '' } })).toBe(0)
  })
})

describe('operations that take a filter', () => {
  const where = { email: 'ANN@example.com' }

  test('count, aggregate and groupBy', async () => {
    expect(await acme.patient.count({ where })).toBe(1)
    expect(await acme.patient.aggregate({ where, _sum: { age: true } })).toEqual({ _sum: { age: 30 } })
    expect(await acme.patient.groupBy({ by: ['age'], where, _count: { email: true } })).toEqual([
      { age: 30, _count: { email: 1 } },
    ])
    expect(await acme.patient.findFirstOrThrow({ where })).toMatchObject({ id: 'ann', email: ' Ann@Example.com' })
  })

  test('filters within include, select and _count', async () => {
    const args = { where: { id: 'boss' } }
    expect(await acme.patient.findFirst({ ...args, select: { mentees: { where, select: { id: true } } } })).toEqual({
      mentees: [{ id: 'ann' }],
    })
    expect(await acme.tag.findFirst({ include: { patients: { where, select: { id: true } } } })).toMatchObject({
      patients: [{ id: 'ann' }],
    })
    const counts = { _count: { select: { mentees: { where: { email: 'bob@example.com' } } } } }
    expect(await acme.patient.findFirst({ ...args, select: counts })).toEqual({ _count: { mentees: 0 } })
  })

  test(`updateMany${hasReturning ? ', updateManyAndReturn' : ''} and deleteMany`, async () => {
    await acme.patient.createMany({
      data: [
        { id: 'u1', email: 'u1' },
        { id: 'u2', email: 'u2' },
      ],
    })
    expect(await acme.patient.updateMany({ where: { email: 'U1' }, data: { age: 5 } })).toEqual({ count: 1 })
    const select = { id: true, age: true }
    const many = { where: { email: { in: ['u1'] } }, data: { email: 'u3' } }
    if (hasReturning)
      expect(await acme.patient.updateManyAndReturn({ ...many, select })).toEqual([{ id: 'u1', age: 5 }])
    else expect(await acme.patient.updateMany(many)).toEqual({ count: 1 })
    expect(await found({ email: 'u1' })).toEqual([])
    expect(await acme.patient.deleteMany({ where: { email: { in: ['u3', 'u2'] } } })).toEqual({ count: 2 })
  })

  test('filters of nested writes', async () => {
    await acme.patient.create({
      data: { id: 'm', email: 'm', mentees: { create: [{ email: 'n1' }, { email: 'n2' }] } },
    })
    const nested = (mentees: object) => acme.patient.update({ where: { id: 'm' }, data: { mentees } })
    await nested({ updateMany: { where: { email: 'N1' }, data: { age: 7 } } })
    expect(await acme.patient.count({ where: { mentorId: 'm', age: 7 } })).toBe(1)
    await nested({ deleteMany: { email: { in: ['N1'] } } })
    expect(await found({ mentorId: 'm' })).toHaveLength(1)
    const mentor = { update: { where: { email: 'M' }, data: { age: 70 } } }
    const mentee = await acme.patient.findFirstOrThrow({ where: { email: 'n2' } })
    await acme.patient.update({ where: { id: mentee.id }, data: { mentor } })
    expect(await acme.patient.findUnique({ where: { id: 'm' }, select: { age: true } })).toEqual({ age: 70 })
    await acme.patient.update({ where: { id: mentee.id }, data: { mentor: { disconnect: { email: 'm' } } } })
    await acme.patient.deleteMany({ where: { email: { in: ['m', 'n2'] } } })
  })
})

describe('which tenant’s index key a search uses', () => {
  test('the tenant that the filter says, around or inside, before the tenant option', async () => {
    const count = (where: Where) => prisma.patient.count({ where })
    expect(await count({ tenantId: 'acme', email: 'ann@example.com' })).toBe(1)
    expect(
      await count({ tenantId: 'acme', OR: [{ email: 'ann@example.com' }, { NOT: { email: 'x' }, age: 40 }] }),
    ).toBe(2)
    expect(await count({ AND: [{ tenantId: 'globex' }, { email: 'ann@example.com' }] })).toBe(1)
    const eachTenant = ['acme', 'globex'].map((tenantId) => ({ tenantId, email: 'ann@example.com' }))
    expect(await count({ OR: eachTenant })).toBe(2)
    expect(await count({ tenantId: 'acme', mentor: { email: 'boss@example.com' } })).toBe(1)
  })

  test('a missing tenant is an error before SQL', async () => {
    kms.calls.reset()
    const sql = await sqlOf(async () => {
      for (const where of [{ email: 'ann' }, { OR: [{ email: { in: ['ann'] } }] }]) {
        expect(await refusal(prisma.patient.findMany({ where }))).toMatchObject({
          code: 'ENVELOPE_TENANT_REQUIRED',
          model: 'Patient',
          field: 'email',
        })
      }
    })
    expect(sql).toEqual([])
    expect(kms.calls.count()).toBe(0)
  })

  test('another tenant has different tokens for the same value', async () => {
    const mine = await acme.$encryption.index('Patient', 'email', 'ann@example.com')
    expect(mine).toHaveLength(16)
    expect(await acme.$encryption.index('Patient', 'email', ' ANN@example.com')).toEqual(mine)
    expect(await globex.$encryption.index('Patient', 'email', 'ann@example.com')).not.toEqual(mine)
    expect(await prisma.$encryption.index('Patient', 'email', 'ann@example.com', { tenant: 'acme' })).toEqual(mine)
    expect(await acme.patient.findMany({ where: { emailIndex: mine }, select: { id: true } })).toEqual([{ id: 'ann' }])
  })
})

test('a value that is searched for reaches the database as its token only', async () => {
  statements.length = 0
  await found({ OR: [{ email: 'secret-1' }, { email: { in: ['secret-2'] } }, { NOT: { email: { not: 'secret-3' } } }] })
  expect(statements.length).toBeGreaterThan(0)
  const sent = JSON.stringify(statements, (_, value) => (typeof value === 'bigint' ? String(value) : value))
  expect(sent).not.toContain('secret')
  expect(statements.some(({ sql }) => sql.includes('email_sealed'))).toBe(false)
})

test("the caller's filter is not changed", async () => {
  const where = { email: { in: ['ann@example.com'] }, OR: [{ email: 'ann@example.com' }] }
  const before = structuredClone(where)
  await found(where)
  expect(where).toEqual(before)
})

describe('what an index cannot answer is refused before SQL', () => {
  const refuse = async (filter: unknown, code: string): Promise<string> => {
    let message = ''
    const sql = await sqlOf(async () => {
      const error = await refusal(acme.patient.findMany({ where: { email: filter } as Where }))
      expect(error).toMatchObject({ code, model: 'Patient', field: 'email' })
      message = error.message
    })
    expect(sql).toEqual([])
    expect(message).not.toContain('needle')
    return message
  }

  test.each([
    { contains: '' },
    { contains: 'needle' },
    { startsWith: 'needle' },
    { endsWith: 'needle' },
    { lt: 'needle' },
    { lte: 'needle' },
    { gt: 'needle' },
    { gte: 'needle' },
    { search: 'needle' },
    { equals: 'needle', contains: 'needle' },
    { not: { startsWith: 'needle' } },
    { soundsLike: 'needle' },
  ])('%j', async (filter) => {
    expect(await refuse(filter, 'ENVELOPE_FILTER_UNSUPPORTED')).toContain('equals, in, notIn and not')
  })

  test.each([7, 7n, true, new Date(0), ['needle'], '\ud800needle', { equals: 7 }, { in: [7] }, { not: '\udfff' }])(
    'a value that no such field holds: %o',
    async (filter) => {
      await refuse(filter, 'ENVELOPE_VALUE_INVALID')
    },
  )

  test('in with something other than a list', async () => {
    await refuse({ in: 'needle' }, 'ENVELOPE_FILTER_UNSUPPORTED')
  })

  test('a value of another type for bytes', async () => {
    const where = { badge: 'needle' as unknown as Uint8Array<ArrayBuffer> }
    expect(await refusal(acme.login.findMany({ where }))).toMatchObject({
      code: 'ENVELOPE_VALUE_INVALID',
      field: 'badge',
    })
  })
})

test('an index column groups and tells apart by the values behind its tokens', async () => {
  const emails = ['z@example.com', ' Z@example.com', 'q@example.com']
  await globex.patient.createMany({ data: emails.map((email, at) => ({ id: `by-token-${at}`, email, age: 77 })) })
  const where = { age: 77 }
  const groups = await globex.patient.groupBy({ by: ['emailIndex'], where, _count: true })
  expect(groups.map(({ _count }) => _count).sort()).toEqual([1, 2])
  expect(await globex.patient.findMany({ where, distinct: ['emailIndex'] })).toHaveLength(2)
})
