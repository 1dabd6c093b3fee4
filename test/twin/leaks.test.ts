import { describe, expect, test } from 'vitest'
import { holdsMark, shows } from './leaks.js'
import { MARK } from './values.js'

describe('the mark is noticed', () => {
  test('in a text, and in texts and bytes inside other values', () => {
    for (const value of [
      `a ${MARK} b`,
      [1, [`${MARK}`]],
      { a: { b: Buffer.from(`x${MARK}`) } },
      new Map([[1, MARK]]).values().next(),
    ]) {
      expect(holdsMark(value)).toBe(true)
    }
    expect(holdsMark('7390 518264')).toBe(false)
    expect(holdsMark([null, undefined, 1, { a: new Uint8Array(3) }])).toBe(false)
  })

  test('as base64 at every offset, and as hexadecimal', () => {
    for (const before of ['', 'a', 'ab', 'abc', 'ann.']) {
      const bytes = Buffer.from(`${before}${MARK}@example.com`)
      for (const encoding of ['base64', 'base64url', 'hex'] as const) {
        expect(holdsMark(bytes.toString(encoding)), `${encoding} after ${JSON.stringify(before)}`).toBe(true)
      }
    }
  })

  test('in what an error shows, hidden properties included', () => {
    expect(shows(new Error(`it was ${MARK}`))).toBe(true)
    expect(shows(new Error('outer', { cause: { deep: [{ value: MARK }] } }))).toBe(true)
    const hidden = Object.defineProperty(new Error('quiet'), 'value', { value: MARK, enumerable: false })
    expect(shows(hidden)).toBe(true)
    expect(shows(new Error('quiet'))).toBe(false)
  })
})
