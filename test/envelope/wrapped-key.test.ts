import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  appTag,
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
/** Where the tenant begins in a section. */
const TENANT_AT = 8
const LAST_HOUR = Date.UTC(9999, 11, 31, 23) / 3_600_000
const uuid = fc.uuid()
const tenants = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).filter((name) => name.isWellFormed()),
  uuid,
  uuid.map((id) => id.toUpperCase()),
)

const records: fc.Arbitrary<WrappedKey> = fc
  .record({
    context: fc.record({
      appTag: fc.nat(0xffff),
      tenant: tenants,
      scope: fc.constant('tenant'),
      createdHour: fc.integer({ min: 0, max: LAST_HOUR }),
    }),
    wrapTag: fc.uint8Array({ minLength: 12, maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
    blob: fc.uint8Array({ minLength: 1, maxLength: 600 }).map((bytes) => Buffer.from(bytes)),
  })
  .filter(({ context }) => Buffer.byteLength(context.tenant) <= 255)

function decode(section: Uint8Array): WrappedKey {
  return decodeWrappedKey(wrappedKey.wrapTag, Buffer.from(section))
}

describe('a wrapped key record', () => {
  it('is read back as it was written', () => {
    fc.assert(
      fc.property(records, (any) => {
        const section = encodeWrappedKey(any)
        expect(decodeWrappedKey(any.wrapTag, section)).toEqual(any)
        expect((32 + section.length) % 3).toBe(0)
      }),
    )
  })

  it('is refused at every shorter length, and with anything behind it', () => {
    const bytes = encodeWrappedKey(wrappedKey)
    for (let length = 0; length < bytes.length; length++) {
      expect(
        codeOf(() => decode(bytes.subarray(0, length))),
        `${length}`,
      ).toBe(MALFORMED)
    }
    expect(codeOf(() => decode(Buffer.concat([bytes, Buffer.alloc(1)])))).toBe(MALFORMED)
    expect(codeOf(() => decode(Buffer.concat([bytes, bytes])))).toBe(MALFORMED)
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
          const decoded = decode(any)
          encryptionContext('clinic', decoded.context)
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
  ])('is refused with %s in the tenant', (_what, hex) => {
    const name = 'x'.repeat(hex.length / 2)
    const bytes = encodeWrappedKey({ ...wrappedKey, context: { ...wrappedKey.context, tenant: name } })
    Buffer.from(hex, 'hex').copy(bytes, TENANT_AT + 2)
    expect(codeOf(() => decode(bytes))).toBe(MALFORMED)
  })

  it('is refused with another context version', () => {
    const bytes = encodeWrappedKey(wrappedKey)
    for (let version = 0; version < 256; version++) {
      bytes.writeUInt8(version, 0)
      expect(
        codeOf(() => decode(bytes)),
        `${version}`,
      ).toBe(version === 1 ? undefined : 'ENVELOPE_UNKNOWN_KEY_SECTION')
    }
  })

  it('holds a blob of 1 to 6,144 bytes, written or read', () => {
    const longest = encodeWrappedKey({ ...wrappedKey, blob: Buffer.alloc(MAX_BLOB_LENGTH) })
    expect(decode(longest).blob).toHaveLength(6_144)
    const lengthAt = TENANT_AT + 2 + 'acme'.length
    const withLength = (length: number) => {
      const start = Buffer.from(longest.subarray(0, lengthAt + 2))
      start.writeUInt16BE(length, lengthAt)
      const bytes = Buffer.concat([start, Buffer.alloc(length)])
      return Buffer.concat([bytes, Buffer.alloc((3 - ((32 + bytes.length) % 3)) % 3)])
    }
    expect(withLength(MAX_BLOB_LENGTH)).toEqual(longest)
    for (const length of [0, MAX_BLOB_LENGTH + 1]) expect(codeOf(() => decode(withLength(length)))).toBe(MALFORMED)
    expect(() => encodeWrappedKey({ ...wrappedKey, blob: Buffer.alloc(MAX_BLOB_LENGTH + 1) })).toThrow(RangeError)
    expect(() => encodeWrappedKey({ ...wrappedKey, blob: Buffer.alloc(0) })).toThrow(RangeError)
  })

  it('has one form for each tenant: a UUID in lower case is written as its bytes, and is refused as text', () => {
    const id = '0191f2c4-7a3b-7cde-8f01-23456789abcd'
    const section = (tenant: string) => encodeWrappedKey({ ...wrappedKey, context: { ...wrappedKey.context, tenant } })
    const packed = section(id)
    expect(packed.toString('hex', TENANT_AT, TENANT_AT + 17)).toBe(`01${id.replaceAll('-', '')}`)
    const other = section(id.toUpperCase())
    expect(other.subarray(TENANT_AT, TENANT_AT + 2)).toEqual(Buffer.from([0, 36]))
    other.write(id, TENANT_AT + 2)
    expect(codeOf(() => decode(other))).toBe(MALFORMED)
  })

  it('is refused with another kind of tenant or scope, which a later release may write', () => {
    const bytes = encodeWrappedKey(wrappedKey)
    for (const at of [TENANT_AT - 1, TENANT_AT]) {
      const kind = bytes.readUInt8(at)
      for (let value = 2; value < 256; value++) {
        bytes.writeUInt8(value, at)
        expect(codeOf(() => decode(bytes))).toBe('ENVELOPE_UNKNOWN_KEY_SECTION')
      }
      bytes.writeUInt8(kind, at)
    }
  })

  it('is never written for another scope, nor for a tenant that cannot be read', () => {
    const { context } = wrappedKey
    expect(() => encodeWrappedKey({ ...wrappedKey, context: { ...context, scope: 'row' } })).toThrow(RangeError)
    for (const tenant of ['', '\ud800', 'x'.repeat(256)]) {
      expect(() => encodeWrappedKey({ ...wrappedKey, context: { ...context, tenant } }), tenant).toThrow(RangeError)
    }
    expect(() => encodeWrappedKey({ ...wrappedKey, wrapTag: Buffer.alloc(11) })).toThrow(RangeError)
  })

  it('is refused with padding of another length or value', () => {
    const bytes = encodeWrappedKey(wrappedKey)
    expect(bytes.subarray(-2)).toEqual(Buffer.alloc(2))
    for (const wrong of [bytes.subarray(0, -1), bytes.subarray(0, -2), Buffer.concat([bytes, Buffer.alloc(3)])]) {
      expect(codeOf(() => decode(wrong))).toBe(MALFORMED)
    }
    bytes.writeUInt8(1, bytes.length - 1)
    expect(codeOf(() => decode(bytes))).toBe(MALFORMED)
  })

  it('is refused with an hour that no calendar date of four-digit years can say', () => {
    const bytes = encodeWrappedKey({ ...wrappedKey, context: { ...wrappedKey.context, createdHour: LAST_HOUR } })
    expect(encryptionContext('clinic', decode(bytes).context).created).toBe('9999-12-31T23Z')
    for (const hour of [LAST_HOUR + 1, 0x80000000, 0xffffffff]) {
      bytes.writeUInt32BE(hour, 1)
      expect(
        codeOf(() => decode(bytes)),
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
    const context = { appTag: appTag('clinic'), tenant: 'acme', scope: 'tenant', createdHour: 0 }
    expect(encryptionContext('clinic', context)).toEqual({
      'prisma-envelope': '1',
      app: 'clinic',
      tenant: 'acme',
      scope: 'tenant',
      created: '1970-01-01T00Z',
    })
    const hour = Date.UTC(2026, 11, 9, 7) / 3_600_000
    expect(encryptionContext('clinic', { ...context, createdHour: hour }).created).toBe('2026-12-09T07Z')
  })
})

describe('the wrap tag', () => {
  const arn = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
  const replica = 'arn:aws:kms:eu-central-1:111122223333:key/mrk-0123456789abcdef0123456789abcdef'
  const material = 'ab'.repeat(32)

  it('tells CMKs and key materials apart, each in a half of its own, and an absent material from any', () => {
    const tags = [wrapTag(arn, material), wrapTag(`${arn}0`, material), wrapTag(arn, 'f'.repeat(64)), wrapTag(arn)]
    for (const tag of tags) expect(tag).toHaveLength(12)
    const halves = (from: number) => tags.map((tag) => tag.toString('hex', from, from + 6))
    expect(new Set(halves(0)).size).toBe(2)
    expect(new Set(halves(6)).size).toBe(3)
    expect(halves(6).at(-1)).toBe('000000000000')
  })

  it('is the same in all Regions for a multi-Region key, and for no other', () => {
    const elsewhere = (of: string) => of.replace('eu-central-1', 'us-east-1')
    expect(wrapTag(elsewhere(replica))).toEqual(wrapTag(replica))
    expect(wrapTag(elsewhere(arn))).not.toEqual(wrapTag(arn))
    expect(wrapTag(replica.replace('111122223333', '999999999999'))).not.toEqual(wrapTag(replica))
    expect(wrapTag(replica.replace('arn:aws:', 'arn:aws-cn:'))).not.toEqual(wrapTag(replica))
  })

  it('is the start of two SHA-256, as a shell computes it', () => {
    const sha = (text: string) => createHash('sha256').update(text).digest().subarray(0, 6)
    expect(wrapTag(arn, material)).toEqual(Buffer.concat([sha(arn), sha(material)]))
  })
})
