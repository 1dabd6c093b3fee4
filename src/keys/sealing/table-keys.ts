import { LRUCache } from 'lru-cache'
import { andThen, type MaybePromise } from '../../promises/maybe-promise.js'
import { type Clock, type Deadline, deadlineIn, hasPassed } from '../clock.js'
import type { DataKey, KeyUnderCmk } from '../data-key.js'
import type { DataKeyLimits } from '../data-key-options.js'
import { SharedWork } from '../gate/shared-work.js'
import { noTimeLeft, type TimeLimit, timeLimit } from '../gate/time-limit.js'
import type { UnwrappedKeys } from '../opening/unwrapped-keys.js'
import { unpackWrappedKey } from '../packed-wrapped-key.js'
import { KeyTableFailure } from '../table/key-table-failure.js'
import { KEY_TABLE_REST } from '../timings.js'
import type { ActiveKeys } from './active-keys.js'
import type { SealingGrant, Wish } from './grant.js'
import { isOutage, type OwnerKeys, runsShort } from './owner-keys.js'
import type { PatientRows } from './patient-rows.js'
import { RowWatch } from './row-watch.js'
import { countsOf, type TableUsage, tellOfTable } from './table-usage.js'

const MAX_RESTING = 1_000

/**
 * One sealing key per tenant for all processes, in the key table.
 *
 * A row is stored, and committed, before it seals anything, and by the base client: never inside a transaction of the
 * caller's. Where that cannot be waited for, or the table cannot be used, a value is sealed inline.
 */
export class TableKeys {
  readonly #active: LRUCache<string, TableUsage>
  readonly #loads = new Map<string, SharedWork<TableUsage>>()
  readonly #watch: RowWatch
  /** The whole table does not answer. */
  #resting: Deadline | undefined
  /** It fails for these tenants: what is wrong with one's rows is not the others' concern. */
  readonly #restingTenants = new LRUCache<string, Deadline>({ max: MAX_RESTING })
  #closed = false

  constructor(
    private readonly limits: DataKeyLimits,
    private readonly clock: Clock,
    private readonly unwrapped: UnwrappedKeys,
    private readonly rows: PatientRows,
    private readonly owners: OwnerKeys,
    private readonly inline: ActiveKeys,
  ) {
    this.#active = new LRUCache({ max: limits.maxCached })
    this.#watch = new RowWatch(rows, this.#active, unwrapped, owners, clock, limits)
  }

  get generated(): number {
    return this.owners.generated
  }

  /**
   * A key for some or all of the messages.
   *
   * @param outside whether the base client may be waited for: not inside an interactive transaction, which may hold the
   *   only connection.
   */
  grant(wish: Wish, outside: boolean): MaybePromise<SealingGrant> {
    // No key of the table may ever seal it.
    if (countsOf(wish.sizes[0] ?? 0) > this.limits.maxTableMessages) return this.inline.grant(wish)
    const usage = this.#active.get(wish.tenant)
    if (usage === undefined || !this.#maySeal(usage, wish))
      return outside ? this.#loaded(wish) : this.inline.grant(wish)
    if (outside && runsShort(usage)) this.#refill(usage, wish)
    return andThen(
      this.#keyOf(usage, wish),
      (key) => this.#take(key, usage, wish, outside),
      (error) => {
        if (isOutage(error)) throw error
        if (this.#active.peek(wish.tenant) === usage) this.#active.delete(wish.tenant)
        return outside ? this.#loaded(wish) : this.inline.grant(wish)
      },
    )
  }

  /** Reserves more counts in the background, and rests where that fails. While there is room, it is nobody's concern. */
  #refill(usage: TableUsage, wish: Wish): void {
    if (usage.refillAt !== undefined && !hasPassed(this.clock, usage.refillAt)) return
    this.#load(wish).outcome.catch(() => {
      usage.refillAt = deadlineIn(this.clock, KEY_TABLE_REST)
    })
  }

  /** A data key has a new wrapped key. */
  rewrapped({ id, tenant, wrappedKey, cmk }: Pick<DataKey, 'id' | 'tenant' | 'wrappedKey' | 'cmk'>): void {
    const usage = this.#active.peek(tenant)
    if (usage?.id !== id) return
    usage.wrappedKey = wrappedKey
    usage.cmk = cmk
  }

  /** Drops a tenant's key, if it matches. */
  drop(tenant: string, matches: (key: KeyUnderCmk) => boolean): void {
    const usage = this.#active.peek(tenant)
    if (usage !== undefined && matches(usage)) this.#active.delete(tenant)
  }

  close(): void {
    this.#closed = true
    this.#watch.close()
    this.rows.close()
    this.#active.clear()
  }

  #maySeal(usage: TableUsage, { cmks, sizes: [size = 0] }: Wish): boolean {
    return (
      usage.cmk === cmks.current &&
      !hasPassed(this.clock, usage.until) &&
      !hasPassed(this.clock, usage.checked) &&
      this.#fits(usage, countsOf(size))
    )
  }

  #fits(usage: TableUsage, counts: number): boolean {
    return counts <= usage.room && usage.used + counts <= this.limits.maxTableMessages
  }

  #keyOf(usage: TableUsage, { limit }: Wish): MaybePromise<DataKey> {
    return this.unwrapped.get(usage.id, usage.tenant, () => unpackWrappedKey(usage.wrappedKey), limit)
  }

  #take(key: DataKey, usage: TableUsage, wish: Wish, outside: boolean): MaybePromise<SealingGrant> {
    let messages = 0
    for (const size of wish.sizes) {
      const counts = countsOf(size)
      if (!this.#fits(usage, counts)) break
      usage.room -= counts
      usage.used += counts
      messages += 1
    }
    if (messages > 0) return { key, messages, placement: 'table' }
    key.release()
    return this.grant(wish, outside)
  }

  /** From the table, or, where that does not answer, inline. */
  async #loaded(wish: Wish): Promise<SealingGrant> {
    if (this.#rests(wish.tenant)) return this.inline.grant(wish)
    try {
      const usage = await this.#load(wish).wait(wish.limit())
      const key = await this.#keyOf(usage, wish)
      // Without a look at its age: however short maxAge is, a key that has just come seals something.
      if (this.#fits(usage, countsOf(wish.sizes[0] ?? 0))) return this.#take(key, usage, wish, true)
      key.release()
      return this.inline.grant(wish)
    } catch (error) {
      if (!(error instanceof KeyTableFailure)) throw error
      const rest = deadlineIn(this.clock, KEY_TABLE_REST)
      if (error.isLate) this.#resting = rest
      else this.#restingTenants.set(wish.tenant, rest)
      tellOfTable('sealed-inline', wish.tenant, error.message)
      return this.inline.grant(wish)
    }
  }

  #rests(tenant: string): boolean {
    const of = (rest: Deadline | undefined): boolean => rest !== undefined && !hasPassed(this.clock, rest)
    return of(this.#resting) || of(this.#restingTenants.get(tenant))
  }

  /** One for each tenant and current CMK at a time, however many wait. */
  #load(wish: Wish): SharedWork<TableUsage> {
    const name = `${wish.tenant}\0${wish.cmks.current}`
    const earlier = this.#loads.get(name)
    if (earlier !== undefined) return earlier
    const limit = timeLimit(wish.tenant, this.limits.timeout)
    const work = new SharedWork(limit, (shared) => this.#obtain(wish, shared), noTimeLeft)
    this.#loads.set(name, work)
    const end = (): void => void this.#loads.delete(name)
    work.outcome.then(end, end)
    return work
  }

  async #obtain(wish: Wish, limit: TimeLimit): Promise<TableUsage> {
    const previous = this.#active.peek(wish.tenant)
    // Before the table is asked: its answer may be as old as the question.
    const checked = this.#watch.now()
    const usage = await this.owners.obtain(wish, previous, limit)
    // What was sealed under the previous one must stay readable, whatever has become of its row.
    if (previous !== undefined && previous !== usage) await this.#watch.heal([previous])
    usage.checked = checked
    if (!this.#closed) {
      this.#active.set(usage.tenant, usage)
      this.#watch.begin()
    }
    return usage
  }
}
