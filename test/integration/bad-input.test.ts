import { beforeAll, describe, expect, test } from 'vitest'
import { EnvelopeError } from '../../src/errors.js'
import { Prisma, skip } from '../support/client.js'
import { openStage } from '../support/stage.js'

/** The last is Prisma 6's, which has no error of its own for some refusals. */
const refusedByDatabase = new Set([
  'PrismaClientKnownRequestError',
  'PrismaClientUnknownRequestError',
  'DriverAdapterError',
])

/**
 * Whatever a careless caller passes, an encrypted field either does what a plain field of the same type does, or refuses
 * with a typed error before any SQL. The plain twin is the same call on the same model by the client without encryption.
 */
const { acme, countRows, plain, statements } = await openStage()

type Loose = Record<string, unknown>
type Delegates = Record<string, Record<string, (args: Loose) => Promise<unknown>>>
const clients = { ours: acme, twin: plain } as unknown as Record<'ours' | 'twin', Delegates>

const SECRET = 'needle-in-a-haystack'
const huge = SECRET + 'x'.repeat(4 * 2 ** 20)

/** Rows that both have: with values, and with NULL. */
const person = { email: 'ann@example.com', ssn: SECRET, notes: { a: SECRET }, photo: Uint8Array.of(1, 2), age: 1 }
const login = { email: 'ann@example.com', phone: '+44 1', badge: Uint8Array.of(1, 2) }
beforeAll(async () => {
  for (const [name, tenantId] of [
    ['ours', 'acme'],
    ['twin', 'twin'],
  ] as const) {
    const client = clients[name]
    await client.patient?.createMany?.({
      data: [
        { ...person, tenantId },
        { email: '', tenantId, age: 2 },
      ],
    })
    await client.login?.createMany?.({ data: [{ ...login, tenantId }, { tenantId }] })
  }
})

/** How many calls did what the twin does, and how many were refused: a table of one kind alone would show little. */
const tally = { compared: 0, refused: 0 }

/** A result, without what differs between any two rows; or what kind of error it is. */
async function outcome(name: 'ours' | 'twin', model: string, operation: string, args: Loose): Promise<unknown> {
  try {
    const rows = await clients[name][model]?.[operation]?.(args)
    return { rows: Array.isArray(rows) ? rows.length : rows }
  } catch (error) {
    if (error instanceof EnvelopeError) {
      expect(error.message).not.toContain(SECRET)
      return 'ours'
    }
    return (error as Error).name
  }
}

/**
 * What an envelope can hold and a column may not, by whatever it is wrapped in: a NUL character, which PostgreSQL takes in
 * no text, and in a document a lone surrogate. Sealed, they are stored, and come back as they were.
 */
function takesMore(field: string, value: unknown): boolean {
  return typeof value === 'string' && (value.includes('\0') || (field === 'notes' && !value.isWellFormed()))
}

/** `tenantId` keeps each to its own rows; the view adds it too. */
async function expectTwins(
  model: string,
  operation: string,
  more: boolean,
  argsOf: (tenantId: string) => Loose,
): Promise<void> {
  const rows = await countRows(model === 'patient' ? 'patients' : '"Login"')
  statements.length = 0
  const ours = await outcome('ours', model, operation, argsOf('acme'))
  if (ours === 'ours') {
    tally.refused += 1
    expect(statements).toEqual([])
    expect(await countRows(model === 'patient' ? 'patients' : '"Login"')).toBe(rows)
    return
  }
  tally.compared += 1
  // Nothing of the value reached the database in plaintext.
  expect(statements.filter(({ params }) => params.some((param) => String(param).includes(SECRET)))).toEqual([])
  const twin = await outcome('twin', model, operation, argsOf('twin'))
  if (more && refusedByDatabase.has(String(twin))) expect(ours).toHaveProperty('rows')
  else expect(ours).toEqual(twin)
}

const values: [string, unknown][] = [
  ['a text', SECRET],
  ['the empty text', ''],
  ['null', null],
  ['undefined', undefined],
  ['Prisma.skip', skip],
  ['DbNull', Prisma.DbNull],
  ['JsonNull', Prisma.JsonNull],
  ['AnyNull', Prisma.AnyNull],
  ['a number', 7],
  ['NaN', Number.NaN],
  ['a BigInt', 7n],
  ['a Decimal', new Prisma.Decimal('1.5')],
  ['a boolean', true],
  ['a Date', new Date(0)],
  ['an invalid Date', new Date(Number.NaN)],
  ['bytes', Uint8Array.of(1, 2)],
  ['a Buffer', Buffer.from([1, 2])],
  ['an ArrayBuffer', new ArrayBuffer(2)],
  ['a list', [SECRET]],
  ['an empty list', []],
  ['a list with null', [SECRET, null]],
  ['a list with undefined', [SECRET, undefined]],
  ['an object', { a: SECRET }],
  ['an empty object', {}],
  ['an object without a prototype', Object.assign(Object.create(null), { a: SECRET })],
  [
    'a class instance',
    new (class Secret {
      a = SECRET
    })(),
  ],
  ['a Map', new Map([['a', SECRET]])],
  ['a function', () => SECRET],
  ['a symbol', Symbol('secret')],
  ['a lone surrogate', `${SECRET}\ud800`],
  ['a NUL character', `${SECRET}\0`],
  ['4 MiB of text', huge],
  ['what looks like an envelope', 'pe1:AAAA'],
]

const operators = [
  ...['equals', 'not', 'in', 'notIn', 'lt', 'lte', 'gt', 'gte', 'contains', 'startsWith', 'endsWith', 'mode', 'search'],
  ...['path', 'string_contains', 'string_starts_with', 'string_ends_with', 'array_contains', 'array_starts_with'],
  ...['array_ends_with', 'has', 'hasEvery', 'hasSome', 'isEmpty', 'is', 'isNot', 'some', 'set', '_count', 'unheardOf'],
]

/** Without an index, and with one. */
const fields: [model: string, field: string][] = [
  ['patient', 'ssn'],
  ['patient', 'notes'],
  ['patient', 'photo'],
  ['patient', 'email'],
  ['login', 'phone'],
  ['login', 'badge'],
]

describe.each(fields)('%s.%s', (model, field) => {
  test.each(values)('in a filter, bare and below AND, OR and NOT: %s', async (_what, value) => {
    for (const wrap of [
      (where: Loose) => where,
      (where: Loose) => ({ AND: [where] }),
      (where: Loose) => ({ OR: [where] }),
      (where: Loose) => ({ NOT: where }),
    ]) {
      await expectTwins(model, 'count', takesMore(field, value), (tenantId) => ({
        where: { tenantId, ...wrap({ [field]: value }) },
      }))
    }
  })

  test.each(operators)('in a filter, under %s: every value', async (operator) => {
    for (const [, value] of values) {
      // One statement is as good as another for what 4 MiB do.
      if (value === huge && !['equals', 'in', 'contains'].includes(operator)) continue
      for (const operand of [value, [value], { equals: value }]) {
        await expectTwins(model, 'findMany', takesMore(field, value), (tenantId) => ({
          where: { tenantId, [field]: { [operator]: operand } },
          select: { id: true },
        }))
      }
    }
  })

  test.each(values)('as a value that is written, bare and in { set }: %s', async (_what, value) => {
    for (const given of [value, { set: value }]) {
      const data = { [field]: given }
      await expectTwins(model, 'updateMany', takesMore(field, value), (tenantId) => ({
        where: { tenantId, id: { in: [] } },
        data,
      }))
    }
  })
})

test('the table compares results too, not only refusals', () => {
  expect(tally.compared).toBeGreaterThan(500)
  expect(tally.refused).toBeGreaterThan(500)
})
