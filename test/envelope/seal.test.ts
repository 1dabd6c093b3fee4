import { createCipheriv } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { authenticatedData } from '../../src/envelope/authenticated-data.js'
import {
  decodeValue,
  encodePrefix,
  encodeWrappedKey,
  openMessage,
  type Place,
  parseEnvelope,
  placeBytes,
  sealingKey,
  sealMessages,
  suites,
  wrapTag,
} from '../../src/envelope/index.js'
import { codeOf } from './support/errors.js'
import { allSuites, dataKey, place, prefixOf, record, SECRET, sealed } from './support/sealed.js'

beforeAll(() => suites['xchacha20-poly1305'].prepare())

describe.each(allSuites)('a message sealed with $name', (suite) => {
  const key = sealingKey(dataKey, suite)
  const open = (bytes: Buffer, at: Place) => openMessage(parseEnvelope(bytes), key, placeBytes(at))

  it('opens at its place', () => {
    expect(open(sealed(suite), place).toString()).toBe(SECRET)
  })

  it.each<Partial<Place>>([
    { tenant: 'globex' },
    { tenant: 'ACME' },
    { tenant: '' },
    { model: 'Doctor' },
    { field: 'phone' },
    { valueType: 'json' },
    { valueType: 'bytes' },
  ])('does not open at %j', (elsewhere) => {
    expect(codeOf(() => open(sealed(suite), { ...place, ...elsewhere }))).toBe('ENVELOPE_AUTHENTICATION_FAILED')
  })

  it('does not open where the names only concatenate alike', () => {
    const bytes = sealed(suite, { ...place, tenant: 'ab', model: 'c' })
    expect(codeOf(() => open(bytes, { ...place, tenant: 'a', model: 'bc' }))).toBe('ENVELOPE_AUTHENTICATION_FAILED')
    expect(open(bytes, { ...place, tenant: 'ab', model: 'c' }).toString()).toBe(SECRET)
  })

  it('does not open under another data key, nor under the data key itself', () => {
    const envelope = parseEnvelope(sealed(suite))
    for (const wrong of [sealingKey(Buffer.alloc(32, 1), suite), dataKey, Buffer.alloc(32)]) {
      expect(codeOf(() => openMessage(envelope, wrong, placeBytes(place)))).toBe('ENVELOPE_AUTHENTICATION_FAILED')
    }
  })

  it('opens after a rewrap, which changes the wrapped key and the wrap tag only', () => {
    const before = parseEnvelope(sealed(suite))
    const rewrapped = { ...record, cmkArn: `${record.cmkArn}-new`, blob: Buffer.alloc(200, 7) }
    const prefix = encodePrefix(
      suite,
      before.dataKeyId,
      wrapTag(rewrapped.cmkArn, rewrapped.keyMaterialId),
      encodeWrappedKey(rewrapped),
    )
    expect(open(Buffer.concat([prefix, before.nonce, before.sealed]), place).toString()).toBe(SECRET)
  })

  it('has a nonce of its own, in a batch and across batches', () => {
    const seal = () =>
      sealMessages(suite, key, prefixOf(suite), placeBytes(place), Array<Buffer>(500).fill(Buffer.from(SECRET)))
    const nonces = [...seal(), ...seal()].map((bytes) => parseEnvelope(bytes).nonce.toString('hex'))
    expect(new Set(nonces).size).toBe(1_000)
  })

  it('keeps its place in the batch, empty messages included', () => {
    const messages = ['one', '', 'three'].map((text) => Buffer.from(text))
    const batch = sealMessages(suite, key, prefixOf(suite), placeBytes(place), messages)
    expect(batch.map((bytes) => open(bytes, place).toString())).toEqual(['one', '', 'three'])
    expect(sealMessages(suite, key, prefixOf(suite), placeBytes(place), [])).toEqual([])
  })

  it('of four mebibytes is read back as it was', () => {
    const text = 'aé漢🦷'.repeat(2 ** 22 / 10)
    expect(decodeValue('text', open(sealed(suite, place, text), place)) === text).toBe(true)
  })

  it('is never put behind the head of another suite, where nobody could open it', () => {
    for (const other of allSuites) {
      if (other === suite) continue
      expect(() => sealMessages(suite, key, prefixOf(other), placeBytes(place), [])).toThrow(RangeError)
    }
  })
})

describe('an envelope with a shortened tag', () => {
  it('does not open, though the tag is a true one that AES-GCM could check', () => {
    const suite = suites['aes-256-gcm']
    const prefix = prefixOf(suite)
    const nonce = Buffer.alloc(12, 3)
    for (const authTagLength of [4, 8, 12, 13, 14, 15]) {
      const cipher = createCipheriv('aes-256-gcm', sealingKey(dataKey, suite), nonce, { authTagLength })
      cipher.setAAD(authenticatedData(prefix.subarray(0, 18), placeBytes(place)))
      const body = cipher.update('x'.repeat(32))
      cipher.final()
      const bytes = Buffer.concat([prefix, nonce, body, cipher.getAuthTag()])
      expect(
        codeOf(() => openMessage(parseEnvelope(bytes), sealingKey(dataKey, suite), placeBytes(place))),
        `${authTagLength}`,
      ).toBe('ENVELOPE_AUTHENTICATION_FAILED')
    }
  })
})
