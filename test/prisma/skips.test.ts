import { skip } from '@prisma/client/runtime/client'
import { expect, test } from 'vitest'
import { keepSkips } from '../../src/prisma/skips.js'

/** A copy as Prisma 6 makes it: `skip` has become an empty object. */
const asPrisma6 = (args: unknown) => structuredClone(JSON.parse(JSON.stringify(args)))

test('Prisma.skip comes back where the copy has {}, at any depth', () => {
  const original = {
    data: { ssn: skip, notes: { a: [{ b: skip }], c: {} } },
    where: { OR: [{ ssn: { equals: skip } }] },
  }
  const copy = asPrisma6(original)
  expect(copy.data.ssn).toEqual({})
  keepSkips(copy, original)
  expect(copy).toEqual(original)
  expect(copy.data.ssn).toBe(skip)
  expect(copy.data.notes.a[0].b).toBe(skip)
  expect(copy.where.OR[0].ssn.equals).toBe(skip)
})

test('nothing else of the original is copied', () => {
  const original = { data: { notes: { a: 1 }, photo: Uint8Array.of(1), at: new Date(0), name: undefined } }
  const copy = { data: { notes: { a: 2 }, photo: Uint8Array.of(2), at: new Date(1), name: {} } }
  const before = structuredClone(copy)
  keepSkips(copy, original)
  expect(copy).toEqual(before)
  expect(copy.data.notes).not.toBe(original.data.notes)
})

test('without the original nothing changes', () => {
  const copy = { data: { ssn: {} } }
  keepSkips(copy, undefined)
  expect(copy).toEqual({ data: { ssn: {} } })
})
