import { beforeAll, describe, expect, test } from 'vitest'
import { openStage } from '../support/stage.js'

const { acme } = await openStage()

/** More than two pages of a search, and than two rounds of reading what is selected. */
const ROWS = 2_400
beforeAll(async () => {
  const people = Array.from({ length: ROWS }, (_, i) => ({
    id: String(i).padStart(4, '0'),
    email: `e${i}`,
    age: i % 2,
  }))
  for (let from = 0; from < ROWS; from += 800) await acme.patient.createMany({ data: people.slice(from, from + 800) })
}, 60_000)

/** As many applications have one: nobody reads more than so many rows at once. */
const capped = acme.$extends({
  query: {
    patient: { findMany: ({ args, query }) => query({ ...args, take: Math.min(args.take ?? 300, 300) }) },
  },
})
/** Rows that the caller may not see are taken out of what was read. */
const filtered = acme.$extends({
  query: {
    patient: {
      async findMany({ args, query }) {
        const select = args.select ? { ...args.select, age: true } : args.select
        const rows = await query(select === undefined ? args : { ...args, select })
        return rows.filter(({ age }) => age === 0)
      },
    },
  },
})

describe('a search reaches all rows that a later extension leaves', () => {
  test.each([
    ['which reads few rows at once', capped, ROWS],
    ['which takes rows out of what was read', filtered, ROWS / 2],
  ] as const)('%s', async (_, client, expected) => {
    const search = client.$encryption.search
    const match = { email: { startsWith: 'e' } }
    expect((await search('Patient', { match })).rows).toHaveLength(expected)
    expect((await search('Patient', { match, orderBy: { email: 'desc' } })).rows).toHaveLength(expected)

    const selected = await search('Patient', { match, select: { email: true }, cursor: { id: '0000' } })
    expect(new Set(selected.rows.map(({ email }) => email)).size).toBe(expected - 1)
    expect(selected.cursor).toBeUndefined()
  })
})
