import { describe, expect, test } from 'vitest'
import { encodeText, parseEnvelope, rewrapEnvelope, suites, wrappedKeyOf } from '../../src/envelope/index.js'
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

  test('is not taken for that of a damaged one, by even a bit', () => {
    const envelope = sealed(suite)
    const { length } = prefixBytes(suite)
    // The last two bytes are padding, which is refused at once.
    for (const back of [3, 4, 100]) {
      const damaged = altered(envelope, length - back)
      for (const one of [damaged, envelope, damaged]) {
        expect(knownPrefixOf(stored(one)).wrappedKey).toEqual(wrappedKeyOf(parseEnvelope(one)))
      }
    }
  })

  test('in the key table is its head alone', () => {
    const moved = rewrapEnvelope(stored(sealed(suite)), undefined)
    const known = knownPrefixOf(moved)
    expect(known).toMatchObject({ id: parseEnvelope(sealed(suite)).dataKeyId.toString('hex'), wrappedKey: undefined })
    expect(known.prefix.bytes).toHaveLength(18)
    expect(knownPrefixOf(rewrapEnvelope(stored(sealed(suite, undefined, 'another')), undefined))).toBe(known)
    expect(knownPrefixOf(stored(sealed(suite))).wrappedKey).toEqual(wrappedKey)
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

test('what is kept holds on to no more memory than its own', async () => {
  await suites['xchacha20-poly1305'].prepare()
  const row = Buffer.alloc(8_192)
  sealed(suites['xchacha20-poly1305'], undefined, 'in a page of rows').copy(row, 100)
  const { wrappedKey: kept, prefix } = knownPrefixOf(row.subarray(100))
  const all = [prefix.bytes, kept?.blob, kept?.wrapTag]
  expect(all.map((bytes) => bytes?.buffer.byteLength)).toEqual(all.map(() => prefix.bytes.length))
})
