import type { PartialRange, RowKey, RowRange } from '../../databases/index.js'
import { EnvelopeError } from '../../errors.js'
import { interrupted, refuses } from './interruptions.js'
import { Pace, systemTimer, type Timer } from './pace.js'
import { type Part, partsFrom, type SweepPosition, type SweepTarget } from './parts.js'
import { type JobProgress, type JobReport, type Skipped, type SkipReason, Tally, type Tenants } from './report.js'
import type { Page, SweptTables, TableRows } from './table-rows.js'

/** What a verb found in some rows, and did. */
export interface Visit {
  /** How many rows were changed. */
  readonly changed: number
  /** Whether to come by again, since some rows could not be changed now. */
  readonly again: boolean
  readonly skips: readonly Skip[]
}

/** Nothing was done: there is too much for one batch. */
export interface TooMuch {
  /** How many rows to take instead: fewer than there were. */
  readonly fewer: number
}

/** Rows that a verb left as they were. */
export interface Skip {
  readonly reason: SkipReason
  readonly column?: string
  /** Their keys; there may be more of them than are named. */
  readonly keys: readonly RowKey[]
  readonly count: number
  readonly tenants?: Tenants | undefined
}

/** What is done to rows, by a verb. It is done again to the same rows where a job was killed, and must bear that. */
export interface SweepVerb {
  visit(rows: TableRows, range: RowRange, how: VisitOptions): Promise<Visit | TooMuch>
}

export interface VisitOptions {
  /** How many rows one statement may change: there may be a few more than when they were counted. */
  readonly most: number
  /** Whether these rows have not been visited before: what is wrong with a value for good is told once. */
  readonly isFirst: boolean
  /** Whether this is the last time: what cannot be changed is skipped. */
  readonly isLast: boolean
  /** How many of the skipped rows to name, at most. */
  readonly named: number
}

/** Where a job keeps its position. */
export interface Checkpoint {
  /** Throws `ENVELOPE_CHECKPOINT_MISMATCH` if what is there is another job's. */
  load(): Promise<SweepPosition | undefined>
  save(position: SweepPosition): Promise<void>
  /** The job is done. */
  clear(): Promise<void>
}

export interface SweepOptions {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: JobProgress) => void) | undefined
  readonly rowsPerSecond?: number | undefined
  readonly checkpoint?: Checkpoint | undefined
  readonly timer?: Timer | undefined
  readonly batch?: number | undefined
}

/** How long to wait for a database that does not answer, each time: milliseconds. */
const RECONNECT = [250, 1_000, 2_000, 5_000, 10_000, 20_000, 30_000]
/** When to come by again: locks are short, and KMS is not asked again for ten seconds after it failed. */
const RETURNS = [0, 1_000, 12_000]
/** How often one row is tried that the database refuses. */
const TRIES_FOR_ONE = 3
const TRY_AGAIN = 100
/** Of a table that refuses so many rows one after another, the rest is not tried. */
const MAX_REFUSED = 100
/** More ranges to visit again than this become one with what is between them. */
const MAX_RANGES = 100
/** Rows in a range may be more than there were. */
const SLACK = 4

/**
 * Visits all rows of these tables in the order of their keys, batch after batch, each in a transaction of its own. It holds a
 * batch's beginnings in memory, never rows. Several may run at once, and one may be killed and begun again: what is done to a row is
 * done by the database, by what the row holds at that moment.
 */
export async function sweep(
  tables: SweptTables,
  targets: readonly SweepTarget[],
  verb: SweepVerb,
  options: SweepOptions = {},
): Promise<JobReport> {
  const run = new Run(tables, verb, options)
  const position = await run.answered(async () => options.checkpoint?.load())
  await run.count(targets)
  for (const part of partsFrom(targets, position)) {
    if (!(await run.through(part))) return run.tally.report(false)
  }
  const report = run.tally.report(true)
  await run.answered(async () => options.checkpoint?.clear())
  return report
}

/** A way through the rows of a table, or of a part of it. */
interface Walk {
  readonly target: SweepTarget
  readonly rows: TableRows
  readonly within: PartialRange
  /** Whether its rows have not been visited before. */
  readonly isFirst: boolean
  readonly isLast: boolean
}

class Run {
  readonly tally = new Tally()
  readonly #timer: Timer
  readonly #pace: Pace
  #allRows = 0
  /** Rows that the database has refused since it took one. */
  #refused = 0
  /** How long the database has been busy with the batch. */
  #busy = 0

  constructor(
    private readonly tables: SweptTables,
    private readonly verb: SweepVerb,
    private readonly options: SweepOptions,
  ) {
    this.#timer = options.timer ?? systemTimer
    this.#pace = new Pace(options.rowsPerSecond, options.batch)
  }

  /** Counts all rows, if somebody is to be told how far it is. */
  async count(targets: readonly SweepTarget[]): Promise<void> {
    if (this.options.onProgress === undefined) return
    for (const { table } of targets) this.#allRows += await this.answered(() => this.tables.count(table))
  }

  /** Whether it went through the whole table, and was not stopped. */
  async through({ target, within: part }: Part): Promise<boolean> {
    const rows = this.#timed(await this.answered(() => this.tables.open(target.table)))
    let again: readonly RowRange[] = []
    let { after } = part
    const all = { target, rows, within: part, isFirst: true, isLast: false }
    const isThrough = await this.#walk(all, async ({ range }, visit) => {
      if (visit.again) again = withRange(again, range)
      after = range.last
      await this.#save(target, after)
    })
    if (!isThrough) return false
    for (const [i, wait] of RETURNS.entries()) {
      if (again.length === 0) break
      await this.#timer.wait(wait, this.options.signal)
      const isLast = i === RETURNS.length - 1
      let left: readonly RowRange[] = []
      for (const within of again) {
        const part = { target, rows, within, isFirst: false, isLast }
        const isDone = await this.#walk(part, async ({ range }, visit) => {
          if (visit.again) left = withRange(left, range)
          await this.#save(target, after)
        })
        if (!isDone) return false
      }
      again = left
      await this.#save(target, after)
    }
    return true
  }

  /** Batch by batch. Whether it came to the end. */
  async #walk(walk: Walk, visited: (page: Page, visit: Visit) => Promise<void>): Promise<boolean> {
    let { after } = walk.within
    for (;;) {
      if (this.#stopped) return false
      const began = this.#timer.now()
      const page = await this.#nextPage(walk.rows, { ...walk.within, after })
      if (page === undefined) return true
      const visit = await this.#visit(walk, page)
      // Perhaps it can be done in parts.
      if (visit === undefined) continue
      if (walk.isFirst) this.tally.rows += page.rows
      this.#note(walk, visit)
      after = page.range.last
      await visited(page, visit)
      await this.#rest(page.rows, visit.changed > 0, began)
    }
  }

  get #stopped(): boolean {
    return this.options.signal?.aborted === true
  }

  /** The rows of a table; the time that the database takes is counted. */
  #timed(rows: TableRows): TableRows {
    const timed =
      <A extends unknown[], T>(ask: (...args: A) => Promise<T>) =>
      async (...args: A): Promise<T> => {
        const began = this.#timer.now()
        try {
          return await ask(...args)
        } finally {
          this.#busy += this.#timer.now() - began
        }
      }
    return {
      table: rows.table,
      facts: rows.facts,
      page: timed(rows.page),
      beginnings: timed(rows.beginnings),
      wholes: timed(rows.wholes),
      keys: timed(rows.keys),
      begun: timed(rows.begun),
      replace: timed(rows.replace),
      sizes: timed(rows.sizes),
      read: timed(rows.read),
      unfit: timed(rows.unfit),
      write: timed(rows.write),
      shown: rows.shown,
    }
  }

  async #nextPage(rows: TableRows, within: PartialRange): Promise<Page | undefined> {
    for (;;) {
      const { size } = this.#pace
      try {
        return await rows.page(within, size)
      } catch (error) {
        if (error instanceof EnvelopeError) throw error
        const answered = await this.#reconnected(error)
        if (answered && size === 1) throw interrupted(error)
        this.#pace.halve()
      }
    }
  }

  /** `undefined` where a batch has parts, and was refused by the database or too much. */
  async #visit({ rows, isFirst, isLast }: Walk, { range, rows: count }: Page): Promise<Visit | undefined> {
    for (let tries = 1; ; tries++) {
      try {
        const visit = await this.verb.visit(rows, range, {
          most: count * SLACK,
          isFirst,
          isLast,
          named: this.tally.room,
        })
        if ('fewer' in visit) {
          this.#pace.limit(visit.fewer)
          return undefined
        }
        if (visit.changed > 0) this.#refused = 0
        return visit
      } catch (error) {
        if (error instanceof EnvelopeError) throw error
        await this.#reconnected(error)
        if (count > 1) {
          this.#pace.halve()
          return undefined
        }
        if (tries === TRIES_FOR_ONE) {
          this.#refused += 1
          if (this.#refused >= MAX_REFUSED) throw refuses(rows.table.table, MAX_REFUSED, error)
          return { changed: 0, again: false, skips: [{ reason: 'DATABASE_REFUSED', keys: [range.last], count: 1 }] }
        }
        await this.#timer.wait(TRY_AGAIN * tries, this.options.signal)
      }
    }
  }

  #note({ target, rows }: Walk, { changed, skips }: Visit): void {
    this.tally.changed += changed
    for (const { reason, column, keys, count, tenants } of skips) {
      const field = column === undefined ? undefined : target.fields.get(column)
      const named = keys.map(
        (key): Skipped => ({
          model: target.model,
          key: fieldsOf(target, rows.shown(key)),
          ...(field !== undefined && { field }),
          reason,
          ...tenants,
        }),
      )
      this.tally.skip(reason, named, count)
    }
  }

  async #save(target: SweepTarget, after: RowKey | undefined): Promise<void> {
    const { tally } = this
    const { rows, changed } = tally
    await this.answered(async () => this.options.checkpoint?.save({ model: target.model, after }))
    this.options.onProgress?.({
      model: target.model,
      rows,
      allRows: this.#allRows,
      changed,
      skipped: tally.allSkipped,
    })
  }

  async #rest(rows: number, changed: boolean, began: number): Promise<void> {
    const rest = this.#pace.restAfter(rows, changed, this.#busy, this.#timer.now() - began)
    this.#busy = 0
    if (rest > 0) await this.#timer.wait(rest, this.options.signal)
  }

  /** What the database says, after it has been waited for. */
  async answered<T>(ask: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await ask()
      } catch (error) {
        if (error instanceof EnvelopeError) throw error
        if (await this.#reconnected(error)) throw interrupted(error)
      }
    }
  }

  /** After a failure: waits until the database answers. Resolves whether it had answered all along. */
  async #reconnected(failure: unknown): Promise<boolean> {
    if (await this.tables.answers()) return true
    for (const wait of RECONNECT) {
      await this.#timer.wait(wait, this.options.signal)
      if (this.#stopped) break
      if (await this.tables.answers()) return false
    }
    throw interrupted(failure)
  }
}

function fieldsOf(target: SweepTarget, key: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(key).map(([column, text]) => [target.fields.get(column) ?? column, text]))
}

/** Ranges are in order. Few are kept: the last two become one where there are too many. */
function withRange(ranges: readonly RowRange[], range: RowRange): readonly RowRange[] {
  const last = ranges.at(-1)
  if (last === undefined || ranges.length < MAX_RANGES) return [...ranges, range]
  return [...ranges.slice(0, -1), { after: last.after, last: range.last }]
}
