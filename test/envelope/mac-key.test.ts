import { createHmac } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { importMacKey, NativeMacKey, NodeMacKey } from '../../src/envelope/mac-key.js'
import { accelerator } from '../../src/envelope/suites/accelerator.js'

const addon = accelerator()
const implementations = [
  { by: 'node:crypto', importKey: (bytes: Uint8Array) => new NodeMacKey(bytes) },
  ...(addon ? [{ by: 'the addon', importKey: (bytes: Uint8Array) => new NativeMacKey(addon, bytes) }] : []),
]
const bytes = () => Uint8Array.from({ length: 32 }, (_, i) => 255 - i)
const hex = (macs: readonly Uint8Array[]) => macs.map((mac) => Buffer.from(mac).toString('hex'))

describe.each(implementations)('HMAC-SHA-256 by $by', ({ importKey }) => {
  // RFC 4231, test cases whose keys have, or are padded with zeros to, no more than 32 bytes.
  it.each([
    ['0b'.repeat(20), 'Hi There', 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'],
    ['4a656665', 'what do ya want for nothing?', '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'],
    ['aa'.repeat(20), Buffer.alloc(50, 0xdd), '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe'],
    [
      Buffer.from(Array.from({ length: 25 }, (_, i) => i + 1)).toString('hex'),
      Buffer.alloc(50, 0xcd),
      '82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b',
    ],
  ])('of %s and %s is that of RFC 4231', (key, message, mac) => {
    const padded = Uint8Array.from(Buffer.from(key.padEnd(64, '0'), 'hex'))
    expect(hex(importKey(padded).macs([message], 32))).toEqual([mac])
  })

  it('is the same for a text and its bytes, in any order, again and again under one key', () => {
    const key = importKey(bytes())
    const message = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: 'binary' }),
      fc.uint8Array({ maxLength: 200 }),
    )
    fc.assert(
      fc.property(fc.array(message, { maxLength: 300 }), (messages) => {
        const expected = messages.map((each) => createHmac('sha256', bytes()).update(each).digest('hex'))
        expect(hex(key.macs(messages, 32))).toEqual(expected)
        expect(hex(key.macs(messages, 16))).toEqual(expected.map((mac) => mac.slice(0, 32)))
      }),
    )
  })

  it('is computed of long messages', () => {
    const key = importKey(bytes())
    for (const message of ['a'.repeat(2 ** 20), '漢'.repeat(2 ** 18), Buffer.alloc(2 ** 20, 3)]) {
      expect(hex(key.macs([message], 32))).toEqual([createHmac('sha256', bytes()).update(message).digest('hex')])
    }
  })

  it('is one of its own for each message: changing one changes no other', () => {
    const [first, second] = importKey(bytes()).macs(['a', 'b'], 16)
    const before = Buffer.from(second ?? [])
    first?.fill(0)
    expect(second).toEqual(new Uint8Array(before))
  })

  it('is not computed of a lone surrogate', () => {
    for (const text of ['\ud800', 'a\udc00b']) expect(() => importKey(bytes()).macs(['a', text], 16)).toThrow()
  })

  it('is not computed once the key was destroyed, and its bytes are wiped by then', () => {
    const given = bytes()
    const key = importKey(given)
    key.destroy()
    expect(given.every((byte) => byte === 0)).toBe(true)
    expect(() => key.macs(['a'], 16)).toThrow('destroyed')
    key.destroy()
  })
})

it('takes a key of 32 bytes only', () => {
  for (const length of [0, 16, 31, 33, 64]) expect(() => importMacKey(new Uint8Array(length))).toThrow(RangeError)
})

it('uses the addon where it was built', () => {
  expect(importMacKey(bytes())).toBeInstanceOf(addon === undefined ? NodeMacKey : NativeMacKey)
})
