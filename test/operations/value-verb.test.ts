import { describe, expect, it } from 'vitest'
import type { RowWrite, StoredRow } from '../../src/databases/index.js'
import { type SweptTables, sweep, type TableRows, type Timer } from '../../src/operations/index.js'
import type { Finding } from '../../src/operations/values/examine.js'
import type { ValueTarget } from '../../src/operations/values/value-target.js'
import { valueVerb } from '../../src/operations/values/value-verb.js'

const column = { column: 'c', form: 'text', list: false } as const
const table = { table: 't', schema: undefined, key: ['n'], columns: [column] }
const target: ValueTarget = {
  model: 'T',
  table,
  fields: new Map([
    ['n', 'number'],
    ['c', 'value'],
  ]),
  encrypted: [],
  indexes: [],
  tenantOf: () => 'acme',
}
const timer: Timer = { now: () => 0, wait: async () => {} }

/** A table of rows with one value each; `write` does what a database may do. */
function tablesOf(count: number, write: (writes: readonly RowWrite[]) => number): SweptTables {
  const number = (key: readonly string[] | undefined, without: number): number => Number(key?.[0] ?? without)
  const keysIn = (after: readonly string[] | undefined, last: readonly string[] | undefined): string[][] => {
    const from = number(after, 0)
    return Array.from({ length: number(last, count) - from }, (_, i) => [`${from + i + 1}`])
  }
  const rows: TableRows = {
    table,
    facts: new Map([['c', { column: 'c', type: 'text', onUpdate: false, room: 10 }]]),
    async page({ after, last }, size) {
      const to = Math.min(number(after, 0) + size, number(last, count))
      return to <= number(after, 0) ? undefined : { range: { after, last: [`${to}`] }, rows: to - number(after, 0) }
    },
    beginnings: async () => [],
    wholes: async () => [],
    keys: async () => [],
    begun: async () => false,
    replace: async () => 0,
    sizes: async ({ after, last }) => keysIn(after, last).map((key) => ({ key, size: 1 })),
    read: async ({ after, last }) =>
      keysIn(after, last).map((key): StoredRow => ({ key, owner: null, cells: ['plain'], tokens: [] })),
    unfit: async () => [],
    write: async (_range, writes) => write(writes),
    shown: ([n = '']) => ({ n }),
  }
  return { open: async () => rows, count: async () => count, answers: async () => true }
}

describe('a job that reads values', () => {
  it('tells what an error that passed has hidden, and nothing twice', async () => {
    let visits = 0
    const verb = valueVerb({ targets: [target] }, async (_target, rows) => {
      visits += 1
      const findings = rows.flatMap(({ row }): Finding[] => {
        const bad: Finding = { row, column: 'c', reason: 'ENVELOPE_AUTHENTICATION_FAILED', retryable: false }
        const other: Finding = { row, reason: 'ENVELOPE_INDEX_MISMATCH', retryable: false }
        if (row.key[0] === '1') return [bad]
        if (row.key[0] !== '2') return []
        return [other, visits > 1 ? bad : { ...bad, reason: 'ENVELOPE_KMS_THROTTLED', retryable: true }]
      })
      return { writes: [], findings }
    })
    const report = await sweep(
      tablesOf(3, () => 0),
      [target],
      verb,
      { timer },
    )
    expect(visits).toBeGreaterThan(1)
    expect(report.skipped).toEqual({ ENVELOPE_AUTHENTICATION_FAILED: 2, ENVELOPE_INDEX_MISMATCH: 1 })
  })

  it('tells of a row that cannot be written, also where the database gave the batch up after it was seen', async () => {
    const verb = valueVerb({ targets: [target] }, async (_target, rows) => ({
      findings: [],
      writes: rows.map(({ row }) => {
        const after = row.key[0] === '1' ? 'longer than the column is' : 'sealed'
        return { key: row.key, owner: null, cells: [{ before: 'plain', after }], tokens: [] }
      }),
    }))
    let failures = 1
    const write = (writes: readonly RowWrite[]): number => {
      if (failures-- > 0) throw new Error('deadlock')
      return writes.length
    }
    const report = await sweep(tablesOf(4, write), [target], verb, { timer })
    expect(report).toMatchObject({ finished: true, changed: 3, skipped: { COLUMN_TOO_SHORT: 1 } })
  })

  it('counts a row once in a dry run, however often it comes by', async () => {
    let visits = 0
    const verb = valueVerb({ targets: [target], dryRun: true }, async (_target, rows) => {
      visits += 1
      const [first] = rows
      const throttled = { reason: 'ENVELOPE_KMS_THROTTLED', retryable: true } as const
      return {
        findings: visits === 1 && first !== undefined ? [{ row: first.row, ...throttled }] : [],
        // What could not be seen is not to be written yet.
        writes: rows
          .slice(visits === 1 ? 1 : 0)
          .map(({ row }) => ({ key: row.key, owner: null, cells: [{ before: 'plain', after: 'sealed' }], tokens: [] })),
      }
    })
    const report = await sweep(
      tablesOf(4, () => 0),
      [target],
      verb,
      { timer },
    )
    expect(visits).toBe(2)
    expect(report.changed).toBe(4)
  })
})
