import { describe, expect, test } from 'vitest'
import { afterKey, amongKeys, cursorOf, keyOfCursor, keyOfModel, keyText } from '../../../src/management/search/key.js'
import type { Model } from '../../../src/prisma/query/index.js'

/** As much of a model as a key is made of. */
const modelOf = (types: Record<string, string>, tenant?: string): Model =>
  ({
    name: 'Thing',
    key: Object.keys(types),
    fields: new Map(Object.entries(types).map(([name, type]) => [name, { kind: 'scalar', type, column: name }])),
    tenant: tenant === undefined ? undefined : { from: 'column', field: tenant, type: 'String' },
  }) as unknown as Model

describe('a key of several fields', () => {
  const key = keyOfModel(modelOf({ a: 'Int', b: 'String', c: 'BigInt' }), undefined)

  test('begins after a row by all of them', () => {
    expect(afterKey(key, { a: 1, b: 'x', c: 2n })).toEqual({
      OR: [{ a: { gt: 1 } }, { a: 1, b: { gt: 'x' } }, { a: 1, b: 'x', c: { gt: 2n } }],
    })
    expect(amongKeys(key, [{ a: 1, b: 'x', c: 2n, other: 7 }])).toEqual({ OR: [{ a: 1, b: 'x', c: 2n }] })
  })

  test('leaves out the tenant, which is the same in all rows', () => {
    const own = keyOfModel(modelOf({ org: 'String', number: 'Int' }, 'org'), 'acme')
    expect(afterKey(own, { org: 'acme', number: 7 })).toEqual({ number: { gt: 7 } })
    expect(amongKeys(own, [{ org: 'acme', number: 7 }])).toEqual({ number: { in: [7] } })
    expect(cursorOf(own, { org: 'acme', number: 7 })).toEqual({ org: 'acme', number: 7 })
    // It is all of the key.
    expect(keyOfModel(modelOf({ org: 'String' }, 'org'), 'acme').varying).toEqual(['org'])
  })
})

test.each(['Bytes', 'Boolean', 'Status', 'Float'])(
  'Prisma cannot begin after a row by %s: all rows are read at once',
  (type) => {
    expect(keyOfModel(modelOf({ a: 'Int', b: type }), undefined).hasPages).toBe(false)
  },
)

const decimal = { toFixed: () => '1.50', toStringTag: '[object Decimal]' }

test.each([
  ['String', 'x', 'x'],
  ['Status', 'ACTIVE', 'ACTIVE'],
  ['Int', 7, 7],
  ['Float', 0.5, 0.5],
  ['Boolean', false, false],
  ['BigInt', 2n ** 60n, String(2n ** 60n)],
  ['DateTime', new Date(5), new Date(5).toISOString()],
  ['Bytes', new Uint8Array([0, 255]), 'AP8='],
  ['Decimal', decimal, '1.50'],
])('a cursor of type %s can be written as JSON, and read', (type, value, written) => {
  const model = modelOf({ id: type })
  const key = keyOfModel(model, undefined)
  const cursor = cursorOf(key, { id: value })
  expect(cursor).toEqual({ id: written })
  const read = keyOfCursor(model, key, JSON.parse(JSON.stringify(cursor)))
  expect(keyText(key, read)).toBe(keyText(key, { id: value }))
  // Also as the row has it.
  expect(keyText(key, keyOfCursor(model, key, { id: value }))).toBe(keyText(key, { id: value }))
})

test.each([
  ['String', 7],
  ['String', 'a\0'],
  ['Int', '7'],
  ['Int', 2 ** 31],
  ['Int', Number.NaN],
  ['Float', Number.POSITIVE_INFINITY],
  ['BigInt', '1e3'],
  ['BigInt', 2n ** 63n],
  ['BigInt', 1.5],
  ['Decimal', '1e3'],
  ['Decimal', 7],
  ['DateTime', 'yesterday'],
  ['DateTime', new Date(Number.NaN)],
  ['Bytes', 7],
  ['Boolean', 'true'],
  ['Int', undefined],
  ['Int', null],
  ['Int', { gt: 1 }],
])('a cursor of type %s is not %o', (type, value) => {
  const model = modelOf({ id: type })
  const key = keyOfModel(model, undefined)
  expect(() => keyOfCursor(model, key, { id: value })).toThrow(
    expect.objectContaining({ code: 'ENVELOPE_VALUE_INVALID' }),
  )
})
