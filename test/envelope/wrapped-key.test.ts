import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeWrappedKey,
  encodeWrappedKey,
  encryptionContext,
  MAX_BLOB_LENGTH,
  type WrappedKey,
  wrapTag,
} from '../../src/envelope/index.js'
import { codeOf } from './support/errors.js'
import { wrappedKey } from './support/sealed.js'

const MALFORMED = 'ENVELOPE_MALFORMED'
const LAST_HOUR = Date.UTC(9999, 11, 31, 23) / 3_600_000
const text = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((name) => name.isWellFormed())

const records: fc.Arbitrary<WrappedKey> = fc
  .record({
    context: fc.record({
      app: text,
      tenant: text,
      scope: text,
      createdHour: fc.integer({ min: 0, max: LAST_HOUR }),
    }),
    cmkArn: text,
    material: fc.option(fc.uint8Array({ minLength: 32, maxLength: 32 }), { nil: undefined }),
    blob: fc.uint8Array({ minLength: 1, maxLength: 600 }),
  })
  .map(({ context, cmkArn, material, blob }) => ({
    context,
    cmkArn,
    ...(material !== undefined && { keyMaterialId: Buffer.from(material).toString('hex') }),
    blob: Buffer.from(blob),
  }))

describe('a wrapped key record', () => {
  it('is read back as it was written', () => {
    fc.assert(
      fc.property(records, (any) => {
        expect(decodeWrappedKey(encodeWrappedKey(any))).toEqual(any)
      }),
    )
  })

  it('is refused at every shorter length, and with anything behind it', () => {
    const bytes = encodeWrappedKey(wrappedKey)
    for (let length = 0; length < bytes.length; length++) {
      expect(
        codeOf(() => decodeWrappedKey(bytes.subarray(0, length))),
        `${length}`,
      ).toBe(MALFORMED)
    }
    expect(codeOf(() => decodeWrappedKey(Buffer.concat([bytes, Buffer.alloc(1)])))).toBe(MALFORMED)
    expect(codeOf(() => decodeWrappedKey(Buffer.concat([bytes, bytes])))).toBe(MALFORMED)
  })

  it('throws a typed error for any bytes, or returns a record that is written as the same bytes', () => {
    const valid = encodeWrappedKey(wrappedKey)
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc
        .array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 })
        .map((changes) => changes.reduce((all, [at, byte]) => all.fill(byte, at, at + 1), Buffer.from(valid))),
    )
    fc.assert(
      fc.property(bytes, (any) => {
        codeOf(() => {
          const decoded = decodeWrappedKey(Buffer.from(any))
          encryptionContext(decoded.context)
          expect(encodeWrappedKey(decoded).equals(any)).toBe(true)
        })
      }),
      { numRuns: 2_000 },
    )
  })

  it.each([
    ['a stray continuation byte', '80'],
    ['an overlong form', 'c0af'],
    ['a surrogate', 'eda080'],
    ['a code point beyond U+10FFFF', 'f4908080'],
    ['a cut sequence', 'e282'],
  ])('is refused with %s in a name', (_what, hex) => {
    const name = 'x'.repeat(hex.length / 2)
    for (const at of ['app', 'tenant', 'scope'] as const) {
      const bytes = encodeWrappedKey({ ...wrappedKey, context: { ...wrappedKey.context, [at]: name } })
      const where = bytes.indexOf(Buffer.from(`\0${String.fromCharCode(name.length)}${name}`)) + 2
      Buffer.from(hex, 'hex').copy(bytes, where)
      expect(
        codeOf(() => decodeWrappedKey(bytes)),
        at,
      ).toBe(MALFORMED)
    }
  })

  it('is refused with another context version', () => {
    const bytes = encodeWrappedKey(wrappedKey)
    for (let version = 0; version < 256; version++) {
      bytes.writeUInt8(version, 0)
      expect(
        codeOf(() => decodeWrappedKey(bytes)),
        `${version}`,
      ).toBe(version === 1 ? undefined : MALFORMED)
    }
  })

  it('holds a blob of 1 to 6,144 bytes, written or read', () => {
    const longest = encodeWrappedKey({ ...wrappedKey, blob: Buffer.alloc(MAX_BLOB_LENGTH) })
    expect(decodeWrappedKey(longest).blob).toHaveLength(6_144)
    const tooLong = Buffer.concat([longest, Buffer.alloc(1)])
    tooLong.writeUInt16BE(MAX_BLOB_LENGTH + 1, longest.length - MAX_BLOB_LENGTH - 2)
    expect(codeOf(() => decodeWrappedKey(tooLong))).toBe(MALFORMED)
    const empty = Buffer.from(longest.subarray(0, longest.length - MAX_BLOB_LENGTH))
    empty.writeUInt16BE(0, empty.length - 2)
    expect(codeOf(() => decodeWrappedKey(empty))).toBe(MALFORMED)
    expect(() => encodeWrappedKey({ ...wrappedKey, blob: Buffer.alloc(MAX_BLOB_LENGTH + 1) })).toThrow(RangeError)
    expect(() => encodeWrappedKey({ ...wrappedKey, blob: Buffer.alloc(0) })).toThrow(RangeError)
  })

  it('accepts a key material id of 64 lower-case hexadecimal digits or none, and writes no other', () => {
    const { keyMaterialId: _, ...without } = wrappedKey
    expect(decodeWrappedKey(encodeWrappedKey(without))).toEqual(without)
    for (const wrong of ['ab', 'g'.repeat(64), 'A'.repeat(64), 'a'.repeat(63), 'a'.repeat(66), `${'a'.repeat(64)}\n`]) {
      expect(() => encodeWrappedKey({ ...wrappedKey, keyMaterialId: wrong }), wrong).toThrow(RangeError)
    }
  })

  it('is refused with a key material id of another length', () => {
    const bytes = encodeWrappedKey({ ...wrappedKey, blob: Buffer.alloc(2) })
    const at = bytes.length - 4 - 32 - 2
    expect(bytes.readUInt16BE(at)).toBe(32)
    const short = Buffer.concat([bytes.subarray(0, at), Buffer.from([0, 31]), bytes.subarray(at + 3)])
    expect(codeOf(() => decodeWrappedKey(short))).toBe(MALFORMED)
  })

  it('is refused with an hour that no calendar date of four-digit years can say', () => {
    const bytes = encodeWrappedKey({ ...wrappedKey, context: { ...wrappedKey.context, createdHour: LAST_HOUR } })
    expect(encryptionContext(decodeWrappedKey(bytes).context).created).toBe('9999-12-31T23Z')
    for (const hour of [LAST_HOUR + 1, 0x80000000, 0xffffffff]) {
      bytes.writeUInt32BE(hour, 1)
      expect(
        codeOf(() => decodeWrappedKey(bytes)),
        `${hour}`,
      ).toBe(MALFORMED)
    }
    for (const createdHour of [-1, 1.5, Number.NaN, LAST_HOUR + 1]) {
      expect(() => encodeWrappedKey({ ...wrappedKey, context: { ...wrappedKey.context, createdHour } })).toThrow(
        RangeError,
      )
    }
  })
})

describe('the encryption context', () => {
  it('contains version, app, tenant, scope and the hour of creation, and nothing else', () => {
    const context = { app: 'clinic', tenant: 'acme', scope: 'tenant', createdHour: 0 }
    expect(encryptionContext(context)).toEqual({
      'prisma-envelope': '1',
      app: 'clinic',
      tenant: 'acme',
      scope: 'tenant',
      created: '1970-01-01T00Z',
    })
    const hour = Date.UTC(2026, 11, 9, 7) / 3_600_000
    expect(encryptionContext({ ...context, createdHour: hour }).created).toBe('2026-12-09T07Z')
  })
})

describe('the wrap tag', () => {
  it('tells CMKs and key materials apart, and an absent material from any', () => {
    const material = wrappedKey.keyMaterialId
    const tags = [
      wrapTag('arn:a', material),
      wrapTag('arn:b', material),
      wrapTag('arn:a', 'f'.repeat(64)),
      wrapTag('arn:a'),
      wrapTag('arn:', 'a'),
    ]
    expect(new Set(tags.map((tag) => tag.toString('hex'))).size).toBe(tags.length)
    for (const tag of tags) expect(tag).toHaveLength(12)
    expect(wrapTag('arn:a', '').equals(wrapTag('arn:a'))).toBe(true)
  })
})
