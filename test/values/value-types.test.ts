import { describe, expect, it } from 'vitest'
import { type Plaintext, suites } from '../../src/envelope/index.js'
import { fieldType } from '../../src/prisma/query/field-type.js'
import { type ValueType, valueTypes } from '../../src/values/index.js'
import { codeOf } from '../envelope/support/errors.js'
import { keyFor, openedAt, openedBatch, prefixFor, SECRET, sealedBatch } from '../envelope/support/sealed.js'

const suite = suites['aes-256-gcm']
const place = Buffer.from('any place')

/** A value there and back, between other values. */
function readBack(type: ValueType, value: unknown): unknown {
  const form = type.column === 'bytes' ? 'binary' : 'text'
  const other = form === 'binary' ? Uint8Array.of(0xff) : '\u00ff'
  const messages = [other, type.encode(value), other]
  const sealed = sealedBatch(prefixFor(suite), keyFor(suite), place, messages, form)
  return type.decode(openedBatch(prefixFor(suite), keyFor(suite), place, sealed)[1] ?? other)
}

const textType = valueTypes.text
const bytesType = valueTypes.bytes
/** As the fields of a Prisma client have it. */
const jsonType = fieldType('json')

/** The value in an envelope in which another writer has sealed these bytes. */
function decode(type: ValueType, bytes: Plaintext): unknown {
  const [sealed = ''] = sealedBatch(prefixFor(suite), keyFor(suite), place, [bytes], 'binary')
  return openedAt(prefixFor(suite), keyFor(suite), place, type, sealed)
}

const INVALID = 'ENVELOPE_VALUE_INVALID'

describe('a text value', () => {
  it.each([
    ['nothing', ''],
    ['a NUL', 'a\0b'],
    ['emoji', '👩‍👩‍👧🦷'],
    ['a byte order mark', '\ufeffx'],
    ['a replacement character', '\ufffd'],
    ['unnormalised letters', 'e\u0301 é'],
    ['what looks like an envelope', 'pe1:AAAA'],
    ['four mebibytes', 'aé漢🦷'.repeat(2 ** 22 / 10)],
  ])('of %s is read back as it was', (_what, text) => {
    expect(readBack(textType, text) === text).toBe(true)
  })

  it('is read without the padding behind it, of any length', () => {
    for (const text of ['', 'a', '漢字', 'exactly sixteen!']) {
      for (const padding of [0, 1, 15, 16, 1_000]) {
        const padded = Buffer.concat([Buffer.from(text), Buffer.alloc(padding, 0xff)])
        expect(decode(textType, padded)).toBe(text)
        const json = Buffer.concat([Buffer.from(JSON.stringify([text])), Buffer.alloc(padding, 0xff)])
        expect(decode(jsonType, json)).toEqual([text])
      }
    }
    expect(decode(bytesType, Buffer.of(1, 0xff))).toEqual(new Uint8Array([1, 0xff]))
  })

  it.each(['\ud800', `${SECRET}\udc00`, 'a\udc00\ud800b', '🦷'.slice(0, 1)])(
    'with a lone surrogate is refused',
    (text) => {
      expect(codeOf(() => textType.encode(text))).toBe(INVALID)
    },
  )

  it.each([
    null,
    undefined,
    1,
    1n,
    true,
    [SECRET],
    { value: SECRET },
    Buffer.from(SECRET),
    new String(SECRET),
    new Date(),
  ])('is never made of another type', (value) => {
    expect(codeOf(() => textType.encode(value))).toBe(INVALID)
  })

  it('that another writer sealed as ill-formed UTF-8 is refused, never altered', () => {
    expect(codeOf(() => decode(textType, Buffer.from([0x61, 0xff, 0x61])))).toBe('ENVELOPE_MALFORMED')
  })
})

describe('a bytes value', () => {
  it('is read back as it was, as a plain Uint8Array', () => {
    for (const bytes of [new Uint8Array(0), Uint8Array.of(0, 255, 128), Buffer.from('buffer')]) {
      const back = readBack(bytesType, bytes)
      expect(back).toEqual(new Uint8Array(bytes))
      expect(Buffer.isBuffer(back)).toBe(false)
    }
  })

  it('copies only the part of the memory that a view shows', () => {
    const memory = Uint8Array.of(1, 2, 3, 4, 5)
    expect(bytesType.encode(memory.subarray(1, 3))).toEqual(Uint8Array.of(2, 3))
  })

  it('shares no memory with the caller, on either way', () => {
    const given = Uint8Array.of(1, 2, 3)
    const encoded = bytesType.encode(given)
    given.fill(9)
    expect(encoded).toEqual(Uint8Array.of(1, 2, 3))
    const sealed = sealedBatch(prefixFor(suite), keyFor(suite), place, [encoded], 'binary')
    const [opened] = openedBatch(prefixFor(suite), keyFor(suite), place, sealed)
    for (const envelope of sealed) (envelope as Uint8Array).fill(0)
    expect(bytesType.decode(opened ?? '')).toEqual(Uint8Array.of(1, 2, 3))
  })

  it.each([null, SECRET, [1, 2], new ArrayBuffer(2), new Uint16Array(2), new DataView(new ArrayBuffer(2))])(
    'is never made of another type',
    (value) => {
      expect(codeOf(() => bytesType.encode(value))).toBe(INVALID)
    },
  )
})

describe('a JSON value', () => {
  it.each([
    null,
    true,
    0,
    -1.5,
    1e21,
    '',
    'text',
    [],
    {},
    [null, [1, [2]], { a: { b: [] } }],
    { 'key with \0': '\ud800 alone', nested: { null: null } },
    JSON.parse('{"__proto__": {"x": 1}}'),
  ])('%j is read back as it was', (value) => {
    expect(readBack(jsonType, value)).toEqual(value)
  })

  it('is written as Prisma writes it', () => {
    const value = {
      big: 12345678901234567890n,
      bytes: Uint8Array.of(1, 2, 255),
      buffer: Buffer.from('hi'),
      part: Uint8Array.of(1, 2, 3).subarray(1, 2),
      date: new Date(0),
      decimal: { toJSON: () => '1.5' },
      own: { toJSON: () => ({ z: 1n }) },
      gone: undefined,
      notANumber: Number.NaN,
    }
    expect(jsonType.encode(value)).toBe(
      '{"big":"12345678901234567890","bytes":"AQL/","buffer":"aGk=","part":"Ag==","date":"1970-01-01T00:00:00.000Z",' +
        '"decimal":"1.5","own":{"z":"1"},"notANumber":null}',
    )
  })

  const circle: Record<string, unknown> = { [SECRET]: 1 }
  circle[SECRET] = circle
  const throwing = {
    toJSON() {
      throw new Error(SECRET)
    },
  }
  it.each([
    ['undefined', undefined],
    ['a function', () => SECRET],
    ['a symbol', Symbol(SECRET)],
    ['a function within', { a: [() => SECRET] }],
    ['a symbol within', { a: Symbol(SECRET) }],
    ['undefined in an array, which would become null', [1, undefined]],
    ['a circle', circle],
    ['a toJSON that throws', { a: throwing }],
  ])('is never made of %s', (_what, value) => {
    expect(codeOf(() => jsonType.encode(value))).toBe(INVALID)
  })

  it('that another writer sealed as something else is refused without quoting it', () => {
    expect(codeOf(() => decode(jsonType, Buffer.from(SECRET)))).toBe('ENVELOPE_MALFORMED')
    expect(codeOf(() => decode(jsonType, Buffer.from([0x22, 0xff, 0x22])))).toBe('ENVELOPE_MALFORMED')
  })
})
