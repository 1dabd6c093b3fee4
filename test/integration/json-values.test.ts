import { describe, expect, test } from 'vitest'
import { isPrisma6, Prisma, type PrismaTypes, skip } from '../support/client.js'
import { testProvider } from '../support/database.js'
import { asPlain, openStage, refusal } from '../support/stage.js'

const { acme, plain, prisma } = await openStage()

class Money {
  constructor(private readonly cents: number) {}
  toJSON() {
    return { money: this.cents / 100, currencies: [undefined, 'EUR'] }
  }
}

class Point {
  x = 1
  y = [2]
}

/** The value that one client stores and reads back; applications give what the types do not know, too. */
async function through(client: Pick<typeof plain, 'patient'>, notes: unknown): Promise<unknown> {
  const data = { email: 'e', tenantId: 'acme', notes: notes as PrismaTypes.InputJsonValue }
  const { id } = await client.patient.create({ data, select: { id: true } })
  const row = await client.patient.findUniqueOrThrow({ where: { id }, select: { notes: true } })
  return row.notes
}

/** What Prisma 6 itself does not store as it was given: encrypted, it is read as Prisma 7 gives it. */
const lostByPrisma6 = new Map<string, unknown>([
  ['numbers at the limits', [1e21, 1e-7, 2 ** 53, 1.7976931348623157e308, 123456789.12345679]],
  ['a BigInt', { a: '12345678901234567890' }],
  ['a Decimal', { a: '1.5', b: '1e+30' }],
])

/** Without our extension the test column is an ordinary Json column: Prisma itself says what is right. */
describe('a document is read as Prisma without encryption would return it', () => {
  test.each<[string, unknown]>([
    ['a string', 'text'],
    ['an empty string', ''],
    ['a string that looks like an envelope', 'pe1:AAAA'],
    ['a string of JSON', '{"a":1}'],
    ['true', true],
    ['a number', 1.5],
    ['negative zero', -0],
    ['numbers at the limits', [1e21, 1e-7, 2 ** 53, 1.7976931348623157e308, 123456789.12345679]],
    ['not a number', { a: Number.NaN, b: Number.POSITIVE_INFINITY }],
    ['not a number, alone', Number.NaN],
    ['an array', [1, 'a', null, [], {}]],
    ['nothing in it', {}],
    ['null within', { a: null, b: [null] }],
    ['undefined within', { a: undefined, b: { c: undefined } }],
    ['skip within', { a: skip, b: 1 }],
    ['null markers within', { a: Prisma.DbNull, b: [Prisma.JsonNull] }],
    ['a BigInt', { a: 12345678901234567890n }],
    ['a BigInt alone', 5n],
    ['a Date', { a: new Date(0) }],
    ['a Date alone', new Date(0)],
    ['bytes', { a: Uint8Array.of(1, 2, 255), b: Buffer.from('hi'), c: Uint16Array.of(300) }],
    ['bytes alone', Uint8Array.of(1, 2, 255)],
    ['a Decimal', { a: new Prisma.Decimal('1.50'), b: new Prisma.Decimal('1e30') }],
    ['a Decimal alone', new Prisma.Decimal('1.50')],
    ['a great Decimal alone', new Prisma.Decimal('-12345678901234567890.25e30')],
    ['its own toJSON', { a: { toJSON: () => ({ z: 1 }) } }],
    ['a toJSON alone', { toJSON: () => [undefined, 1] }],
    ['a class with toJSON', { a: [new Money(250)], b: new Money(1) }],
    ['a class with toJSON alone', new Money(250)],
    ['a URL', { a: new URL('https://example.com/') }],
    ['a class without toJSON', { a: new Point() }],
    ['a Map and a RegExp', { a: new Map([[1, 2]]), b: /x/ }],
    ['words of Prisma', { where: { data: 1 }, data: { set: 2 }, select: true, create: [], AND: [{}] }],
    ['set alone', { set: { a: 1 } }],
    ['an envelope as key', { 'pe1:': 'pe1:x' }],
    ["words of Prisma's protocol", { $type: 'Json', value: '{}' }],
    ["words of Prisma's protocol within", { a: { $type: 'DateTime', value: '2020-01-01' } }],
    ['names that objects have', { toString: 1, constructor: 'x', hasOwnProperty: null }],
  ])('%s', async (what, value) => {
    const ours = await through(asPlain(acme), value)
    if (isPrisma6 && lostByPrisma6.has(what)) expect(ours).toEqual(lostByPrisma6.get(what))
    else expect(ours).toEqual(await through(plain, value))
  })

  test('an invalid Date, undefined in an array, functions and symbols are refused by both', async () => {
    for (const value of [{ a: new Date(Number.NaN) }, [1, undefined], { a: () => 1 }, [Symbol('x')]]) {
      await expect(through(plain, value)).rejects.toThrow(Prisma.PrismaClientValidationError)
      expect(await refusal(through(asPlain(acme), value))).toMatchObject({
        code: 'ENVELOPE_VALUE_INVALID',
        field: 'notes',
      })
    }
  })
})

describe('differences that encryption makes', () => {
  test('keys keep their order, which PostgreSQL loses', async () => {
    const document = { zebra: 1, ant: 2 }
    expect(JSON.stringify(await through(asPlain(acme), document))).toBe('{"zebra":1,"ant":2}')
    const jsonb = '{"ant":2,"zebra":1}'
    expect(JSON.stringify(await through(plain, document))).toBe(
      testProvider() === 'postgresql' ? jsonb : '{"zebra":1,"ant":2}',
    )
  })

  test('NUL and lone surrogates within strings are kept, which PostgreSQL refuses', async () => {
    expect(await through(asPlain(acme), { a: 'x\0y', b: '\ud800' })).toEqual({ a: 'x\0y', b: '\ud800' })
  })

  test('a key __proto__ is kept, which Prisma loses', async () => {
    expect(JSON.stringify(await through(asPlain(acme), JSON.parse('{"__proto__":{"x":1},"b":2}')))).toBe(
      '{"__proto__":{"x":1},"b":2}',
    )
  })
})

test('the same holds for updates and nested writes', async () => {
  const { id } = await acme.patient.create({ data: { email: 'e', notes: 1 } })
  const value = { at: new URL('https://example.com/'), n: 5n } as unknown as PrismaTypes.InputJsonValue
  await acme.patient.update({ where: { id }, data: { notes: value, visits: { create: { reason: 'r' } } } })
  await acme.record.create({ data: { patientId: id, data: value } })
  const wanted = { at: 'https://example.com/', n: '5' }
  const again = { at: new URL('https://example.com/again'), n: 6n } as unknown as PrismaTypes.InputJsonValue
  expect(await prisma.patient.findUnique({ where: { id }, include: { record: true } })).toMatchObject({
    notes: wanted,
    record: { data: wanted },
  })
  // The update of a to-one relation is what planning may write in another form.
  await acme.patient.update({ where: { id }, data: { record: { update: { data: again } } } })
  expect(await acme.record.findUnique({ where: { patientId: id } })).toMatchObject({
    data: { at: 'https://example.com/again', n: '6' },
  })
})
