import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Plaintext } from '../../../src/envelope/index.js'
import {
  type IndexDefinition,
  type IndexKind,
  indexKindOf,
  type NormalizerName,
  tokenKey,
} from '../../../src/search/index.js'
import { indexSubkey } from '../../../src/search/token.js'
import { valueTypes } from '../../../src/values/index.js'
import { Draw, numbers, parameters, runs } from '../../prisma/query/draw.js'

/** Bytes 0 to 31. */
const INDEX_KEY = Uint8Array.from({ length: 32 }, (_, i) => i)

function definition(parts: Partial<IndexDefinition> = {}): IndexDefinition {
  return { field: 'patient.email', index: 'patient.emailFirst', type: valueTypes.text, normalize: [], ...parts }
}

const first3 = indexKindOf('first', 3)
const last4 = indexKindOf('last', 4)
const domain = indexKindOf('domain')

function tokenOf(kind: IndexKind, of: IndexDefinition, canonical: Plaintext | undefined): string {
  const [token] = kind.tokens(tokenKey(INDEX_KEY, of), [canonical ?? expect.fail('no token')])
  return Buffer.from(token ?? expect.fail('no token')).toString('hex')
}

/** Frozen: computed once with Python's `hmac` and `hashlib` from RFC 5869 and RFC 2104 alone. */
describe('pinned tokens', () => {
  const first = definition({ normalize: ['trim', 'lowercase'], part: 'first(3)' })
  const last = definition({ field: 'patient.ssn', index: 'patient.ssnLast', normalize: ['digits'], part: 'last(4)' })
  const ofDomain = definition({ index: 'patient.emailDomain', normalize: ['trim', 'lowercase'], part: 'domain' })

  test('the subkey of an index of a part', () => {
    expect(indexSubkey(INDEX_KEY, first).toString('hex')).toBe(
      '374e36ab2234430974ddeee747956f519c62172a88cb90db5646da7816971d9f',
    )
  })

  test.each<[string, IndexKind, IndexDefinition, string, string]>([
    ['the first letters', first3, first, ' Ann@Example.com\n', '863c7f1fe2fe77855bf9b9fbe9979d19'],
    ['the last digits', last4, last, '078-05-1120', '23ce17164ee6ce7d42ad23e03b5d52c5'],
    ['the domain', domain, ofDomain, ' Ann@Example.com\n', '45e87cf1936d3a572520ffc6eff7a211'],
    ['no part', first3, first, ' An ', '998740a1356e55700720b967b97e3ede'],
    ['no domain', domain, ofDomain, 'ann', '27b1441aa1a04072e2219be0b8daa938'],
    ['letters beyond the first plane', first3, first, '\u{1d49c}\u{10400}x!', '9325d23ffdeb8bf8007a0367d874095e'],
  ])('%s', (_name, kind, of, value, token) => {
    expect(tokenOf(kind, of, kind.canonical(of, value))).toBe(token)
  })

  test('what is sought has the token of what is stored', () => {
    expect(tokenOf(first3, first, first3.needle(first, ' ANN'))).toBe('863c7f1fe2fe77855bf9b9fbe9979d19')
    expect(tokenOf(last4, last, last4.needle(last, '11-20'))).toBe('23ce17164ee6ce7d42ad23e03b5d52c5')
    expect(tokenOf(domain, ofDomain, domain.needle(ofDomain, '@EXAMPLE.com '))).toBe('45e87cf1936d3a572520ffc6eff7a211')
  })
})

test('another part has another subkey', () => {
  const keys = [undefined, 'first(3)', 'first(4)', 'last(3)', 'domain'].map((part) =>
    indexSubkey(INDEX_KEY, definition({ part })).toString('hex'),
  )
  expect(new Set(keys).size).toBe(keys.length)
})

describe('what stands for a value', () => {
  test.each<[string, IndexKind, readonly NormalizerName[], string, string]>([
    ['first', first3, [], 'Annabel', 'Ann'],
    ['of exactly so many', first3, [], 'Ann', 'Ann'],
    ['first, by code points', first3, [], '😀😀😀😀', '😀😀😀'],
    ['first, a half of a pair away', first3, [], 'a😀', ''],
    ['first of fewer', first3, [], 'An', ''],
    ['first of nothing', first3, [], '', ''],
    ['first of nothing that is left', first3, ['digits'], 'unknown', ''],
    ['last', last4, [], '078-05-1120', '1120'],
    ['last, by code points', last4, [], 'x😀y😀z', '😀y😀z'],
    ['last of fewer', last4, [], '😀😀😀', ''],
    ['domain', domain, [], 'ann@Example.com', 'Example.com'],
    ['domain, of the last @', domain, [], '"a@b"@c.io', 'c.io'],
    ['domain without @', domain, [], 'ann', ''],
    ['domain that is empty', domain, [], 'ann@', ''],
    ['domain without a name before it', domain, [], '@c.io', 'c.io'],
    ['cut after trimming the whole', first3, ['trim'], ' a b ', 'a b'],
    ['cut after trimming: too short', first3, ['trim'], ' ab ', ''],
    ['composed before it is cut', first3, ['nfc'], 'cae\u0301s', 'caé'],
    ['not composed', first3, [], 'cae\u0301s', 'cae'],
    ['a capital sigma at the end', last4, ['lowercase'], 'ΟΔΟΣ', 'οδοσ'],
    ['a capital sigma cut off from what follows', first3, ['lowercase'], 'ΑΒΣΔ', 'αβσ'],
    ['a small final sigma', last4, ['lowercase'], 'οδος', 'οδος'],
    ['letters that become two', first3, ['lowercase'], 'İx', 'i\u0307x'],
    ['% and _', first3, [], '%_\\', '%_\\'],
  ])('%s', (_what, kind, normalize, value, part) => {
    expect(kind.canonical(definition({ normalize }), value)).toBe(part)
  })
})

describe('what is sought', () => {
  test.each<[string, IndexKind, readonly NormalizerName[], string, string | undefined]>([
    ['of the length', first3, [], 'Ann', 'Ann'],
    ['longer', first3, [], 'Anna', undefined],
    ['shorter', first3, [], 'An', undefined],
    ['nothing', first3, [], '', undefined],
    ['nothing is left of it', last4, ['digits'], 'abcd', undefined],
    ['of the length after normalizing', last4, ['digits'], '11-20', '1120'],
    ['a half of a pair more', first3, [], '😀😀', undefined],
    ['white space at the inner side of a beginning', first3, ['trim'], ' ab ', 'ab '],
    ['white space at the inner side of an end', last4, ['trim'], ' abc ', ' abc'],
    ['a capital sigma', last4, ['lowercase'], 'ΟΔΟΣ', 'οδοσ'],
    ['a domain', domain, [], '@c.io', 'c.io'],
    ['a domain without @', domain, [], 'c.io', undefined],
    ['a domain with more before it', domain, [], 'n@c.io', undefined],
    ['a domain with another @', domain, [], '@b@c.io', undefined],
    ['@ alone', domain, [], '@', undefined],
  ])('%s', (_what, kind, normalize, sought, part) => {
    expect(kind.needle(definition({ normalize }), sought)).toBe(part)
  })

  test.each<[string, unknown]>([
    ['a number', 31337],
    ['null', null],
    ['a list', ['secret-mark']],
    ['an object', { secret: 'secret-mark' }],
    ['a lone surrogate', 'secret-mark\ud800'],
  ])('%s is refused without being repeated', (_what, sought) => {
    for (const kind of [first3, last4, domain]) {
      let thrown: unknown
      try {
        kind.needle(definition(), sought)
      } catch (error) {
        thrown = error
      }
      expect(thrown).toMatchObject({ code: 'ENVELOPE_VALUE_INVALID' })
      expect(inspect(thrown)).not.toMatch(/secret-mark|31337/)
    }
  })
})

/** Letters that case, composition and trimming treat in some way of their own. */
const LETTERS = [
  ...'abABΣσςİıßéÉ@%_ 1😀\t',
  'e\u0301',
  '\u0301',
  '\u00a0',
  '\uff20',
  '\ufb01',
  '\u1100',
  '\u1161',
  '\u11a8',
]
const LISTS: readonly (readonly NormalizerName[])[] = [
  [],
  ['trim'],
  ['trim', 'lowercase'],
  ['lowercase', 'nfc', 'trim'],
  ['nfkc', 'lowercase'],
  ['unaccent', 'lowercase', 'trim'],
  ['digits'],
]

/** By the letter: what the kinds are to compute, written otherwise. */
function normalized(text: string, names: readonly NormalizerName[], side: 'both' | 'start' | 'end'): string {
  let done = text
  for (const name of names) {
    if (name === 'trim') done = done.replace(side === 'end' ? /\s+$/u : side === 'start' ? /^\s+/u : /^\s+|\s+$/gu, '')
    else if (name === 'lowercase') done = [...done].map((letter) => letter.toLowerCase()).join('')
    else if (name === 'digits') done = [...done].filter((letter) => letter >= '0' && letter <= '9').join('')
    else if (name === 'unaccent')
      done = done
        .normalize('NFD')
        .replace(/\p{Mn}/gu, '')
        .normalize('NFC')
    else done = done.normalize(name === 'nfc' ? 'NFC' : 'NFKC')
  }
  return done
}

function checkCase(drawn: ArrayLike<number>): boolean {
  const draw = new Draw(drawn)
  const text = () => Array.from({ length: draw.below(6) }, () => draw.pick(LETTERS)).join('')
  const normalize = draw.pick(LISTS)
  const kind = draw.pick([indexKindOf('first', 1 + draw.below(3)), indexKindOf('last', 1 + draw.below(3)), domain])
  const value = text()
  const begins = kind.name === 'first'
  const cut = draw.below(5)
  const taken = begins ? [...value].slice(0, cut) : [...value].slice([...value].length - cut)
  const needle = draw.chance(50) ? taken.join('') : kind === domain ? `@${text()}` : text()
  const of = definition({ normalize })
  const sought = kind.needle(of, needle)
  if (sought === undefined) return false
  const whole = normalized(value, normalize, 'both')
  const found = begins
    ? whole.startsWith(normalized(needle, normalize, 'start'))
    : whole.endsWith(normalized(needle, normalize, 'end'))
  expect({ value, needle, normalize, found: kind.canonical(of, value) === sought }).toEqual({
    value,
    needle,
    normalize,
    found,
  })
  return found
}

test('a text is found where its normal form begins or ends with that of what is sought, and nowhere else', () => {
  let found = 0
  const property = fc.property(numbers(), (drawn) => {
    if (checkCase(drawn)) found++
  })
  fc.assert(property, parameters(runs(20_000)))
  expect(found).toBeGreaterThan(500)
})
