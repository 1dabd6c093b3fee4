import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Found, Ranked } from '../../../src/management/search/ranked.js'

test('merges pages as one stable sort of all rows would order them, and keeps the first ones', async () => {
  const pages = fc.array(fc.array(fc.nat(5), { maxLength: 6 }), { maxLength: 9 })
  await fc.assert(
    fc.asyncProperty(
      pages,
      fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({ min: 1, max: 7 })),
      async (given, limit) => {
        let id = 0
        const rows = given.map((page) => page.map((value): Found => ({ key: { id: id++ }, values: [value] })))
        const ranked = new Ranked(([a], [b]) => Number(a) - Number(b), limit)
        for (const page of rows) ranked.add([...page])
        const all = rows.flat().sort((one, other) => Number(one.values[0]) - Number(other.values[0]))
        expect(await ranked.inOrder()).toEqual(all.slice(0, limit))
      },
    ),
  )
})
