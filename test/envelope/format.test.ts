import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  authenticatedBytes,
  decodeText,
  encodePrefix,
  encodeText,
  encryptionContext,
  isSameCmk,
  type KeyContext,
  parseEnvelope,
  suites,
  wrappedKeyOf,
} from '../../src/envelope/index.js'
import { page } from '../readme/documentation.js'
import { codeOf } from './support/errors.js'
import { allSuites, opened, place, prefixBytes, sealed, wrappedKey } from './support/sealed.js'

const MALFORMED = 'ENVELOPE_MALFORMED'
const UNAUTHENTIC = 'ENVELOPE_AUTHENTICATION_FAILED'

beforeAll(() => suites['xchacha20-poly1305'].prepare())

/** All that this layer does with an envelope whose data key KMS has given back as it should. */
function read(bytes: Buffer) {
  const envelope = parseEnvelope(bytes)
  const key = wrappedKeyOf(envelope) ?? wrappedKey
  opened(bytes, authenticatedBytes(place))
  return key
}

describe.each(allSuites)('an envelope of $name', (suite) => {
  it('is taken apart into what it was made of', () => {
    const bytes = sealed(suite)
    const parsed = parseEnvelope(bytes)
    expect(parsed.suite).toBe(suite)
    expect(parsed.head.equals(bytes.subarray(0, 18))).toBe(true)
    expect(wrappedKeyOf(parsed)).toEqual(wrappedKey)
    expect(parsed.nonce).toHaveLength(suite.nonceLength)
    expect(Buffer.concat([prefixBytes(suite), parsed.nonce, parsed.sealed]).equals(bytes)).toBe(true)
  })

  it('is refused at every shorter length', () => {
    const bytes = sealed(suite)
    const shortest = prefixBytes(suite).length + suite.nonceLength + 16
    for (let length = 0; length < bytes.length; length++) {
      const code = codeOf(() => read(bytes.subarray(0, length)))
      expect(code, `${length} bytes`).toBe(length < shortest ? MALFORMED : UNAUTHENTIC)
    }
  })

  it('is refused with its text cut at every length', () => {
    const text = encodeText(sealed(suite))
    for (let length = 0; length < text.length; length++) {
      const code = codeOf(() => read(decodeText(text.slice(0, length))))
      expect(code, `${length} characters`).toMatch(/^ENVELOPE_(NOT_AN_ENVELOPE|MALFORMED|AUTHENTICATION_FAILED)$/)
    }
  })

  it('is refused with anything behind it', () => {
    const bytes = sealed(suite)
    expect(codeOf(() => read(Buffer.concat([bytes, Buffer.alloc(1)])))).toBe(UNAUTHENTIC)
    expect(codeOf(() => read(Buffer.concat([bytes, bytes])))).toBe(UNAUTHENTIC)
  })

  /**
   * With a bit flipped, an envelope does not open, with exceptions that this layer cannot know of. The tenant, scope and
   * hour go to KMS as encryption context, the blob as ciphertext; what KMS unwraps is checked against the CMK's half of the
   * wrap tag and the data-key id; another app's tag is refused before that (data-keys.test.ts, checked-kms.test.ts). The key
   * material's half of the wrap tag is advisory.
   */
  it('is refused with any bit flipped, or asks KMS for another key', () => {
    const bytes = sealed(suite)
    const regions = regionsOf(bytes)
    const outcomes = new Map<string, Set<string>>()
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes)
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
      const region = regions.find(({ end }) => bit >> 3 < end)?.name ?? 'none'
      let left: string | undefined
      const code = codeOf(() => {
        const key = read(flipped)
        const { context, wrapTag, blob } = key
        if (context.appTag !== wrappedKey.context.appTag) left = 'another app'
        else if (!isSameContext(context, wrappedKey.context)) left = 'KMS: another encryption context'
        else if (!blob.equals(wrappedKey.blob)) left = 'KMS: another blob'
        else if (!isSameCmk(wrapTag, wrappedKey.wrapTag)) left = 'KMS: another CMK'
        else if (!wrapTag.equals(wrappedKey.wrapTag)) left = 'nothing but the census'
      })
      const outcome = code ?? left
      if (outcome === undefined) expect.fail(`bit ${bit} in the ${region} goes unnoticed`)
      outcomes.set(region, (outcomes.get(region) ?? new Set()).add(outcome))
    }
    const found = Object.fromEntries([...outcomes].map(([region, codes]) => [region, [...codes].sort()]))
    expect(found).toEqual({
      version: ['ENVELOPE_UNKNOWN_SUITE', 'ENVELOPE_UNKNOWN_VERSION'],
      // Without INLINE, the wrap tag is taken for the nonce.
      flags: [UNAUTHENTIC, 'ENVELOPE_UNKNOWN_FLAGS'],
      'data-key id': [UNAUTHENTIC],
      'CMK in the wrap tag': ['KMS: another CMK'],
      'key material in the wrap tag': ['nothing but the census'],
      'section length': [MALFORMED],
      'context version': ['ENVELOPE_UNKNOWN_KEY_SECTION'],
      'creation hour': [MALFORMED, 'KMS: another encryption context'],
      app: ['another app'],
      scope: ['ENVELOPE_UNKNOWN_KEY_SECTION'],
      'tenant kind': [MALFORMED, 'ENVELOPE_UNKNOWN_KEY_SECTION'],
      'tenant length': [MALFORMED],
      tenant: [MALFORMED, 'KMS: another encryption context'],
      'blob length': [MALFORMED, 'KMS: another blob'],
      blob: ['KMS: another blob'],
      padding: [MALFORMED],
      'nonce, ciphertext, tag': [UNAUTHENTIC],
    })
  })

  it('is refused with every character of its text changed to its neighbour', () => {
    const text = encodeText(sealed(suite))
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
    for (let at = 0; at < text.length; at++) {
      const character = text.charAt(at)
      const other = alphabet.charAt((alphabet.indexOf(character) + 1) % 64)
      let key: ReturnType<typeof read> | undefined
      const code = codeOf(() => {
        key = read(decodeText(text.slice(0, at) + other + text.slice(at + 1)))
      })
      if (code === undefined) expect(key, `character ${at}`).not.toEqual(wrappedKey)
    }
  })

  it('is refused with any other version, suite or flags', () => {
    const bytes = sealed(suite)
    const first = bytes.readUInt8(0)
    for (let value = 0; value < 256; value++) {
      const changed = Buffer.from(bytes)
      changed.writeUInt8(value, 0)
      const known =
        value >> 4 !== 1
          ? 'ENVELOPE_UNKNOWN_VERSION'
          : [1, 2].includes(value & 15)
            ? UNAUTHENTIC
            : 'ENVELOPE_UNKNOWN_SUITE'
      expect(
        codeOf(() => read(changed)),
        `first byte ${value}`,
      ).toBe(value === first ? undefined : known)
      changed.writeUInt8(first, 0)
      changed.writeUInt8(value, 1)
      expect(
        codeOf(() => read(changed)),
        `flags ${value}`,
      ).toBe(value === 1 ? undefined : value === 0 ? UNAUTHENTIC : 'ENVELOPE_UNKNOWN_FLAGS')
    }
  })
})

describe('any other bytes', () => {
  it('throw a typed error', () => {
    const head = fc.constantFrom(Buffer.alloc(0), Buffer.from([0x11, 1]), Buffer.from([0x12, 1]))
    fc.assert(
      fc.property(head, fc.uint8Array({ maxLength: 200 }), (start, rest) => {
        expect(codeOf(() => read(Buffer.concat([start, rest])))).toMatch(/^ENVELOPE_/)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('the sizes in docs/format.md', () => {
  const sizes = page('docs/format.md').match(/^\| tenant \| suite .*?\n\n/ms)?.[0]

  it.each(['acme', '0191f2c4-7a3b-7cde-8f01-23456789abcd'])('hold for 20 bytes of text of the tenant %s', (tenant) => {
    for (const suite of allSuites) {
      const message = Buffer.alloc(suite.nonceLength + 20 + 16)
      const sizesOf = (prefix: Buffer) => {
        const bytes = Buffer.concat([prefix, message])
        return `${bytes.length} / ${encodeText(bytes).length}`
      }
      const inline = sizesOf(prefixBytes(suite, { ...wrappedKey, context: { ...wrappedKey.context, tenant } }))
      const table = sizesOf(encodePrefix(suite, Buffer.alloc(16)))
      const name = tenant === 'acme' ? '`acme`' : 'a UUID'
      expect(sizes).toContain(`| ${name} | \`${suite.name}\` | ${inline} | ${table} |`)
    }
  })

  it('are at most 400 characters inline for a text of 20 bytes of a UUID tenant, under a blob of 184 bytes', () => {
    const context = { ...wrappedKey.context, tenant: '0191f2c4-7a3b-7cde-8f01-23456789abcd' }
    const prefix = prefixBytes(suites['aes-256-gcm'], { ...wrappedKey, context })
    expect(encodeText(Buffer.concat([prefix, Buffer.alloc(12 + 20 + 16)])).length).toBeLessThanOrEqual(400)
  })
})

describe('a prefix', () => {
  it('is aligned so that base64 of the head and of the wrap tag can be compared by prefix in SQL', () => {
    const text = encodeText(sealed(suites['aes-256-gcm']))
    const prefix = prefixBytes(suites['aes-256-gcm'])
    expect(text.slice(0, 28)).toBe(`pe1:${prefix.subarray(0, 18).toString('base64')}`)
    expect(text.slice(28, 44)).toBe(prefix.subarray(18, 30).toString('base64'))
  })

  it('is never made of parts of another length, which would run into one another', () => {
    const suite = suites['aes-256-gcm']
    expect(() => encodePrefix(suite, Buffer.alloc(17))).toThrow(RangeError)
    expect(() => encodePrefix(suite, Buffer.alloc(15), wrappedKey)).toThrow(RangeError)
    expect(() => encodePrefix(suite, Buffer.alloc(16), { ...wrappedKey, wrapTag: Buffer.alloc(11) })).toThrow(
      RangeError,
    )
  })
})

function isSameContext(one: KeyContext, other: KeyContext): boolean {
  return JSON.stringify(encryptionContext('clinic', one)) === JSON.stringify(encryptionContext('clinic', other))
}

/** Where each part ends, counted from the known lengths of the test's record rather than by the parser. */
function regionsOf(bytes: Buffer) {
  const { tenant } = wrappedKey.context
  const lengths: [string, number][] = [
    ['version', 1],
    ['flags', 1],
    ['data-key id', 16],
    ['CMK in the wrap tag', 6],
    ['key material in the wrap tag', 6],
    ['section length', 2],
    ['context version', 1],
    ['creation hour', 4],
    ['app', 2],
    ['scope', 1],
    ['tenant kind', 1],
    ['tenant length', 1],
    ['tenant', tenant.length],
    ['blob length', 2],
    ['blob', wrappedKey.blob.length],
    ['padding', 2],
  ]
  let end = 0
  const regions = lengths.map(([name, length]) => {
    end += length
    return { name, end }
  })
  return [...regions, { name: 'nonce, ciphertext, tag', end: bytes.length }]
}
