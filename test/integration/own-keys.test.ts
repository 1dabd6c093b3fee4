import { beforeAll, describe, expect, test } from 'vitest'
import { offered, type PrismaTypes, skip } from '../support/client.js'
import { openStage, refusal } from '../support/stage.js'

const { acme, countRows, globex, prisma, statements } = await openStage()

/** Arguments as a careless application takes them out of a request's body: `__proto__` is a key like any other there. */
type Loose = Record<string, unknown>
const fromBody = (args: unknown): Loose =>
  JSON.parse(JSON.stringify(args).replaceAll('"proto"', '"__proto__"')) as Loose

const run = (client: unknown, operation: string, args: Loose): Promise<unknown> => {
  const { patient } = client as Record<'patient', Record<string, (args: Loose) => Promise<unknown>>>
  return patient[operation]?.(args) ?? Promise.reject(new Error(`no ${operation}`))
}

let id = ''
beforeAll(async () => {
  id = (await acme.patient.create({ data: { email: 'ann', ssn: '1' } })).id
  await globex.patient.createMany({ data: [{ email: 'bob' }, { email: 'eve' }] })
})

const by = { where: { id: 'x' } }
const data = { email: 'e', age: 1, visits: { create: { reason: 'r' } } }
const operations: [operation: string, args: Loose][] = [
  ['findUnique', by],
  ['findUniqueOrThrow', by],
  ['findFirst', { where: { age: { gt: 0 } }, orderBy: { age: 'asc' } }],
  ['findFirstOrThrow', { where: { AND: [{ age: 1 }] }, cursor: { id: 'x' } }],
  ['findMany', { where: { OR: [{ visits: { some: { roomId: 1 } } }] }, include: { visits: { where: { roomId: 1 } } } }],
  ['create', { data, select: { id: true, visits: { select: { id: true } } } }],
  ['createMany', { data: [{ email: 'e' }] }],
  ['createManyAndReturn', { data: { email: 'e' }, omit: { ssn: true } }],
  ['update', { ...by, data: { age: { increment: 1 }, mentor: { connect: { id: 'x' } }, visits: { deleteMany: {} } } }],
  ['updateMany', { where: { clinic: { is: { name: 'n' } } }, data: { age: { set: 1 } } }],
  ['updateManyAndReturn', { where: { age: { not: { in: [1] } } }, data: { age: 1 } }],
  [
    'upsert',
    { ...by, create: data, update: { tags: { connectOrCreate: { where: { name: 't' }, create: { name: 't' } } } } },
  ],
  ['delete', { ...by, include: { _count: { select: { visits: { where: { roomId: 1 } } } } } }],
  ['deleteMany', { where: { NOT: { age: 1 } } }],
  ['count', { where: { age: 1 }, select: { age: true } }],
  ['aggregate', { where: { age: 1 }, _max: { age: true } }],
  ['groupBy', { by: ['age'], where: { age: 1 }, having: { age: { _max: { gt: 0 } } }, orderBy: { age: 'asc' } }],
]

/** The arguments with a key `__proto__` beside the others in one of the objects that they consist of, in each in turn. */
function* strewn(args: unknown, value: unknown): Generator<unknown> {
  if (typeof args !== 'object' || args === null) return
  if (!Array.isArray(args)) yield { ...args, proto: value }
  for (const [key, inner] of Object.entries(args)) {
    for (const one of strewn(inner, value)) {
      yield Array.isArray(args) ? args.map((item, at) => (String(at) === key ? one : item)) : { ...args, [key]: one }
    }
  }
}

async function expectRefused(operation: string, args: Loose): Promise<void> {
  statements.length = 0
  expect(await refusal(() => run(acme, operation, args))).toMatchObject({ code: 'ENVELOPE_ARGUMENT_UNKNOWN' })
  // Where no tenant is known, a write may be refused for that first.
  expect((await refusal(() => run(prisma, operation, args))).code).toMatch(
    /^ENVELOPE_(ARGUMENT_UNKNOWN|TENANT_REQUIRED)$/,
  )
  expect(statements).toEqual([])
}

describe('a key `__proto__` of a caller is refused, and nothing is sent', () => {
  test.each(offered(operations))('%s, all of whose arguments are under it', async (operation, args) => {
    await expectRefused(operation, fromBody({ proto: args }))
    await expectRefused(operation, fromBody({ proto: { where: {} } }))
    await expectRefused(operation, fromBody({ ...args, proto: null }))
    expect(await countRows('patients')).toBe(3)
  })

  test.each(offered(operations))('%s, at any depth', async (operation, args) => {
    for (const value of [{}, { where: {} }, { tenantId: 'globex' }, [], 'x', null]) {
      for (const one of strewn(args, value)) await expectRefused(operation, fromBody(one))
    }
  })

  test('in the arguments of a fluent call', async () => {
    statements.length = 0
    const call = acme.patient
      .findUnique({ where: { id } })
      .visits(fromBody({ proto: { where: {} } }) as { where: object })
    await refusal(call)
    expect(statements).toEqual([])
  })
})

test('a key `__proto__` in a document is data, and is read back as it was', async () => {
  const notes = fromBody({ proto: { where: {} }, a: [{ proto: 1, constructor: { prototype: {} } }] })
  const created = await acme.patient.create({
    data: {
      email: 'e',
      notes: notes as PrismaTypes.InputJsonObject,
      record: { create: { data: fromBody({ proto: [] }) as PrismaTypes.InputJsonObject } },
    },
    include: { record: true },
  })
  const read = await acme.patient.findUniqueOrThrow({ where: { id: created.id }, include: { record: true } })
  for (const row of [created, read]) {
    expect(JSON.stringify(row.notes)).toBe(JSON.stringify(notes))
    expect(JSON.stringify(row.record?.data)).toBe('{"__proto__":[]}')
  }
  expect(Object.getPrototypeOf(read.notes)).toBe(Object.prototype)
  await acme.patient.delete({ where: { id: created.id } })
})

test('instances of classes pass as in plain Prisma, and so do its own values', async () => {
  class Draft {
    email = 'dto@example.com'
    ssn = skip as unknown as string
    photo = Uint8Array.of(1, 2)
    createdAt = new Date(0)
    get label() {
      return 'not a field'
    }
  }
  class Create {
    data = new Draft()
    select = { email: true, photo: true, createdAt: true, ssn: true }
  }
  const row = await acme.patient.create(new Create())
  expect(row).toEqual({ email: 'dto@example.com', photo: Uint8Array.of(1, 2), createdAt: new Date(0), ssn: null })
  const bare = Object.assign(Object.create(null), {
    where: Object.assign(Object.create(null), { email: 'dto@example.com' }),
  })
  expect(await run(acme, 'count', bare)).toBe(1)
  expect(await run(globex, 'count', bare)).toBe(0)
  expect(await acme.patient.count({ where: { createdAt: { lte: acme.patient.fields.updatedAt } } })).toBeGreaterThan(0)
})
