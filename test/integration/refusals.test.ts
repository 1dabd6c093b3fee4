import { beforeAll, describe, expect, test } from 'vitest'
import { Prisma } from '../support/client.js'
import { openStage, refusal } from '../support/stage.js'

const { acme, kms, prisma, sqlOf } = await openStage()

let id = ''
beforeAll(async () => {
  id = (await acme.patient.create({ data: { email: 'ann', ssn: null, notes: { a: 1 } } })).id
})

/** Arguments as a JavaScript application might write them; some the types would refuse. */
type Loose = Record<string, unknown>
type Call = (args: Loose) => Promise<unknown>
const call = (operation: string, model = 'patient'): Call => {
  // Each operation of a delegate takes one object of arguments.
  const delegate = Reflect.get(prisma, model) as Record<string, Call>
  return (args) => delegate[operation]?.(args) ?? Promise.reject(new Error(`no ${operation}`))
}

/** Refused with model and field, and nothing sent to the database or KMS. */
async function expectUnsupported(run: () => Promise<unknown>, model: string, field: string): Promise<void> {
  kms.calls.reset()
  const sql = await sqlOf(async () => {
    const error = await refusal(run)
    expect(error).toMatchObject({ code: 'ENVELOPE_FILTER_UNSUPPORTED', model, field })
    expect(error.message).toContain(`${model}.${field}`)
    expect(error.message).not.toContain('needle')
  })
  expect(sql).toEqual([])
  expect(kms.calls.count()).toBe(0)
}

const filters: [string, string, unknown][] = [
  ['a value', 'ssn', 'needle'],
  ['equals', 'ssn', { equals: 'needle' }],
  ['in', 'ssn', { in: ['needle'] }],
  ['in of nulls', 'ssn', { in: [null] }],
  ['notIn', 'ssn', { notIn: ['needle'] }],
  ['not', 'ssn', { not: 'needle' }],
  ['not within not', 'ssn', { not: { not: { equals: 'needle' } } }],
  ['lt', 'ssn', { lt: 'needle' }],
  ['lte', 'ssn', { lte: 'needle' }],
  ['gt', 'ssn', { gt: 'needle' }],
  ['gte', 'ssn', { gte: 'needle' }],
  ['contains', 'ssn', { contains: 'needle' }],
  ['startsWith', 'ssn', { startsWith: 'pe1:' }],
  ['endsWith', 'ssn', { endsWith: 'needle' }],
  ['mode', 'ssn', { equals: null, mode: 'insensitive' }],
  ['search', 'ssn', { search: 'needle' }],
  ['a null check beside another operator', 'ssn', { not: null, startsWith: 'needle' }],
  ['an unknown operator', 'ssn', { soundsLike: 'needle' }],
  ['a value', 'notes', 'needle'],
  ['equals', 'notes', { equals: { a: 'needle' } }],
  ['equals JSON null', 'notes', { equals: Prisma.JsonNull }],
  ['equals any null', 'notes', { equals: Prisma.AnyNull }],
  ['not JSON null', 'notes', { not: Prisma.JsonNull }],
  ['path', 'notes', { path: ['a'], equals: 'needle' }],
  ['string_contains', 'notes', { string_contains: 'needle' }],
  ['array_contains', 'notes', { array_contains: ['needle'] }],
  ['a value', 'photo', Uint8Array.of(1)],
  ['in', 'photo', { in: [Uint8Array.of(1)] }],
  ['contains, which no index answers', 'email', { contains: 'needle' }],
  ['mode, inside not,', 'email', { not: { equals: 'needle', mode: 'insensitive' } }],
]

describe('a filter on an encrypted field is refused', () => {
  test.each(filters)('%s on %s', async (_what, field, filter) => {
    const where = { [field]: filter }
    await expectUnsupported(() => call('findMany')({ where }), 'Patient', field)
  })

  test.each([
    'findFirst',
    'findFirstOrThrow',
    'findMany',
    'count',
    'aggregate',
    'deleteMany',
    'updateMany',
    'updateManyAndReturn',
  ])('in %s', async (operation) => {
    const args = { where: { ssn: 'needle' }, ...(operation.startsWith('update') && { data: { age: 1 } }) }
    await expectUnsupported(() => call(operation)(args), 'Patient', 'ssn')
  })

  test.each(['findUnique', 'findUniqueOrThrow', 'update', 'delete', 'upsert'])(
    'in %s, beside a unique field',
    async (operation) => {
      const writes = { update: { data: {} }, upsert: { create: { email: 'e' }, update: {} } }
      const args = { where: { id, ssn: 'needle' }, ...(Reflect.get(writes, operation) as Loose | undefined) }
      await expectUnsupported(() => call(operation)(args), 'Patient', 'ssn')
    },
  )

  test('in groupBy', async () => {
    await expectUnsupported(() => call('groupBy')({ by: ['age'], where: { ssn: 'needle' } }), 'Patient', 'ssn')
  })

  test.each<[string, Loose]>([
    ['AND', { AND: [{ age: 1 }, { ssn: 'needle' }] }],
    ['AND of one', { AND: { ssn: 'needle' } }],
    ['OR', { OR: [{ age: 1 }, { NOT: { ssn: 'needle' } }] }],
    ['NOT', { NOT: [{ ssn: 'needle' }] }],
    ['a relation to itself', { mentor: { ssn: 'needle' } }],
    ['is', { mentor: { is: { ssn: 'needle' } } }],
    ['isNot', { mentor: { isNot: { OR: [{ ssn: 'needle' }] } } }],
    ['some', { mentees: { some: { ssn: 'needle' } } }],
    ['every', { mentees: { every: { ssn: 'needle' } } }],
    ['none', { mentees: { none: { mentor: { is: { ssn: 'needle' } } } } }],
  ])('inside %s', async (_where, where) => {
    await expectUnsupported(() => call('findMany')({ where }), 'Patient', 'ssn')
  })

  test('on a related model, by its name', async () => {
    await expectUnsupported(
      () => call('findMany')({ where: { visits: { some: { reason: 'needle' } } } }),
      'Visit',
      'reason',
    )
    await expectUnsupported(() => call('findMany')({ where: { record: { where: 'needle' } } }), 'Record', 'where')
    await expectUnsupported(
      () => call('findMany', 'tag')({ where: { patients: { some: { ssn: 'needle' } } } }),
      'Patient',
      'ssn',
    )
  })

  test('in include, select, _count and cursors below', async () => {
    const where = { reason: 'needle' }
    await expectUnsupported(() => call('findMany')({ include: { visits: { where } } }), 'Visit', 'reason')
    await expectUnsupported(() => call('findMany')({ select: { visits: { where } } }), 'Visit', 'reason')
    await expectUnsupported(
      () => call('create')({ data: { tenantId: 'acme', email: 'e' }, include: { visits: { where } } }),
      'Visit',
      'reason',
    )
    for (const selection of ['select', 'include']) {
      const args = { [selection]: { _count: { select: { visits: { where } } } } }
      await expectUnsupported(() => call('findMany')(args), 'Visit', 'reason')
    }
    await expectUnsupported(
      () => call('findMany')({ include: { visits: { cursor: { id: 1, reason: 'needle' } } } }),
      'Visit',
      'reason',
    )
    await expectUnsupported(
      () => call('findMany', 'tag')({ include: { patients: { include: { visits: { orderBy: { reason: 'asc' } } } } } }),
      'Visit',
      'reason',
    )
  })

  test.each<[string, unknown]>([
    ['connect', { connect: { id: 1, reason: 'needle' } }],
    ['connectOrCreate', { connectOrCreate: { where: { id: 1, reason: 'needle' }, create: { reason: 'x' } } }],
    ['disconnect', { disconnect: [{ id: 1, reason: 'needle' }] }],
    ['set', { set: [{ id: 1, reason: 'needle' }] }],
    ['delete', { delete: { id: 1, reason: 'needle' } }],
    ['deleteMany', { deleteMany: [{ reason: { contains: 'needle' } }] }],
    ['update', { update: { where: { id: 1, reason: 'needle' }, data: {} } }],
    ['updateMany', { updateMany: { where: { reason: 'needle' }, data: {} } }],
    ['upsert', { upsert: { where: { id: 1, reason: 'needle' }, create: { reason: 'x' }, update: {} } }],
  ])('in a nested %s', async (_operation, visits) => {
    await expectUnsupported(
      () => call('update')({ where: { id, tenantId: 'acme' }, data: { visits } }),
      'Visit',
      'reason',
    )
  })

  test('in nested writes of to-one relations', async () => {
    for (const mentor of [
      { update: { where: { ssn: 'needle' }, data: {} } },
      { upsert: { where: { ssn: 'needle' }, create: { email: 'e' }, update: {} } },
      { delete: { ssn: 'needle' } },
      { disconnect: { ssn: 'needle' } },
    ]) {
      await expectUnsupported(
        () => call('update')({ where: { id, tenantId: 'acme' }, data: { mentor } }),
        'Patient',
        'ssn',
      )
    }
  })
})

describe('what would compare ciphertext is refused', () => {
  test.each<[string, string, Loose]>([
    ['orderBy', 'findMany', { orderBy: { ssn: 'asc' } }],
    ['orderBy in a list', 'findFirst', { orderBy: [{ age: 'asc' }, { ssn: { sort: 'asc', nulls: 'last' } }] }],
    ['orderBy through a relation', 'findMany', { orderBy: { mentor: { ssn: 'asc' } } }],
    [
      'orderBy by relevance',
      'findMany',
      { orderBy: { _relevance: { fields: ['age', 'ssn'], search: 'x', sort: 'asc' } } },
    ],
    ['orderBy in count', 'count', { orderBy: { ssn: 'asc' } }],
    ['orderBy in aggregate', 'aggregate', { orderBy: { ssn: 'asc' }, _count: true }],
    ['distinct', 'findMany', { distinct: ['ssn'] }],
    ['distinct alone', 'findFirst', { distinct: 'ssn' }],
    ['cursor', 'findMany', { cursor: { id: 'x', ssn: 'needle' } }],
    ['groupBy', 'groupBy', { by: ['age', 'ssn'] }],
    ['groupBy alone', 'groupBy', { by: 'ssn' }],
    ['having', 'groupBy', { by: ['age'], having: { ssn: { equals: 'needle' } } }],
    ['having of an aggregate', 'groupBy', { by: ['age'], having: { OR: [{ ssn: { _max: { equals: 'needle' } } }] } }],
    ['orderBy of groups', 'groupBy', { by: ['age'], orderBy: { ssn: 'asc' } }],
    ['orderBy of groups by an aggregate', 'groupBy', { by: ['age'], orderBy: { _max: { ssn: 'asc' } } }],
    ['_min', 'aggregate', { _min: { ssn: true } }],
    ['_max', 'aggregate', { _max: { ssn: true } }],
    ['_max of groups', 'groupBy', { by: ['age'], _max: { ssn: true } }],
  ])('%s in %s', async (_what, operation, args) => {
    await expectUnsupported(() => call(operation)(args), 'Patient', 'ssn')
  })

  test('a reference to an encrypted field, and one from it', async () => {
    const { email, age } = prisma.patient.fields
    await expectUnsupported(() => call('findMany')({ where: { id: { equals: email } } }), 'Patient', 'email')
    await expectUnsupported(() => call('findMany')({ where: { id: { not: { in: [email] } } } }), 'Patient', 'email')
    await expectUnsupported(() => call('findMany')({ where: { email: { equals: age } } }), 'Patient', 'email')
    await expectUnsupported(() => call('findMany')({ where: { email } }), 'Patient', 'email')
    await expectUnsupported(
      () => call('groupBy')({ by: ['id'], having: { id: { equals: email } } }),
      'Patient',
      'email',
    )
    expect(await prisma.patient.count({ where: { age: { equals: age } } })).toBe(1)
  })
})

describe('works as ever', () => {
  test('null checks', async () => {
    const count = (where: NonNullable<Parameters<typeof prisma.patient.count>[0]>['where'] & object) =>
      prisma.patient.count({ where })
    expect(await count({ ssn: null })).toBe(1)
    expect(await count({ ssn: { equals: null } })).toBe(1)
    expect(await count({ ssn: { not: null } })).toBe(0)
    expect(await count({ ssn: { not: { equals: null } } })).toBe(0)
    expect(await count({ NOT: { photo: null } })).toBe(0)
    expect(await count({ notes: { equals: Prisma.DbNull } })).toBe(0)
    expect(await count({ notes: { not: Prisma.DbNull } })).toBe(1)
    expect(await count({ mentor: null, mentees: { none: { ssn: { not: null } } } })).toBe(1)
  })

  test('`undefined` as filter, and orderings, groups and cursors by plain fields', async () => {
    expect(await prisma.patient.count({ where: { ssn: undefined as unknown as null, age: 0 } })).toBe(1)
    expect(
      await prisma.patient.findMany({
        where: { tenantId: 'acme' },
        orderBy: [{ age: 'asc' }, { visits: { _count: 'asc' } }, { clinic: { name: 'asc' } }],
        distinct: ['age'],
        cursor: { id },
        select: { email: true },
      }),
    ).toEqual([{ email: 'ann' }])
  })
})

describe('what this release does not know is refused', () => {
  test.each<[string, Loose]>([
    ['a field that there is not', { where: { shoeSize: 1 } }],
    ['a field in data', { where: { id, tenantId: 'acme' }, data: { shoeSize: 1 } }],
    ['a nested operation', { where: { id, tenantId: 'acme' }, data: { visits: { replace: { reason: 'x' } } } }],
    ['an ordering', { orderBy: { shoeSize: 'asc' } }],
  ])('%s', async (_what, args) => {
    const operation = 'data' in args ? 'update' : 'findMany'
    expect(
      await sqlOf(async () =>
        expect(await refusal(() => call(operation)(args))).toMatchObject({ code: 'ENVELOPE_ARGUMENT_UNKNOWN' }),
      ),
    ).toEqual([])
  })
})
