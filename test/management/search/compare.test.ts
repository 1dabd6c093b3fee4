import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { byCodePoint, compareValues } from '../../../src/management/search/compare.js'
import { comparing } from '../../../src/management/search/order.js'

const sign = (number: number): number => Math.sign(number)

describe('texts', () => {
  test('compare by code points, as their UTF-8 does', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'B', 'é', '\uffee', '😀', '\ud7ff', '') })
    fc.assert(
      fc.property(text, text, (one, other) => {
        expect(sign(byCodePoint(one, other))).toBe(Buffer.compare(Buffer.from(one), Buffer.from(other)))
      }),
    )
  })
})

/** As much of a Decimal as is recognised. */
const decimal = (text: string) => ({ toFixed: () => text, toStringTag: '[object Decimal]' })

describe('values of other columns', () => {
  test.each([
    [1, 2],
    [-1.5, 0],
    [1n, 2n ** 63n],
    [false, true],
    [new Date(1), new Date(2)],
    [new Uint8Array([1, 255]), new Uint8Array([2])],
    [decimal('-2'), decimal('-1.999')],
    [decimal('0.1'), decimal('0.11')],
    [decimal('9007199254740993'), decimal('9007199254740993.0000000000000000001')],
    [decimal('9.9'), decimal('10')],
    [decimal('-0.5'), decimal('0.25')],
  ])('%o before %o', (one, other) => {
    expect(sign(compareValues(one, other, byCodePoint))).toBe(-1)
    expect(sign(compareValues(other, one, byCodePoint))).toBe(1)
    expect(compareValues(one, one, byCodePoint)).toBe(0)
  })

  test('zero has no sign, and no number of digits', () => {
    expect(compareValues(decimal('-0.00'), decimal('0'), byCodePoint)).toBe(0)
  })
})

test('the next field decides where one is the same, or NULL in both', () => {
  const compare = comparing(
    [
      { field: 'a', descending: false, nullsFirst: false },
      { field: 'b', descending: true, nullsFirst: true },
    ],
    byCodePoint,
  )
  const rows = [
    ['x', 1],
    [null, 2],
    ['x', null],
    [null, 3],
    ['w', 0],
    ['x', 1],
  ]
  expect(rows.sort(compare)).toEqual([
    ['w', 0],
    ['x', null],
    ['x', 1],
    ['x', 1],
    [null, 3],
    [null, 2],
  ])
})
