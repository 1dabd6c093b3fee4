import { expect, it } from 'vitest'
import type { RowRange, SweptTable } from '../../src/databases/index.js'
import { prefixVerb, sweep, type TableRows } from '../../src/operations/index.js'
import type { Decider } from '../../src/operations/sweep/decisions.js'

const column = { column: 'v', form: 'text', list: false } as const
const table: SweptTable = { table: 't', schema: undefined, key: ['n'], columns: [column] }
const beginning = 'A'.repeat(48)
const range: RowRange = { after: undefined, last: ['9'] }
const how = { most: 10, isFirst: true, isLast: false, named: 10 }

const decider: Decider = {
  decide: async () => {
    const change = { cut: Buffer.alloc(33), put: Buffer.alloc(18) }
    return new Map([[column, new Map([[beginning, { kind: 'stale', changes: [change], isWhole: true } as const]])]])
  },
  also: async () => undefined,
}

function rowsWith(some: Partial<TableRows>): TableRows {
  return {
    table,
    facts: new Map(),
    page: async () => undefined,
    beginnings: async () => [{ beginnings: [[beginning]], shortest: [400], size: 800, rows: 2 }],
    wholes: async () => [],
    keys: async () => [],
    begun: async () => true,
    replace: async () => 2,
    sizes: async () => [],
    read: async () => [],
    unfit: async () => [],
    write: async () => 0,
    shown: ([n = '']) => ({ n }),
    ...some,
  }
}

it('comes by again for a locked row, though as many were changed as there were: another one had come in', async () => {
  const rows = rowsWith({ keys: async () => [['1']] })
  expect(await prefixVerb(decider, {}).visit(rows, range, how)).toMatchObject({ changed: 2, again: true, skips: [] })
  const last = await prefixVerb(decider, {}).visit(rows, range, { ...how, isLast: true })
  expect(last).toMatchObject({ again: false, skips: [{ reason: 'ROW_LOCKED', keys: [['1']] }] })
})

it('takes as many rows at once as are not too long for one statement, and one that is longer alone', async () => {
  const lengths = [...Array(40).fill(10), ...Array(20).fill(400), 5_000, ...Array(10).fill(10)]
  const statements: number[] = []
  const within = ({ after, last }: { after: readonly string[] | undefined; last?: readonly string[] | undefined }) =>
    lengths.slice(Number(after?.[0] ?? 0), Number(last?.[0] ?? lengths.length))
  const sizeOf = (range: RowRange) => within(range).reduce((sum, length) => sum + length, 0)
  const rows = rowsWith({
    async page(partial, size) {
      const from = Number(partial.after?.[0] ?? 0)
      const there = Math.min(size, within(partial).length)
      return there === 0 ? undefined : { range: { after: partial.after, last: [`${from + there}`] }, rows: there }
    },
    beginnings: async (of) => [
      { beginnings: [[beginning]], shortest: [400], size: sizeOf(of), rows: within(of).length },
    ],
    async replace(of) {
      statements.push(within(of).length === 1 ? 0 : sizeOf(of))
      return within(of).length
    },
  })
  const tables = { open: async () => rows, count: async () => lengths.length, answers: async () => true }
  const target = { model: 'T', table, fields: new Map([['v', 'value']]) }
  const report = await sweep(tables, [target], prefixVerb(decider, { batchSize: 1_000 }))
  expect(report).toMatchObject({ finished: true, rows: lengths.length, changed: lengths.length })
  expect(Math.max(...statements)).toBeLessThanOrEqual(1_000)
  // Not one by one.
  expect(statements.length).toBeLessThan(lengths.length / 2)
})
