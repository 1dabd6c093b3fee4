import { AsyncLocalStorage } from 'node:async_hooks'
import { LRUCache } from 'lru-cache'
import type { CellUpdate, RowUpdate } from '../databases/index.js'
import { rewrapEnvelope, type Stored, type WrappedKey } from '../envelope/index.js'
import { EnvelopeError } from '../errors.js'
import { type Clock, type DataKeys, type Deadline, deadlineIn, hasPassed, systemClock } from '../keys/index.js'
import { type RewrapEvent, type RewrapOutcome, rewraps } from '../observers/index.js'
import type { RowStore } from './row-store.js'

/** How much may wait: rows, and bytes of their values. A row that does not fit is rewrapped when it is read again. */
const MAX_WAITING = 10_000
const MAX_WAITING_BYTES = 64 * 2 ** 20
/** A row that the database refused is left alone for this long. */
const RESTING = 3_600_000
const MAX_RESTING = 10_000

/** One value of a row that was read with a wrapped key that may be out of date. */
export interface StaleCell {
  readonly column: string
  readonly json: boolean
  readonly stored: Stored
  /** Where it is an element of a list: all that the column holds, and its place in it. */
  readonly list?: { readonly stored: readonly Stored[]; readonly at: number }
  /** The data-key id in hexadecimal, and how the key is wrapped in this row. */
  readonly id: string
  readonly wrappedKey: WrappedKey
}

export interface StaleRow extends Pick<RowUpdate, 'table' | 'schema' | 'key'> {
  readonly model: string
  readonly tenant: string
  readonly cells: readonly StaleCell[]
}

/** Rows that wait now, and rows by how their rewrap ended. */
export type RewrapStats = Record<RewrapOutcome | 'waiting', number>

export interface LazyRewrapOptions {
  readonly keys: Pick<DataKeys, 'rewrap'>
  readonly rows: RowStore
  /** Told how each rewrap ended. */
  readonly onEvent?: ((event: RewrapEvent) => void) | undefined
  readonly clock?: Clock | undefined
}

interface Waiting {
  readonly bytes: number
  readonly ended: Promise<void>
}

interface End {
  readonly outcome: RewrapOutcome
  readonly code?: RewrapEvent['code']
}

/**
 * Rewraps rows as they are read, off the request's path. Rows wait for KMS together, so that one tenant whose KMS is slow
 * holds up no other, and are written one after another, each by compare-and-set: a concurrent writer always wins.
 *
 * Holds no timer: what keeps a process from ending is a KMS call or a statement under way, as with any other.
 */
export class LazyRewrap {
  readonly #waiting = new Map<string, Waiting>()
  readonly #resting = new LRUCache<string, Deadline>({ max: MAX_RESTING })
  readonly #stats = { rewrapped: 0, fresh: 0, overtaken: 0, failed: 0, dropped: 0 }
  /** Outside every request: not in its transaction, its trace or its tenant, where those go by asynchronous context. */
  readonly #outside = AsyncLocalStorage.snapshot()
  readonly #clock: Clock
  #bytes = 0
  #lastWrite: Promise<unknown> = Promise.resolve()
  #closed = false

  constructor(private readonly options: LazyRewrapOptions) {
    this.#clock = options.clock ?? systemClock
  }

  offer(row: StaleRow): void {
    if (this.#closed) return
    const name = nameOf(row)
    if (this.#waiting.has(name) || this.#isResting(name)) return
    const bytes = row.cells.reduce((sum, { stored }) => sum + stored.length, 0)
    // One row always finds room: the longest value could not be rewrapped else.
    const full = this.#waiting.size > 0 && this.#bytes + bytes > MAX_WAITING_BYTES
    if (full || this.#waiting.size >= MAX_WAITING) {
      this.#end(row, { outcome: 'dropped' })
      return
    }
    this.#bytes += bytes
    this.#waiting.set(name, { bytes, ended: this.#outside(() => this.#work(name, row)) })
  }

  /** Resolves when nothing waits any more. Never rejects. */
  async idle(): Promise<void> {
    while (this.#waiting.size > 0) await Promise.all([...this.#waiting.values()].map(({ ended }) => ended))
  }

  stats(): RewrapStats {
    return { ...this.#stats, waiting: this.#closed ? 0 : this.#waiting.size }
  }

  /** Gives up what waits. A statement that has been sent is not called back: {@link idle} waits for it. */
  close(): void {
    this.#closed = true
  }

  async #work(name: string, row: StaleRow): Promise<void> {
    // The request that read the row is answered first.
    await new Promise((resolve) => setImmediate(resolve))
    const end = await this.#rewrap(name, row)
    this.#bytes -= this.#waiting.get(name)?.bytes ?? 0
    this.#waiting.delete(name)
    if (end !== undefined) this.#end(row, end)
  }

  /** `undefined` where it was given up. */
  async #rewrap(name: string, row: StaleRow): Promise<End | undefined> {
    const cells = new Map<string, CellUpdate>()
    try {
      for (const cell of row.cells) {
        if (this.#closed) return undefined
        const wrappedKey = await this.options.keys.rewrap(cell.id, cell.wrappedKey)
        if (wrappedKey !== undefined) cells.set(cell.column, rewrappedCell(cell, wrappedKey, cells.get(cell.column)))
      }
    } catch (error) {
      if (this.#closed) return undefined
      // Nobody waits for this, and nothing was lost: the row is as it was. Which rewraps failed is known to the keys.
      return { outcome: 'failed', ...(error instanceof EnvelopeError && { code: error.code }) }
    }
    if (cells.size === 0) return { outcome: 'fresh' }
    return this.#inTurn(async () => {
      if (this.#closed) return undefined
      const { table, schema, key } = row
      try {
        const changed = await this.options.rows.write({ table, schema, key, cells: [...cells.values()] })
        return { outcome: changed > 0 ? 'rewrapped' : 'overtaken' }
      } catch {
        this.#resting.set(name, deadlineIn(this.#clock, RESTING))
        return { outcome: 'failed' }
      }
    })
  }

  /** One statement at a time: rewraps leave the other connections, and SQLite's only writer, to the application. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#lastWrite.then(work)
    this.#lastWrite = turn
    return turn
  }

  #isResting(name: string): boolean {
    const until = this.#resting.get(name)
    return until !== undefined && !hasPassed(this.#clock, until)
  }

  #end({ model, table, tenant }: StaleRow, { outcome, code }: End): void {
    this.#stats[outcome] += 1
    const { onEvent } = this.options
    if (onEvent === undefined && !rewraps.hasSubscribers) return
    const event: RewrapEvent = { type: 'rewrap', outcome, model, table, tenant, ...(code !== undefined && { code }) }
    rewraps.publish(event)
    onEvent?.(event)
  }
}

/** A column with this value rewrapped: elements of one list come one after another, and are written together. */
function rewrappedCell(cell: StaleCell, wrappedKey: WrappedKey, soFar: CellUpdate | undefined): CellUpdate {
  const { column, json, stored, list } = cell
  const after = rewrapEnvelope(stored, wrappedKey)
  if (list === undefined) return { column, json, before: stored, after }
  const elements = Array.isArray(soFar?.after) ? soFar.after : list.stored
  return { column, json, before: list.stored, after: elements.with(list.at, after) }
}

function nameOf({ schema, table, key }: StaleRow): string {
  return JSON.stringify([schema, table, ...key.map(({ value }) => String(value))])
}
