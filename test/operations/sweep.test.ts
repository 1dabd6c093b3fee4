import { describe, expect, it } from 'vitest'
import type { RowRange, SweptTable } from '../../src/databases/index.js'
import { EnvelopeKeyError } from '../../src/errors.js'
import {
  type Checkpoint,
  type SweepOptions,
  type SweepPosition,
  type SweepTarget,
  type SweptTables,
  sweep,
  type TableRows,
  type Timer,
} from '../../src/operations/index.js'
import type { SweepVerb, Visit } from '../../src/operations/sweep/sweep.js'

const table: SweptTable = { table: 't', schema: undefined, key: ['n'], columns: [] }
const target: SweepTarget = { model: 'T', table, fields: new Map([['n', 'number']]) }
const other: SweepTarget = { ...target, model: 'U' }

/** A table with the rows 1 to `count`, behind a database that can be told to be away. */
function tablesOf(count: number, away = { times: 0 }) {
  const number = (key: readonly string[] | undefined, without: number): number => Number(key?.[0] ?? without)
  const rows: TableRows = {
    table,
    facts: new Map(),
    async page({ after, last }, size) {
      if (away.times > 0) throw new Error('the value O’Brien: no connection')
      const from = number(after, 0)
      const to = Math.min(from + size, count, number(last, count))
      return to <= from ? undefined : { range: { after, last: [`${to}`] }, rows: to - from }
    },
    beginnings: async () => [],
    wholes: async () => [],
    keys: async () => [],
    begun: async () => false,
    replace: async () => 0,
    sizes: async () => [],
    read: async () => [],
    unfit: async () => [],
    write: async () => 0,
    shown: ([n = '']) => ({ n }),
  }
  const tables: SweptTables = {
    open: async () => rows,
    count: async () => count,
    async answers() {
      away.times -= 1
      return away.times < 0
    },
  }
  return tables
}

/** Time that passes only while somebody waits. */
function manualTimer() {
  const waits: number[] = []
  let now = 0
  const timer: Timer = {
    now: () => now,
    async wait(milliseconds) {
      waits.push(milliseconds)
      now += milliseconds
    },
  }
  return { timer, waits, pass: (milliseconds: number) => (now += milliseconds) }
}

const DONE: Visit = { changed: 1, again: false, skips: [] }

async function swept(
  count: number,
  visit: (range: RowRange, isLast: boolean) => Visit | Promise<Visit>,
  options: SweepOptions & { tables?: SweptTables; targets?: readonly SweepTarget[] } = {},
) {
  const visits: [from: number, to: number][] = []
  const verb: SweepVerb = {
    async visit(_rows, range, { isLast }) {
      const result = await visit(range, isLast)
      visits.push([Number(range.after?.[0] ?? 0), Number(range.last[0])])
      return result
    },
  }
  const { timer, waits } = manualTimer()
  const { tables = tablesOf(count), targets = [target], ...rest } = options
  const report = await sweep(tables, targets, verb, { timer, batch: 4, ...rest })
  return { report, visits, waits }
}

describe('a sweep', () => {
  it('visits each row once, in batches, and reports what it did', async () => {
    const { report, visits } = await swept(10, () => DONE)
    const expected = [
      [0, 4],
      [4, 8],
      [8, 10],
    ]
    expect(visits).toEqual(expected)
    expect(report).toEqual({ finished: true, rows: 10, changed: 3, skipped: {}, skippedRows: [] })
  })

  it('visits whole rows, one at least, where it may visit less than one in a second', async () => {
    const { report, visits } = await swept(3, () => DONE, { rowsPerSecond: 0.3 })
    expect(visits).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
    ])
    expect(report).toMatchObject({ finished: true, rows: 3 })
  })

  it('has what the database refuses in smaller and smaller parts, and names the row that is refused alone', async () => {
    const { report } = await swept(10, ({ after, last }) => {
      if (Number(after?.[0] ?? 0) < 6 && Number(last[0]) >= 6) throw new Error('refused: O’Brien')
      return { ...DONE, changed: Number(last[0]) - Number(after?.[0] ?? 0) }
    })
    expect(report).toMatchObject({ finished: true, rows: 10, changed: 9, skipped: { DATABASE_REFUSED: 1 } })
    expect(report.skippedRows).toEqual([{ model: 'T', key: { number: '6' }, reason: 'DATABASE_REFUSED' }])
  })

  it('ends where the database refuses one row after another, and goes on where it refuses one now and then', async () => {
    const count = 1_000
    let seen = 0
    const refusing = swept(count, (range) => {
      seen = Math.max(seen, Number(range.last[0]))
      return Promise.reject(new Error('check constraint: ann@example.com'))
    })
    await expect(refusing).rejects.toMatchObject({ code: 'ENVELOPE_JOB_INTERRUPTED' })
    await expect(refusing).rejects.not.toThrow('ann@')
    expect(seen).toBeLessThan(110)

    const { report } = await swept(count, ({ after, last }) => {
      const [from, to] = [Number(after?.[0] ?? 0), Number(last[0])]
      // Every fourth row.
      if (Math.floor(from / 4) !== Math.floor(to / 4)) throw new Error('refused')
      return { ...DONE, changed: to - from }
    })
    expect(report).toMatchObject({ finished: true, skipped: { DATABASE_REFUSED: count / 4 } })
  })

  it('waits for a database that is away, longer each time, and goes on where it was', async () => {
    const away = { times: 0 }
    const tables = tablesOf(10, away)
    let visits = 0
    const { report, waits } = await swept(
      10,
      () => {
        visits += 1
        if (visits === 2) away.times = 3
        return DONE
      },
      { tables },
    )
    expect(report).toMatchObject({ finished: true, rows: 10 })
    expect(waits.filter((wait) => wait > 0)).toEqual([250, 1_000, 2_000])
  })

  it('ends with a typed error if it stays away, without the database’s own words', async () => {
    const tables = tablesOf(10, { times: 1_000 })
    const ended = swept(10, () => DONE, { tables })
    await expect(ended).rejects.toMatchObject({ name: 'EnvelopeJobError', code: 'ENVELOPE_JOB_INTERRUPTED' })
    await expect(ended).rejects.toThrow(/^(?!.*Brien)/)
    await expect(ended).rejects.not.toHaveProperty('cause')
  })

  it('ends with the error of a verb that cannot go on', async () => {
    const error = new EnvelopeKeyError('ENVELOPE_KMS_DISABLED', 'Disabled.')
    await expect(swept(3, () => Promise.reject(error))).rejects.toBe(error)
  })

  it('comes by again where rows could not be changed, and says when it is the last time', async () => {
    const lasts: [number, boolean][] = []
    const { report, visits, waits } = await swept(8, ({ last }, isLast) => {
      lasts.push([Number(last[0]), isLast])
      return { changed: 0, again: last[0] === '4' && !isLast, skips: [] }
    })
    expect(visits.map(([, to]) => to)).toEqual([4, 8, 4, 4, 4])
    expect(lasts.map(([, isLast]) => isLast)).toEqual([false, false, false, false, true])
    expect(waits).toEqual([0, 1_000, 12_000])
    // No row counts twice.
    expect(report.rows).toBe(8)
  })

  it('counts all rows that were skipped, and names a thousand of them', async () => {
    const keys = Array.from({ length: 4 }, (_, n) => [`${n}`])
    const { report } = await swept(2_000, () => ({
      changed: 0,
      again: false,
      skips: [{ reason: 'ENVELOPE_MALFORMED', column: 'n', keys, count: 4 }],
    }))
    expect(report.skipped).toEqual({ ENVELOPE_MALFORMED: 2_000 })
    expect(report.skippedRows).toHaveLength(1_000)
    expect(report.skippedRows[0]).toEqual({
      model: 'T',
      key: { number: '0' },
      field: 'number',
      reason: 'ENVELOPE_MALFORMED',
    })
  })

  it('visits no more rows in a second than it may, and rests when the database slows down', async () => {
    const { timer, waits, pass } = manualTimer()
    await swept(8, () => DONE, { timer, rowsPerSecond: 4 })
    expect(waits).toEqual([1_000, 1_000])
    waits.length = 0
    const durations = [100, 100, 1_000]
    const slow = tablesOf(12)
    const open = slow.open
    slow.open = async (of) => ({
      ...(await open(of)),
      beginnings: async () => {
        pass(durations.shift() ?? 0)
        return []
      },
    })
    const verb: SweepVerb = {
      async visit(rows, range) {
        await rows.beginnings(range)
        return DONE
      },
    }
    await sweep(slow, [target], verb, { timer, batch: 4 })
    expect(waits).toEqual([1_000])
  })
})

describe('the checkpoint of a sweep', () => {
  function kept() {
    const saved: SweepPosition[] = []
    let cleared = 0
    const checkpoint: Checkpoint = {
      load: async () => saved.at(-1),
      save: async (position) => void saved.push(structuredClone(position)),
      async clear() {
        cleared += 1
      },
    }
    return { checkpoint, saved, cleared: () => cleared }
  }

  it('is saved after each batch; the next run begins there, and then visits what comes before', async () => {
    const at = kept()
    const error = new EnvelopeKeyError('ENVELOPE_KMS_DISABLED', 'Disabled.')
    const targets = [target, other]
    let visits = 0
    const killed = swept(
      8,
      () => {
        visits += 1
        if (visits === 4) throw error
        return DONE
      },
      { checkpoint: at.checkpoint, targets },
    )
    await expect(killed).rejects.toBe(error)
    expect(at.saved.map(({ model, after }) => [model, after?.[0]])).toEqual([
      ['T', '4'],
      ['T', '8'],
      ['U', '4'],
    ])
    const { report, visits: second } = await swept(8, () => DONE, { checkpoint: at.checkpoint, targets })
    // The rest of U, all of T, and the beginning of U.
    expect(second).toEqual([
      [4, 8],
      [0, 4],
      [4, 8],
      [0, 4],
    ])
    expect(report).toMatchObject({ finished: true, rows: 16 })
    expect(at.cleared()).toBe(1)
  })

  it.for<[string, unknown]>([
    ['another model', { model: 'V', after: ['4'] }],
    ['another key', { model: 'T', after: ['4', '4'] }],
    ['no row', { model: 'U', after: undefined }],
  ])('leaves out no row where it is that of %s', async ([, position]) => {
    const checkpoint = { ...kept().checkpoint, load: async () => position as SweepPosition }
    const { report } = await swept(8, () => DONE, { checkpoint, targets: [target, other] })
    expect(report).toMatchObject({ finished: true, rows: 16 })
  })

  it('is kept when the sweep is stopped', async () => {
    const at = kept()
    const controller = new AbortController()
    const { report } = await swept(8, () => DONE, {
      checkpoint: at.checkpoint,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    })
    expect(report).toMatchObject({ finished: false, rows: 4 })
    expect([at.saved.length, at.cleared()]).toEqual([1, 0])
  })
})
