import type { LRUCache } from 'lru-cache'
import type { Beginning, RowKey, RowRange, SweptColumn, WithBeginning } from '../../databases/index.js'
import type { Skip, VisitOptions } from './sweep.js'
import type { TableRows } from './table-rows.js'

/** What was left as it was, while a batch is worked on. */
export class Skips {
  readonly all: Skip[] = []
  /** By column and key. */
  readonly #known = new Set<string>()
  readonly #locked = new Set<string>()
  #named = 0

  constructor(
    private readonly rows: TableRows,
    private readonly range: RowRange,
    private readonly how: VisitOptions,
    private readonly open: LRUCache<string, true>,
  ) {}

  /** Rows that begin like this, of which there are so many. */
  async add(reason: Skip['reason'], filter: WithBeginning, count: number): Promise<void> {
    const room = this.how.named - this.#named
    const keys = room <= 0 ? [] : await this.rows.keys(this.range, filter, Math.min(room, count))
    this.#named += keys.length
    this.#note(filter.column, keys)
    this.all.push({ reason, column: filter.column.column, keys, count })
  }

  /** The same where it is not known how many. */
  async find(reason: Skip['reason'], filter: WithBeginning, retryable = false): Promise<void> {
    const keys = await this.rows.keys(this.range, filter, this.how.most)
    if (keys.length === 0) return
    this.#note(filter.column, keys)
    // Told the first time.
    const name = placeName(filter.column, filter.beginning)
    if (!this.how.isFirst && !retryable && !this.open.has(name)) return
    this.#named += keys.length
    this.all.push({ reason, column: filter.column.column, keys, count: keys.length })
  }

  /** Rows that are rightly left as they are: nobody is told. */
  async pass(filter: WithBeginning): Promise<void> {
    this.#note(filter.column, await this.rows.keys(this.range, filter, this.how.most))
  }

  /** Whether it is known what is wrong with this value, or that its row is locked. */
  isKnown({ column }: SweptColumn, key: RowKey): boolean {
    return this.#known.has(nameOf(column, key)) || this.#locked.has(String(key))
  }

  /** A row is named once, whatever its columns hold. */
  lock(keys: readonly RowKey[]): void {
    for (const key of keys) this.#locked.add(String(key))
    this.all.push({ reason: 'ROW_LOCKED', keys, count: keys.length })
  }

  #note({ column }: SweptColumn, keys: readonly RowKey[]): void {
    for (const key of keys) this.#known.add(nameOf(column, key))
  }
}

/** Where envelopes begin like this. */
export function placeName({ column }: SweptColumn, beginning: Beginning): string {
  return `${column} ${beginning}`
}

function nameOf(column: string, key: RowKey): string {
  return JSON.stringify([column, ...key])
}
