import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FieldReader, lengthPrefixed } from '../../src/envelope/length-prefixed.js'

const truncated = () => new Error('truncated')

describe('length-prefixed fields', () => {
  it('writes the length in bytes of UTF-8, big endian, before each part', () => {
    expect(lengthPrefixed(['é', '', Buffer.from([9])]).toString('hex')).toBe('0002c3a90000000109')
  })

  it('are read back as they were written', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 6 }), (parts) => {
        const reader = new FieldReader(lengthPrefixed(parts), truncated)
        for (const part of parts) expect(reader.field().equals(part)).toBe(true)
        expect(reader.rest()).toHaveLength(0)
      }),
    )
  })

  it('differ wherever the parts differ', () => {
    const parts = fc.array(fc.string({ maxLength: 4 }), { maxLength: 4 })
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        expect(lengthPrefixed(a).equals(lengthPrefixed(b))).toBe(JSON.stringify(a) === JSON.stringify(b))
      }),
    )
  })

  it('hold 65,535 bytes and not one more', () => {
    expect(lengthPrefixed([Buffer.alloc(0xffff)])).toHaveLength(0xffff + 2)
    expect(() => lengthPrefixed([Buffer.alloc(0x10000)])).toThrow(RangeError)
    expect(() => lengthPrefixed(['é'.repeat(0x8000)])).toThrow(RangeError)
  })

  it('refuse lone surrogates, all of which UTF-8 would spell alike', () => {
    expect(() => lengthPrefixed(['tenant \ud800'])).toThrow(RangeError)
    expect(() => lengthPrefixed(['\udc00'])).toThrow(RangeError)
  })
})

describe('a field reader', () => {
  it('never reads past the end', () => {
    expect(() => new FieldReader(Buffer.alloc(0), truncated).u8()).toThrow('truncated')
    expect(() => new FieldReader(Buffer.alloc(1), truncated).u16()).toThrow('truncated')
    expect(() => new FieldReader(Buffer.alloc(3), truncated).u32()).toThrow('truncated')
    expect(() => new FieldReader(Buffer.from([0, 2, 9]), truncated).field()).toThrow('truncated')
  })
})
