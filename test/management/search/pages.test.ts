import { describe, expect, test } from 'vitest'
import { keyOfModel } from '../../../src/management/search/key.js'
import { PAGE, pagesOf, type Rows, selectedRows } from '../../../src/management/search/pages.js'
import type { SearchPlan } from '../../../src/management/search/plan.js'
import type { Model, Plain } from '../../../src/prisma/query/index.js'

const planOf = (type: string, more: Partial<SearchPlan> = {}): SearchPlan => {
  const model = { name: 'Thing', key: ['id'], fields: new Map([['id', { kind: 'scalar', type, column: 'id' }]]) }
  // As much of a plan as pages are read by.
  const known = { model, key: keyOfModel(model as unknown as Model, undefined), max: 10 * PAGE, reads: { id: true } }
  return { ...known, ...more } as unknown as SearchPlan
}

/** A table whose `findMany` takes what pages ask for. */
const tableOf = (ids: readonly unknown[], calls: Plain[] = []): Rows => ({
  async findMany(args) {
    calls.push(args)
    const { gt } = ((args.where as Plain | undefined)?.id ?? {}) as { gt?: number }
    const rest = gt === undefined ? ids : ids.filter((id) => Number(id) > gt)
    return rest.slice(0, Number(args.take)).map((id) => ({ id }))
  },
  count: async () => ids.length,
})

const allOf = async (rows: Rows, plan: SearchPlan): Promise<unknown[]> => {
  const found: unknown[] = []
  for await (const page of pagesOf(rows, plan, undefined, await rows.count({}))) found.push(...page.map(({ id }) => id))
  return found
}
const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

describe('pages', () => {
  test.each([0, 1, PAGE - 1, PAGE, PAGE + 1, 3 * PAGE])('have each of %i rows once', async (count) => {
    expect(await allOf(tableOf(numbers(count)), planOf('Int'))).toEqual(numbers(count))
  })

  test('end where more rows than max have come since they were counted', async () => {
    const search = allOf(tableOf(numbers(2 * PAGE)), planOf('Int', { max: PAGE + 5 }))
    await expect(search).rejects.toMatchObject({ code: 'ENVELOPE_SEARCH_TOO_LARGE' })
  })

  test('are one where Prisma cannot say what comes after a key', async () => {
    const calls: Plain[] = []
    const ids = numbers(PAGE + 5).map((id) => `bytes ${id}`)
    expect(await allOf(tableOf(ids, calls), planOf('Bytes'))).toEqual(ids)
    expect(calls.map(({ take }) => take)).toEqual([10 * PAGE + 1])
    const search = allOf(tableOf(ids), planOf('Bytes', { max: PAGE }))
    await expect(search).rejects.toMatchObject({ code: 'ENVELOPE_SEARCH_TOO_LARGE' })
  })

  test('give others their turn, and end between two where the search is cancelled', async () => {
    const controller = new AbortController()
    let turns = 0
    setImmediate(() => {
      turns++
      controller.abort(new Error('typed on'))
    })
    const calls: Plain[] = []
    const search = allOf(tableOf(numbers(5 * PAGE), calls), planOf('Int', { signal: controller.signal }))
    await expect(search).rejects.toThrow('typed on')
    expect(turns).toBe(1)
    expect(calls).toHaveLength(1)
  })

  test('do not go on for ever where a key is read with fewer digits than it has', async () => {
    // The row of the last key comes again: the database has more of it than what was asked for.
    const moments = numbers(PAGE).map((i) => new Date(i))
    const again: Rows = {
      count: async () => PAGE,
      findMany: async (args) => (args.where === undefined ? moments : [moments.at(-1)]).map((id) => ({ id })),
    }
    await expect(allOf(again, planOf('DateTime'))).rejects.toMatchObject({ code: 'ENVELOPE_CONFIG_INVALID' })
  })
})

describe('rows that are selected', () => {
  const keys = [{ id: 3 }, { id: 1 }, { id: 2 }]
  const rows = (ids: number[]): Rows => ({
    count: async () => 0,
    findMany: async () => ids.map((id) => ({ id, name: `of ${id}` })),
  })

  test('come in the order of their keys, without those that are gone', async () => {
    const found = await selectedRows(rows([1, 3]), planOf('Int', { select: { name: true } }), keys)
    expect(found).toEqual([
      { id: 3, name: 'of 3' },
      { id: 1, name: 'of 1' },
    ])
  })

  test.each([
    ['DateTime', new Date(1)],
    ['Float', 0.1],
  ])('are not left out where their key, a %s, may only have been read inexactly', async (type, id) => {
    const search = selectedRows(rows([]), planOf(type, { select: {} }), [{ id }])
    await expect(search).rejects.toMatchObject({ code: 'ENVELOPE_CONFIG_INVALID' })
  })
})
