import { encodeText, type ParsedEnvelope, rewrapEnvelope, type WrappedKeyRecord } from '../envelope/index.js'
import type { DataKeys } from '../keys/index.js'
import type { CellUpdate, RowUpdate } from './update-sql.js'

/** How many rows may wait. A row that finds no room is rewrapped when it is read again. */
const MAX_WAITING = 10_000

/** One value of a row that was read under a wrapping which may be out of date. */
export interface StaleCell {
  readonly column: string
  readonly json: boolean
  readonly stored: string | Uint8Array
  readonly envelope: ParsedEnvelope
  /** The data-key id in hexadecimal, and how the key is wrapped in this row. */
  readonly id: string
  readonly record: WrappedKeyRecord
}

export interface StaleRow extends Pick<RowUpdate, 'table' | 'schema' | 'key'> {
  readonly cells: readonly StaleCell[]
}

export interface RewrapStats {
  /** Rows that wait now. */
  waiting: number
  /** Rows written with a new wrapping. */
  rewrapped: number
  /** Rows that turned out to be wrapped as they should be. */
  fresh: number
  /** Rows that somebody else wrote or held meanwhile: left as they are. */
  overtaken: number
  /** Rows whose rewrap failed: KMS refused, the wrapped key was not the right one, or the database failed. */
  failed: number
  /** Rows that found no room in the queue. */
  dropped: number
}

/**
 * Rewraps rows as they are read: off the request's path, one after another, each by compare-and-set, so that a
 * concurrent writer always wins.
 */
export class LazyRewrap {
  readonly #waiting = new Map<string, StaleRow>()
  readonly #stats = { rewrapped: 0, fresh: 0, overtaken: 0, failed: 0, dropped: 0 }
  #working: Promise<void> | undefined
  #closed = false

  constructor(
    private readonly keys: DataKeys,
    /** Writes one row; gives how many rows were changed. */
    private readonly write: (update: RowUpdate) => Promise<number>,
  ) {}

  offer(row: StaleRow): void {
    if (this.#closed) return
    const name = nameOf(row)
    if (this.#waiting.has(name)) return
    if (this.#waiting.size >= MAX_WAITING) {
      this.#stats.dropped += 1
      return
    }
    this.#waiting.set(name, row)
    this.#working ??= this.#work()
  }

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    while (this.#working !== undefined) await this.#working
  }

  stats(): RewrapStats {
    return { ...this.#stats, waiting: this.#waiting.size }
  }

  /** Gives up what waits. */
  close(): void {
    this.#closed = true
    this.#waiting.clear()
  }

  async #work(): Promise<void> {
    // The request that read the row is answered first.
    await new Promise((resolve) => setImmediate(resolve))
    for (const [name, row] of this.#waiting) {
      this.#stats[await this.#rewrap(row)] += 1
      this.#waiting.delete(name)
    }
    this.#working = undefined
  }

  async #rewrap(row: StaleRow): Promise<'rewrapped' | 'fresh' | 'overtaken' | 'failed'> {
    try {
      const cells: CellUpdate[] = []
      for (const cell of row.cells) {
        const record = await this.keys.rewrap(cell.id, cell.record)
        if (record !== undefined) cells.push(rewrappedCell(cell, record))
      }
      if (cells.length === 0) return 'fresh'
      const { table, schema, key } = row
      return (await this.write({ table, schema, key, cells })) > 0 ? 'rewrapped' : 'overtaken'
    } catch {
      // Nobody waits for this, and nothing was lost: the row is as it was, and is offered again when it is read.
      return 'failed'
    }
  }
}

function rewrappedCell({ column, json, stored, envelope }: StaleCell, record: WrappedKeyRecord): CellUpdate {
  const bytes = rewrapEnvelope(envelope, record)
  const after = typeof stored === 'string' ? encodeText(bytes) : new Uint8Array(bytes)
  return { column, json, before: stored, after }
}

function nameOf({ schema, table, key }: StaleRow): string {
  return JSON.stringify([schema, table, ...key.map(({ value }) => String(value))])
}
