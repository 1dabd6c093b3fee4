import { createCipheriv } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { authenticatedData } from '../../src/envelope/authenticated-data.js'
import { authenticatedHead } from '../../src/envelope/format.js'
import {
  type AuthenticatedNames,
  authenticatedBytes,
  encodeText,
  parseEnvelope,
  rewrapEnvelope,
  sealingKey,
  suites,
  type WrappedKey,
  wrapTag,
} from '../../src/envelope/index.js'
import { codeOf } from './support/errors.js'
import {
  allSuites,
  dataKey,
  keyFor,
  opened,
  openedBatch,
  place,
  prefixBytes,
  prefixFor,
  SECRET,
  sealed,
  sealedBatch,
  typeAt,
  wrappedKey,
} from './support/sealed.js'

beforeAll(() => suites['xchacha20-poly1305'].prepare())

describe.each(allSuites)('a message sealed with $name', (suite) => {
  const key = keyFor(suite)
  const open = (bytes: Uint8Array, at: AuthenticatedNames) => opened(bytes, authenticatedBytes(at), key, typeAt(at))

  it('opens at its place', () => {
    expect(open(sealed(suite), place)).toBe(SECRET)
  })

  it.each<Partial<AuthenticatedNames>>([
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
    expect(open(bytes, { ...place, tenant: 'ab', model: 'c' })).toBe(SECRET)
  })

  it('does not open under another data key, nor under the data key itself', () => {
    const wrong = [sealingKey(Buffer.alloc(32, 1), suite), Buffer.from(dataKey), Buffer.alloc(32)]
    for (const other of wrong.map((bytes) => suite.importKey(bytes))) {
      expect(codeOf(() => opened(sealed(suite), authenticatedBytes(place), other))).toBe(
        'ENVELOPE_AUTHENTICATION_FAILED',
      )
    }
  })

  it('opens after a rewrap, which changes the wrapped key and the wrap tag only', () => {
    const before = sealed(suite)
    const renewed: WrappedKey = { ...wrappedKey, wrapTag: wrapTag('arn:new'), blob: Buffer.alloc(200, 7) }
    const after = rewrapEnvelope(before, renewed)
    expect(open(after as Uint8Array, place)).toBe(SECRET)
    const { head, nonce, sealed: message, wrapped } = parseEnvelope(Buffer.from(after as Uint8Array))
    expect(parseEnvelope(before)).toMatchObject({ head, nonce, sealed: message })
    expect(wrapped?.tag).toEqual(renewed.wrapTag)
    expect(rewrapEnvelope(encodeText(before), renewed)).toBe(encodeText(Buffer.from(after as Uint8Array)))
  })

  it('has a nonce of its own, in a batch and across batches', () => {
    const sealThem = () =>
      sealedBatch(prefixFor(suite), key, authenticatedBytes(place), Array<string>(500).fill(SECRET), 'binary')
    const nonces = [...sealThem(), ...sealThem()].map((bytes) => parseEnvelope(Buffer.from(bytes as Uint8Array)).nonce)
    expect(new Set(nonces.map((nonce) => nonce.toString('hex'))).size).toBe(1_000)
  })

  it.each(['text', 'binary'] as const)(
    'keeps its place in the batch, in the %s form, empty messages included',
    (form) => {
      const messages = ['one', '', 'three']
      const batch = sealedBatch(prefixFor(suite), key, authenticatedBytes(place), messages, form)
      const opened = openedBatch(prefixFor(suite), key, authenticatedBytes(place), batch)
      expect(opened.map((each) => (typeof each === 'string' ? each : Buffer.from(each).toString()))).toEqual(messages)
      expect(sealedBatch(prefixFor(suite), key, authenticatedBytes(place), [], form)).toEqual([])
      expect(openedBatch(prefixFor(suite), key, authenticatedBytes(place), [])).toEqual([])
    },
  )

  it('keeps its place also where the batch is too large for one piece of memory', () => {
    const messages = [...Array(3_000).keys()].map((i) => `${i}`.repeat(i % 500))
    messages[1_500] = 'x'.repeat(2 ** 20)
    const batch = sealedBatch(prefixFor(suite), key, authenticatedBytes(place), messages, 'text')
    expect(openedBatch(prefixFor(suite), key, authenticatedBytes(place), batch)).toEqual(messages)
  })

  it('that does not open keeps the whole batch from being returned', () => {
    const batch = sealedBatch(prefixFor(suite), key, authenticatedBytes(place), ['one', 'two', 'three'], 'binary')
    const bytes = batch[1] as Uint8Array
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
    const open = () => openedBatch(prefixFor(suite), key, authenticatedBytes(place), batch)
    expect(codeOf(open)).toBe('ENVELOPE_AUTHENTICATION_FAILED')
  })

  it('opens after it was moved to the key table, and back, without being opened for that', () => {
    const inline = sealed(suite)
    const moved = Buffer.from(rewrapEnvelope(inline, undefined) as Uint8Array)
    expect(moved).toHaveLength(18 + suite.nonceLength + SECRET.length + 16)
    expect(open(moved, place)).toBe(SECRET)
    expect(rewrapEnvelope(moved, wrappedKey)).toEqual(new Uint8Array(inline))
    expect(encodeText(inline)[6]).toMatch(/[E-H]/)
    expect(encodeText(moved)[6]).toMatch(/[A-D]/)
  })

  it('does not open with its flag INLINE flipped: other bytes are then taken for nonce and ciphertext', () => {
    for (let i = 0; i < 200; i++) {
      const inline = sealed(suite)
      const table = Buffer.from(rewrapEnvelope(inline, undefined) as Uint8Array)
      for (const bytes of [inline, table]) {
        bytes.writeUInt8(bytes.readUInt8(1) ^ 1, 1)
        expect(codeOf(() => open(bytes, place))).toMatch(/^ENVELOPE_(AUTHENTICATION_FAILED|MALFORMED)$/)
      }
    }
  })

  it('of four mebibytes is read back as it was', () => {
    const text = 'aé漢🦷'.repeat(2 ** 22 / 10)
    expect(open(sealed(suite, place, text), place) === text).toBe(true)
  })
})

describe('an envelope with a shortened tag', () => {
  it('does not open, though the tag is a true one that AES-GCM could check', () => {
    const suite = suites['aes-256-gcm']
    const prefix = prefixBytes(suite)
    const nonce = Buffer.alloc(12, 3)
    for (const authTagLength of [4, 8, 12, 13, 14, 15]) {
      const cipher = createCipheriv('aes-256-gcm', sealingKey(dataKey, suite), nonce, { authTagLength })
      cipher.setAAD(authenticatedData(authenticatedHead(prefix), authenticatedBytes(place)))
      const body = cipher.update('x'.repeat(32))
      cipher.final()
      const bytes = Buffer.concat([prefix, nonce, body, cipher.getAuthTag()])
      expect(
        codeOf(() => opened(bytes, authenticatedBytes(place))),
        `${authTagLength}`,
      ).toBe('ENVELOPE_AUTHENTICATION_FAILED')
    }
  })
})
