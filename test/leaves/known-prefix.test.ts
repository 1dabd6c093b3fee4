import { describe, expect, test } from 'vitest'
import { encodeText, parseEnvelope, suites, wrappedKeyOf } from '../../src/envelope/index.js'
import { knownPrefixOf } from '../../src/leaves/known-prefix.js'
import { prefixBytes, sealed, wrappedKey } from '../envelope/support/sealed.js'

const suite = suites['aes-256-gcm']
function altered(envelope: Buffer, at: number): Buffer {
  const copy = Buffer.from(envelope)
  copy.writeUInt8(copy.readUInt8(at) ^ 1, at)
  return copy
}

describe.each([
  ['text', encodeText],
  ['binary', (envelope: Buffer) => new Uint8Array(envelope)],
])('what an envelope in the %s form begins with', (_form, stored) => {
  test('is taken apart once for all that begin alike', () => {
    const first = knownPrefixOf(stored(sealed(suite)))
    expect(first.wrappedKey).toEqual(wrappedKey)
    expect(first.id).toBe(parseEnvelope(sealed(suite)).dataKeyId.toString('hex'))
    expect(knownPrefixOf(stored(sealed(suite, undefined, 'another value')))).toBe(first)
  })

  // The last bytes of the text form share a character with what follows, in one way or another.
  test.each([184, 185, 186])('is not taken for that of a damaged one, by even a bit (a blob of %i bytes)', (length) => {
    const wrapped = { ...wrappedKey, blob: Buffer.alloc(length, 0xb1) }
    const prefix = prefixBytes(suite, wrapped)
    const envelope = Buffer.concat([prefix, sealed(suite).subarray(prefixBytes(suite).length)])
    for (const back of [1, 2, 3, 100]) {
      const damaged = altered(envelope, prefix.length - back)
      for (const one of [damaged, envelope, damaged]) {
        expect(knownPrefixOf(stored(one)).wrappedKey).toEqual(wrappedKeyOf(parseEnvelope(one)))
      }
    }
  })

  test('throws each time for a value that is not an envelope', () => {
    const envelope = altered(sealed(suite), 0)
    for (const _ of [1, 2]) expect(() => knownPrefixOf(stored(envelope))).toThrow('suite')
  })
})

test('what was taken apart stays as it was when the row changes', async () => {
  await suites['xchacha20-poly1305'].prepare()
  // With another beginning than in the other tests, so that it is met here first.
  const row = new Uint8Array(sealed(suites['xchacha20-poly1305']))
  const { wrappedKey: kept, prefix } = knownPrefixOf(row)
  const bytes = Buffer.from(prefix.bytes)
  row.fill(0)
  expect(kept).toEqual(wrappedKey)
  expect(prefix.bytes).toEqual(bytes)
})
