import { describe, expect, test } from 'vitest'
import { knownPrefixOf } from '../../src/cipher/known-prefix.js'
import { encodeText, parseEnvelope, suites, wrappedKeyOf } from '../../src/envelope/index.js'
import { record, sealed } from '../envelope/support/sealed.js'

const suite = suites['aes-256-gcm']
/** Behind the head, the wrap tag, and all of the wrapped key but its blob. */
const IN_BLOB = parseEnvelope(sealed(suite)).prefix.length - 100

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
    expect(first.record).toEqual(record)
    expect(first.id).toBe(parseEnvelope(sealed(suite)).dataKeyId.toString('hex'))
    expect(knownPrefixOf(stored(sealed(suite, undefined, 'another value')))).toBe(first)
  })

  test('is not taken for that of another which is wrapped in another way, by even a bit', () => {
    const envelope = sealed(suite)
    knownPrefixOf(stored(envelope))
    const other = altered(envelope, IN_BLOB)
    expect(knownPrefixOf(stored(other)).record).toEqual(wrappedKeyOf(parseEnvelope(other)))
    expect(knownPrefixOf(stored(other)).record).not.toEqual(record)
    expect(knownPrefixOf(stored(envelope)).record).toEqual(record)
  })

  test('throws each time where it is no envelope', () => {
    const envelope = altered(sealed(suite), 0)
    for (const _ of [1, 2]) expect(() => knownPrefixOf(stored(envelope))).toThrow('suite')
  })
})

test('what was taken apart stays as it was when the row changes', async () => {
  await suites['xchacha20-poly1305'].prepare()
  // With another beginning than in the other tests, so that it is met here first.
  const row = new Uint8Array(sealed(suites['xchacha20-poly1305']))
  const { record: kept, prefix } = knownPrefixOf(row)
  const bytes = Buffer.from(prefix.bytes)
  row.fill(0)
  expect(kept).toEqual(record)
  expect(prefix.bytes).toEqual(bytes)
})
