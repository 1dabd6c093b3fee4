import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { EnvelopeError } from '../../src/errors.js'
import { offered, Prisma } from '../support/client.js'
import { encryptedClient } from '../support/encrypted-client.js'
import { openStage } from '../support/stage.js'

/**
 * Prisma prints all arguments of a call that it does not understand. A value that a typing error put where no field is
 * has not been sealed, and would stand there in plaintext: such calls are refused before Prisma sees them.
 */
const { acme, database, kms, prisma, statements } = await openStage()

const MARK = 'plaintext-mark'
type Loose = Record<string, unknown>
const run = (client: unknown, operation: string, args: Loose): Promise<unknown> => {
  const { patient } = client as Record<'patient', Record<string, (args: Loose) => Promise<unknown>>>
  return patient[operation]?.(args) ?? Promise.reject(new Error(`no ${operation}`))
}

async function failureOf(call: () => Promise<unknown>): Promise<Error> {
  try {
    await call()
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error('did not fail')
}

const by = { where: { id: 'x' } }
const data = { email: 'e' }
const valid: [operation: string, args: Loose][] = [
  ['findUnique', by],
  ['findUniqueOrThrow', by],
  ['findFirst', by],
  ['findFirstOrThrow', by],
  ['findMany', by],
  ['create', { data }],
  ['createMany', { data }],
  ['createManyAndReturn', { data }],
  ['update', { ...by, data }],
  ['updateMany', { ...by, data }],
  ['updateManyAndReturn', { ...by, data }],
  ['upsert', { ...by, create: data, update: data }],
  ['delete', by],
  ['deleteMany', by],
  ['count', by],
  ['aggregate', { ...by, _count: true }],
  ['groupBy', { ...by, by: ['age'] }],
]

/** Where a value may stand that is none of a field: each in place of an argument of the operations that take it. */
const text = MARK
const object = { ssn: MARK }
const misplaced: Record<string, unknown[]> = {
  where: [
    text,
    [object],
    { AND: text },
    { OR: [text] },
    { NOT: text },
    { visits: text },
    { visits: { some: text } },
    { visits: { put: object } },
    { clinic: text },
    { clinic: { is: text } },
    { age: object },
    { age: { equals: object } },
    { age: { put: text } },
    { age: { not: object } },
    { age: { in: [object] } },
    { id: 'x', tenantId_id: text },
    { tenantId_id: { tenantId: 'acme', put: text } },
    { ssn: { equals: null, put: text } },
    { shoeSize: text },
  ],
  data: [
    text,
    { shoeSize: text },
    { email: { put: text } },
    { age: object },
    { age: { set: object } },
    { age: { put: text } },
    { age: [object] },
    { visits: text },
    { visits: { create: text } },
    { visits: { create: [text] } },
    { visits: { put: object } },
    { visits: { createMany: text } },
    { visits: { createMany: { data: [text] } } },
    { visits: { createMany: { data: [], put: text } } },
    { visits: { createMany: { data: [], skipDuplicates: text } } },
    { visits: { connect: text } },
    { visits: { connectOrCreate: { where: { id: 1 }, create: { reason: 'r' }, put: text } } },
    { clinic: { connect: text } },
    { record: { create: { data: 1, put: text } } },
  ],
  update: [
    { visits: { update: text } },
    { visits: { update: { where: { id: 1 }, data: text } } },
    { visits: { update: { where: { id: 1 }, data: {}, put: text } } },
    { visits: { updateMany: { where: {}, data: {}, put: text } } },
    { visits: { upsert: { where: { id: 1 }, put: text } } },
    { visits: { deleteMany: text } },
    { visits: { delete: text } },
    { visits: { disconnect: text } },
    { record: { update: text } },
    { record: { delete: text } },
    { record: { upsert: { create: text, update: {} } } },
    { clinic: { disconnect: text } },
  ],
  orderBy: [
    text,
    [text],
    { age: text },
    { age: object },
    { age: { sort: text } },
    { age: { sort: 'asc', nulls: text } },
    { clinic: { name: text } },
    { visits: { _count: text } },
    { visits: text },
    { shoeSize: text },
  ],
  cursor: [text, { id: 'x', shoeSize: text }],
  select: [
    text,
    { email: text },
    { email: object },
    { email: { contains: text } },
    { shoeSize: object },
    { visits: text },
    { visits: { data: object } },
    { visits: { select: { reason: text } } },
    { visits: { take: text } },
    { _count: text },
    { _count: { put: object } },
    { _count: { select: { visits: text } } },
    { _count: { select: { visits: { put: object } } } },
    { clinic: { select: { name: text } } },
  ],
  include: [
    text,
    { visits: { data: object } },
    { visits: text },
    { email: text },
    { visits: { omit: { reason: text } } },
  ],
  omit: [text, { email: text }, { shoeSize: object }],
  distinct: [text, [text], object],
  by: [text, [text]],
  having: [text, { age: object }, { age: { _max: object } }, { AND: text }],
  take: [text, object],
  skip: [text, object],
  limit: [text, object],
  skipDuplicates: [text],
  relationLoadStrategy: [text],
  _count: [text, { age: text }],
  _max: [text, { age: text }],
}

const TAKEN: Record<string, readonly string[]> = {
  orderBy: ['findFirst', 'findFirstOrThrow', 'findMany', 'count', 'aggregate'],
  cursor: ['findFirst', 'findFirstOrThrow', 'findMany', 'count', 'aggregate'],
  take: ['findFirst', 'findFirstOrThrow', 'findMany', 'count', 'aggregate', 'groupBy'],
  skip: ['findFirst', 'findFirstOrThrow', 'findMany', 'count', 'aggregate', 'groupBy'],
  distinct: ['findFirst', 'findFirstOrThrow', 'findMany'],
  limit: ['updateMany', 'updateManyAndReturn', 'deleteMany'],
  skipDuplicates: ['createMany', 'createManyAndReturn'],
  by: ['groupBy'],
  having: ['groupBy'],
  _count: ['aggregate', 'groupBy'],
  _max: ['aggregate', 'groupBy'],
}

/** All ways to put a value in a wrong place of an operation's arguments. */
function* wrongArguments(operation: string, args: Loose): Generator<Loose> {
  yield { ...args, dta: object }
  yield { ...args, [MARK]: text }
  for (const argument of ['data', 'create', 'update', 'filter', 'where', 'select']) {
    if (!(argument in args) && !takes(operation, argument)) yield { ...args, [argument]: object }
  }
  for (const [argument, values] of Object.entries(misplaced)) {
    for (const value of values) {
      if (argument === 'update') {
        if (operation === 'update') yield { ...args, data: value }
        if (operation === 'upsert') yield { ...args, update: value }
      } else if (argument === 'data' && operation === 'upsert') {
        yield { ...args, create: value }
        yield { ...args, update: value }
      } else if (argument in args || takes(operation, argument)) yield { ...args, [argument]: value }
    }
  }
}

function takes(operation: string, argument: string): boolean {
  if (['select', 'include', 'omit', 'relationLoadStrategy'].includes(argument)) {
    const returnsRows = !/Many$|^count|^aggregate|^groupBy/.test(operation) || operation === 'findMany'
    return returnsRows && !(argument === 'relationLoadStrategy' && operation.endsWith('ManyAndReturn'))
  }
  return TAKEN[argument]?.includes(operation) === true
}

describe('a value in a wrong place', () => {
  test.each(offered(valid))('is in no error of %s, and nothing is sent', async (operation, args) => {
    let calls = 0
    for (const wrong of wrongArguments(operation, args)) {
      for (const client of [acme, prisma]) {
        calls += 1
        statements.length = 0
        const error = await failureOf(() => run(client, operation, wrong))
        const shown = `${error.message}\n${error.stack}\n${inspect(error, { depth: 10, showHidden: true })}`
        expect(shown.includes(MARK), `${operation}(${inspect(wrong, { depth: 10 })}) shows it: ${error.message}`).toBe(
          false,
        )
        expect(error, `${operation}(${inspect(wrong, { depth: 10 })})`).toBeInstanceOf(EnvelopeError)
        expect(statements).toEqual([])
      }
    }
    expect(calls).toBeGreaterThan(40)
  })

  test('that is the wrong value of a plain field shows no encrypted one: those are sealed, or tokens, by then', async () => {
    const wrong: [string, Loose][] = [
      ['create', { data: { email: MARK, ssn: MARK, notes: { a: MARK }, age: 'not a number' } }],
      ['updateMany', { where: { email: MARK }, data: { ssn: MARK, age: 'not a number' } }],
      ['findMany', { where: { email: { in: [MARK] }, age: 'not a number' } }],
      ['findMany', { where: { OR: [{ email: MARK }, { NOT: { email: { not: MARK } } }], age: 'not a number' } }],
      ['findFirst', { where: { email: MARK }, include: { email: true } }],
      ['deleteMany', { where: { email: MARK, status: 'NO_SUCH_STATUS' } }],
    ]
    for (const [operation, args] of wrong) {
      const error = await failureOf(() => run(acme, operation, args))
      expect(error).not.toBeInstanceOf(EnvelopeError)
      expect(`${error.message}\n${inspect(error, { depth: 10, showHidden: true })}`).not.toContain(MARK)
    }
  })
})

describe('passArguments', () => {
  const cache = (seen: unknown[]) =>
    Prisma.defineExtension({
      query: {
        patient: {
          async findMany({ args, query }) {
            const { cacheStrategy, ...rest } = args as typeof args & { cacheStrategy?: unknown }
            seen.push(cacheStrategy)
            return query(rest)
          },
        },
      },
    })
  const cacheStrategy = { ttl: 60, tags: ['a'] }

  test('names what goes on unread to an extension after ours', async () => {
    const seen: unknown[] = []
    const passing = encryptedClient(database, kms, { passArguments: ['cacheStrategy'] }).prisma.$extends(cache(seen))
    expect(await run(passing, 'findMany', { cacheStrategy })).toEqual([])
    expect(seen).toEqual([cacheStrategy])
    expect(await failureOf(() => run(passing, 'findMany', { cachStrategy: {} }))).toMatchObject({
      code: 'ENVELOPE_ARGUMENT_UNKNOWN',
    })
  })

  test('is named where such an argument is refused', async () => {
    const error = await failureOf(() => run(prisma.$extends(cache([])), 'findMany', { cacheStrategy }))
    expect(error).toMatchObject({ code: 'ENVELOPE_ARGUMENT_UNKNOWN' })
    expect(error.message).toBe(
      'Patient.findMany has no argument "cacheStrategy". Correct the name; if it is for an extension after fieldEncryption, add it to the option passArguments.',
    )
  })
})
