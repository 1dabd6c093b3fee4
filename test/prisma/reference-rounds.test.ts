import { Decimal } from '@prisma/client/runtime/client'
import { describe, expect, test } from 'vitest'
import type { Plain } from '../../src/prisma/query/index.js'
import { isSame, nameOf, roundsOf } from '../../src/prisma/reference-rounds.js'

const model = 'Place'
const lookup = (reference: Plain) => ({ model, reference })
const sizesOf = (references: readonly Plain[]) =>
  roundsOf(references.map(lookup), (one) => one.model).map((round) => round.size)

const date = '2026-01-02T03:04:05.678Z'
const VALUES: readonly (readonly [string, () => unknown, unknown])[] = [
  ['dates', () => new Date(date), new Date(0)],
  ['decimals', () => new Decimal('1.50'), new Decimal('1.51')],
  ['bytes', () => Uint8Array.of(1, 255), Uint8Array.of(1, 254)],
]

describe('values of one column are the same', () => {
  test.each(VALUES)('%s: where they contain the same', (_kind, make, other) => {
    expect(isSame(make(), make())).toBe(true)
    expect(isSame(make(), other)).toBe(false)
    expect(isSame(make(), String(make()))).toBe(false)
  })

  test('bytes: whether in a Buffer or not', () => {
    expect(isSame(Buffer.of(1, 255), Uint8Array.of(1, 255))).toBe(true)
  })

  test('texts, numbers and integers: where they are equal', () => {
    expect([isSame('a', 'a'), isSame('a', 'A'), isSame(1, 1), isSame(1n, 1n), isSame(1n, 2n)]).toEqual([
      true,
      false,
      true,
      true,
      false,
    ])
  })

  test('objects that are none of these: only where they are one', () => {
    expect([isSame({}, {}), isSame([1], [1])]).toEqual([false, false])
  })
})

describe('references are looked up in one round', () => {
  test.each(VALUES)('%s: once, where two name the same row', (_kind, make, other) => {
    expect(sizesOf([{ id: make() }, { id: make() }, { id: other }])).toEqual([2])
  })

  test('texts that differ in letter case: in another', () => {
    expect(sizesOf([{ id: 'a' }, { id: 'A' }, { id: 'a' }])).toEqual([1, 1])
  })

  test('at most as many as there are parameters for, by the same fields', () => {
    const many = Array.from({ length: 201 }, (_, id) => ({ id }))
    const compound = Array.from({ length: 101 }, (_, id) => ({ a: 1, b: id }))
    expect(sizesOf([...many, ...compound])).toEqual([200, 1, 100, 1])
  })
})

test('a row that is found is recognised by what it contains: bytes also where they were given in a Buffer', () => {
  for (const [, make] of VALUES) expect(nameOf({ id: make() })).toBe(nameOf({ id: make() }))
  expect(nameOf({ id: Buffer.of(1, 255) })).toBe(nameOf({ id: Uint8Array.of(1, 255) }))
})
