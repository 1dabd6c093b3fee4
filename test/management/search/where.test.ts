import { expect, test } from 'vitest'
import { hasCondition } from '../../../src/management/search/where.js'

test.each([
  { id: 1 },
  { id: null },
  { members: { some: {} } },
  { OR: [{}, { id: 1 }] },
  { AND: { NOT: [{ id: { not: 1 } }] } },
])('%j says something of rows', (where) => {
  expect(hasCondition(where)).toBe(true)
})

test.each([
  undefined,
  {},
  { id: undefined },
  { id: {} },
  { id: { not: undefined } },
  { AND: [] },
  { OR: [{}, { AND: {} }], NOT: undefined },
])('%j does not', (where) => {
  expect(hasCondition(where)).toBe(false)
})
