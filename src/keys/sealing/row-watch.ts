import type { LRUCache } from 'lru-cache'
import { EnvelopeError } from '../../errors.js'
import { ignore } from '../../promises/ignore.js'
import { type Clock, type Deadline, deadlineIn, hasPassed } from '../clock.js'
import { trustFromNow } from '../data-key.js'
import type { DataKeyLimits } from '../data-key-options.js'
import type { UnwrappedKeys } from '../opening/unwrapped-keys.js'
import { isHeldBy, unpackWrappedKey } from '../packed-wrapped-key.js'
import type { KeyRow, KeyRows } from '../table/key-rows.js'
import { IDS_AT_A_TIME } from '../table/row-lookups.js'
import { ROW_CHECKED, ROW_CHECKED_LEAST } from '../timings.js'
import { isOutage, type OwnerKeys } from './owner-keys.js'
import { newRow, type TableUsage, tellOfTable } from './table-usage.js'

const HOUR = 3_600_000

/**
 * Looks after the rows of the keys that seal, all in one SELECT: a row may vanish, by a failover or a restore, and may be
 * erased, retired, rewrapped or altered.
 */
export class RowWatch {
  /** For how long a row that was seen is taken to be there. */
  readonly #every: number
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(
    private readonly rows: KeyRows,
    private readonly active: LRUCache<string, TableUsage>,
    private readonly unwrapped: UnwrappedKeys,
    private readonly owners: OwnerKeys,
    private readonly clock: Clock,
    private readonly limits: DataKeyLimits,
  ) {
    this.#every = Math.max(Math.min(limits.revalidate, ROW_CHECKED), ROW_CHECKED_LEAST)
  }

  /** Until when a row that has just been seen is taken to be there. */
  now(): Deadline {
    return deadlineIn(this.clock, this.#every)
  }

  /** Half-way through that time, while there is something to look after. */
  begin(): void {
    if (this.#timer !== undefined || this.#closed) return
    this.#timer = setTimeout(() => {
      this.#check()
        .catch(ignore)
        .then(() => {
          this.#timer = undefined
          if (this.active.size > 0) this.begin()
        }, ignore)
    }, this.#every / 2)
    this.#timer.unref()
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
  }

  async #check(): Promise<void> {
    const usages = [...this.active.values()]
    for (let from = 0; from < usages.length; from += IDS_AT_A_TIME) {
      await this.#checkSome(usages.slice(from, from + IDS_AT_A_TIME))
    }
  }

  async #checkSome(usages: readonly TableUsage[]): Promise<void> {
    // Before the table is asked: its answer may be as old as the question.
    const checked = this.now()
    const seen = trustFromNow(this.clock, this.limits)
    const rows = new Map((await this.rows.find(usages.map(({ id }) => id))).map((row) => [row.id, row]))
    const saw = (usage: TableUsage): void => {
      usage.checked = checked
      this.unwrapped.sawRow(usage.id, usage.tenant, seen)
    }
    await Promise.all(
      usages.map(async (usage) => {
        const row = rows.get(usage.id)
        if (row === undefined) return
        if (row.section.length === 0 || row.retired) this.#stop(usage, row)
        else if (isHeldBy(usage.wrappedKey, row) || (await this.#isOpenable(usage, row))) saw(usage)
      }),
    )
    await this.heal(usages.filter(({ id }) => !rows.has(id)))
    // The last look at what seals no more: a client that was forgotten without close() does not ask for ever.
    for (const usage of usages) if (hasPassed(this.clock, usage.until)) this.#forget(usage)
  }

  /** A row that holds something else than before: the data key's new wrapped key, or what nobody else can open. */
  async #isOpenable(usage: TableUsage, row: KeyRow): Promise<boolean> {
    try {
      const key = await this.owners.unwrap(row, usage.tenant)
      usage.wrappedKey = key.wrappedKey
      usage.cmk = key.cmk
      key.release()
      return true
    } catch (error) {
      // Asked again next time. Nobody seals for longer than the row is taken to be as it was.
      if (isOutage(error)) return false
      this.#forget(usage)
      tellOfTable('row-skipped', usage.tenant, error instanceof EnvelopeError ? error.code : undefined)
      return false
    }
  }

  /** A tombstone ends all use of a data key, and a retired one its sealing. */
  #stop(usage: TableUsage, { section }: KeyRow): void {
    this.#forget(usage)
    if (section.length === 0) this.unwrapped.dropKey(usage.id, usage.tenant)
  }

  #forget(usage: TableUsage): void {
    if (this.active.peek(usage.tenant) === usage) this.active.delete(usage.tenant)
  }

  /**
   * Rows that were committed, and are gone: by a failover, or a restore. What was sealed under them could not be opened
   * again, so they are inserted once more.
   */
  async heal(usages: readonly TableUsage[]): Promise<void> {
    if (usages.length === 0) return
    const there = new Set((await this.rows.find(usages.map(({ id }) => id))).map(({ id }) => id))
    for (const usage of usages.filter(({ id }) => !there.has(id))) {
      const wrappedKey = unpackWrappedKey(usage.wrappedKey)
      const { owner, id } = usage.row
      const [newest] = await this.rows.newest(owner, 1)
      const row = newRow(
        { id, owner, seq: (newest?.seq ?? 0n) + 1n },
        wrappedKey,
        wrappedKey.context.createdHour * HOUR,
      )
      // Nobody knows what others had reserved if the count is lost too: nothing more is, and the next key begins.
      if (await this.rows.insert(row, this.limits.maxTableMessages)) tellOfTable('row-restored', usage.tenant)
    }
  }
}
