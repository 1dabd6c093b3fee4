import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { canonicalValue, type IndexDefinition, indexSubkey, indexTokens, tokenKey } from '../../src/search/token.js'
import { valueTypes } from '../../src/values/index.js'

/** Bytes 0 to 31. */
const INDEX_KEY = Uint8Array.from({ length: 32 }, (_, i) => i)

function definition(parts: Partial<IndexDefinition>): IndexDefinition {
  return { field: 'patient.email', index: 'patient.emailIndex', type: valueTypes.text, normalize: [], ...parts }
}

function tokenOf(of: IndexDefinition, value: unknown): string {
  const [token] = indexTokens(tokenKey(INDEX_KEY, of), [canonicalValue(of, value) ?? expect.fail('no token')])
  return Buffer.from(token ?? expect.fail('no token')).toString('hex')
}

/**
 * Frozen: computed once with Python's `hmac` and `hashlib` from RFC 5869 and RFC 2104 alone. A release that changes one of
 * them no longer finds what an earlier one stored.
 */
describe('pinned tokens', () => {
  const email = definition({ normalize: ['trim', 'lowercase'] })

  test('the subkey of an index', () => {
    expect(indexSubkey(INDEX_KEY, email).toString('hex')).toBe(
      '8ea60f4b5ad670b7830a4b5689fdee9d0324172dfde6e67c618dcb85843f9aa4',
    )
  })

  test.each<[string, IndexDefinition, unknown, string]>([
    ['normalized text', email, ' Ann@Example.com\n', '35d3b76b77e8699888afc782d57d6bbd'],
    ['text as it is', definition({}), ' Ann@Example.com', '1c17d336476dceb3818724bd6e19974a'],
    [
      'bytes',
      definition({ field: 'patient.photo', index: 'patient.photoIndex', type: valueTypes.bytes }),
      Uint8Array.of(1, 2, 3),
      '3f821268a591a3910f735e629e2594a9',
    ],
    [
      'composed text',
      definition({ field: 'patient.name', index: 'patient.nameIndex', normalize: ['nfc'] }),
      'e\u0301',
      '5b8ef927cb9e5484f9835325df527c8d',
    ],
  ])('%s', (_name, of, value, token) => {
    expect(tokenOf(of, value)).toBe(token)
  })
})

describe('what keeps tokens apart', () => {
  test.each<[string, Partial<IndexDefinition>]>([
    ['another field', { field: 'patient.phone' }],
    ['another model', { field: 'staff.email' }],
    ['another index of the same field', { index: 'patient.emailExact' }],
    ['another type', { type: valueTypes.bytes }],
    ['other normalizers', { normalize: ['trim'] }],
  ])('%s has another subkey', (_name, other) => {
    expect(indexSubkey(INDEX_KEY, definition(other))).not.toEqual(indexSubkey(INDEX_KEY, definition({})))
  })

  test('the names of field and index do not run into one another', () => {
    const a = indexSubkey(INDEX_KEY, definition({ field: 'a.b', index: 'c.d' }))
    const b = indexSubkey(INDEX_KEY, definition({ field: 'a.bc', index: '.d' }))
    expect(a).not.toEqual(b)
  })

  test('another index key computes another token', () => {
    const other = tokenKey(INDEX_KEY.toReversed(), definition({}))
    expect(indexTokens(other, ['x'])).not.toEqual(indexTokens(tokenKey(INDEX_KEY, definition({})), ['x']))
  })
})

describe('values that cannot be searched', () => {
  test.each<[string, IndexDefinition, unknown]>([
    ['a number for text', definition({}), 31337],
    ['text for bytes', definition({ type: valueTypes.bytes }), 'secret-mark'],
    ['an object', definition({}), { secret: 'secret-mark' }],
    ['a lone surrogate', definition({}), 'secret-mark\ud800'],
  ])('%s is refused without being repeated', (_name, of, value) => {
    let thrown: unknown
    try {
      canonicalValue(of, value)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toMatchObject({ code: 'ENVELOPE_VALUE_INVALID' })
    expect(inspect(thrown)).not.toMatch(/secret-mark|31337/)
  })
})

test('a text of which the normalizers leave nothing has no token; an empty one has', () => {
  for (const [normalize, value] of [
    [['digits'], 'unknown'],
    [['trim'], ' \t'],
    [['unaccent'], '\u0301'],
  ] as const) {
    expect(canonicalValue(definition({ normalize }), value)).toBeUndefined()
    expect(canonicalValue(definition({ normalize }), '')).toBe('')
  }
  expect(canonicalValue(definition({ type: valueTypes.bytes }), new Uint8Array())).toEqual(Buffer.alloc(0))
})
