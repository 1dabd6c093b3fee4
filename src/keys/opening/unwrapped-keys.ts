import { LRUCache } from 'lru-cache'
import type { WrappedKey } from '../../envelope/index.js'
import { EnvelopeKeyError, type KeyErrorCode } from '../../errors.js'
import { ignore } from '../../promises/ignore.js'
import { andThen, type MaybePromise } from '../../promises/maybe-promise.js'
import { type Clock, deadlineIn, hasPassed, LONGEST_TIMER } from '../clock.js'
import type { Cmks } from '../cmks/cmks.js'
import { DataKey, type FoundKey, isSpent, type KeyUnderCmk, type Trust, trustFromNow } from '../data-key.js'
import type { DataKeyLimits } from '../data-key-options.js'
import type { UnwrapFailures } from '../failures/unwrap-failures.js'
import { Flights } from '../flights/flights.js'
import { type LimitWhenNeeded, type TimeLimit, timeLimit } from '../gate/time-limit.js'
import type { CheckedKms } from '../kms-calls/checked-kms.js'
import { type PackedWrappedKey, packWrappedKey, unpackWrappedKey, wrappedKeyName } from '../packed-wrapped-key.js'
import { REVALIDATION_RETRY } from '../timings.js'
import { Evictions } from './evictions.js'

/** These say that what the row holds is wrong; the same bytes will not do better soon. */
const ROW_FAILURES: ReadonlySet<KeyErrorCode> = new Set<KeyErrorCode>([
  'ENVELOPE_KMS_INVALID_CIPHERTEXT',
  'ENVELOPE_KMS_INVALID_REQUEST',
  'ENVELOPE_DATA_KEY_MISMATCH',
])

/**
 * The data keys in memory: unwrapped once, trusted for a while, asked about again, wiped.
 *
 * Found by id, which is an HMAC of the data key: whichever wrapped key KMS opens it from, it is the right one for all rows
 * of the tenant that name it. What a row says of its wrapped key is not authenticated, so rows that say different things
 * share one call; failures go by the wrapped key's bytes, so that one bad row fails alone.
 */
export class UnwrappedKeys {
  readonly #cache: LRUCache<string, DataKey>
  readonly #flights = new Flights()
  readonly #evictions = new Evictions()
  #closed = false
  #sweep: NodeJS.Timeout | undefined

  constructor(
    private readonly limits: DataKeyLimits,
    private readonly clock: Clock,
    private readonly cmks: Cmks,
    private readonly kms: CheckedKms,
    private readonly failures: UnwrapFailures,
  ) {
    this.#cache = new LRUCache({ max: limits.maxCached, dispose: (key) => key.retire() })
  }

  get size(): number {
    return this.#cache.size
  }

  /**
   * A leased key: at once when it is in memory and may be used, else when KMS has answered.
   *
   * @param wrapped asked for only where KMS may have to be.
   * @param limit of the whole, where this is a part of something.
   */
  get(
    id: string,
    tenant: string,
    wrapped: () => MaybePromise<WrappedKey>,
    limit?: LimitWhenNeeded,
  ): MaybePromise<DataKey> {
    const cached = this.#cache.get(id)
    // Two tenants never have the same key, whatever one of them plants in its rows.
    if (cached?.tenant !== tenant) {
      const own = limit?.() ?? this.#limitFrom(tenant)
      return andThen(wrapped(), (wrappedKey) => this.#find(id, wrappedKey, own))
    }
    if (this.#mayUse(cached)) return cached.lease()
    const own = limit?.() ?? this.#limitFrom(tenant)
    return this.#revalidate(cached, own).catch(async (error: unknown) => {
      const wrappedKey = await wrapped()
      // The row may have been rewrapped under a CMK that still works since this key was cached.
      if (packWrappedKey(wrappedKey) === cached.wrappedKey) throw error
      return this.#find(id, wrappedKey, own)
    })
  }

  /**
   * The same for a value whose data key is in the key table. KMS consents to keys that were erased, so the row is to be
   * there, too. Each of the two has its own deadline, and is asked about alone: whatever has renewed trust has not seen the
   * row.
   */
  getByRow(id: string, tenant: string, look: () => MaybePromise<FoundKey>): MaybePromise<DataKey> {
    const cached = this.#cache.get(id)
    if (cached?.tenant === tenant && this.#isRowThere(cached)) {
      return this.get(id, tenant, () => andThen(look(), ({ wrappedKey }) => wrappedKey))
    }
    // Before the table is asked: its answer may be as old as the question.
    const until = trustFromNow(this.clock, this.limits)
    return andThen(
      look(),
      ({ wrappedKey, isSeen }) =>
        andThen(
          this.get(id, tenant, () => wrappedKey),
          (key) => {
            if (isSeen) key.sawRow(until)
            return key
          },
        ),
      (error) => this.#withoutLook(id, tenant, error),
    )
  }

  /** Its row was seen, intact. */
  sawRow(id: string, tenant: string, until: Trust): void {
    const cached = this.#cache.peek(id)
    if (cached?.tenant === tenant) cached.sawRow(until)
  }

  /** The wrapped key that a key in memory was unwrapped from, if there is one: KMS has opened it, and its id was compared. */
  provenWrappedKey(id: string, tenant: string): PackedWrappedKey | undefined {
    const cached = this.#cache.peek(id)
    return cached?.tenant === tenant ? cached.wrappedKey : undefined
  }

  /** A key of this tenant in memory that KMS was told to unwrap with this CMK. Not leased. */
  under(tenant: string, cmk: string): DataKey | undefined {
    for (const key of this.#cache.values()) if (key.tenant === tenant && key.cmk === cmk) return key
    return undefined
  }

  /** To be read before KMS is asked, and passed to {@link admit} with its answer. */
  evictionsOf(tenant: string): number {
    return this.#evictions.of(tenant)
  }

  /** Caches a key, unless its tenant was evicted since: then it serves those who wait for it, and is wiped. */
  admit(key: DataKey, evictions: number): boolean {
    if (this.#closed || this.#evictions.of(key.tenant) !== evictions) {
      key.retire()
      return false
    }
    const earlier = this.#cache.peek(key.id)
    if (earlier?.tenant === key.tenant) key.rowSeen ??= earlier.rowSeen
    this.#cache.set(key.id, key)
    this.#sweepLater()
    return true
  }

  /** Drops a tenant's keys, or those of them that match. */
  drop(tenant: string, matches: (key: KeyUnderCmk) => boolean): void {
    this.#evictions.note(tenant)
    this.#dropAll((key) => key.tenant === tenant && matches(key))
  }

  /** Drops all keys, for good: what KMS answers from now on is not cached either. */
  close(): void {
    this.#closed = true
    clearTimeout(this.#sweep)
    this.#cache.clear()
  }

  /** Whether a key may be used without waiting for KMS. */
  #mayUse(key: DataKey): boolean {
    if (!hasPassed(this.clock, key.trust)) return true
    if (key.retryAt === undefined || isSpent(this.clock, key.trust)) return false
    if (hasPassed(this.clock, key.retryAt)) {
      // It is known that KMS cannot be asked: the next try may hang until its timeout, and nobody is made to wait for it.
      key.retryAt = deadlineIn(this.clock, REVALIDATION_RETRY)
      this.#revalidate(key, this.#limitFrom(key.tenant)).then((asked) => asked.release(), ignore)
    }
    return true
  }

  /**
   * Asks KMS whether it still unwraps this key, and returns it leased. A KMS that cannot be asked is ridden out within
   * the grace, which counts from the last success and is not begun anew by failures; a KMS that says no is not.
   */
  #revalidate(key: DataKey, limit: TimeLimit): Promise<DataKey> {
    const evictions = this.#evictions.of(key.tenant)
    return this.#flights.join(`revalidate\0${key.id}\0${evictions}\0${key.tenant}`, limit, async (shared) => {
      key.lease()
      try {
        const trust = trustFromNow(this.clock, this.limits)
        const wrappedKey = unpackWrappedKey(key.wrappedKey)
        const cmks = await this.cmks.of(key.tenant, () => shared)
        const { dataKey, cmk } = await this.kms.unwrap(cmks, key.id, wrappedKey, shared)
        dataKey.fill(0)
        key.trust = trust
        key.retryAt = undefined
        key.cmk = cmk
        return key
      } catch (error) {
        if (error instanceof EnvelopeKeyError && error.retryable && !isSpent(this.clock, key.trust)) {
          key.retryAt = deadlineIn(this.clock, REVALIDATION_RETRY)
          return key
        }
        if (this.#cache.peek(key.id) === key) this.#cache.delete(key.id)
        key.release()
        throw error
      }
    })
  }

  /** Whether a key may be used without a look at its row. */
  #isRowThere({ rowSeen, lookAgainAt }: DataKey): boolean {
    if (rowSeen === undefined) return false
    if (!hasPassed(this.clock, rowSeen)) return true
    return lookAgainAt !== undefined && !hasPassed(this.clock, lookAgainAt) && !isSpent(this.clock, rowSeen)
  }

  /** A table that cannot be asked is ridden out as KMS is, from when the row was seen last; what it says is not. */
  #withoutLook(id: string, tenant: string, error: unknown): MaybePromise<DataKey> {
    const cached = this.#cache.peek(id)
    if (cached?.tenant !== tenant) throw error
    if (!(error instanceof EnvelopeKeyError) || !error.retryable) {
      this.dropKey(id, tenant)
      throw error
    }
    if (cached.rowSeen === undefined || isSpent(this.clock, cached.rowSeen)) throw error
    cached.lookAgainAt = deadlineIn(this.clock, REVALIDATION_RETRY)
    return this.get(id, tenant, () => unpackWrappedKey(cached.wrappedKey))
  }

  /** Drops one key, if it is in memory: its row is a tombstone. */
  dropKey(id: string, tenant: string): void {
    if (this.#cache.peek(id)?.tenant !== tenant) return
    this.#evictions.note(tenant)
    this.#cache.delete(id)
  }

  /** Has KMS unwrap the key from one of the wrapped keys that rows bring for it, each tried once. Gives the key leased. */
  #find(id: string, wrappedKey: WrappedKey, limit: TimeLimit): Promise<DataKey> {
    const { tenant } = wrappedKey.context
    const evictions = this.#evictions.of(tenant)
    const name = `find\0${id}\0${evictions}\0${tenant}`
    return this.#flights.search(name, limit, packWrappedKey(wrappedKey), (packed, shared) =>
      this.#unwrap(id, tenant, packed, evictions, shared),
    )
  }

  /** Has KMS unwrap this wrapped key, whatever is in memory, and keeps it in place of what was. Gives the key leased. */
  renew(id: string, wrappedKey: WrappedKey, limit = this.#limitFrom(wrappedKey.context.tenant)): Promise<DataKey> {
    const { tenant } = wrappedKey.context
    // Before KMS is asked: the record's bytes are views into the row they were read from, and may change.
    const packed = packWrappedKey(wrappedKey)
    const evictions = this.#evictions.of(tenant)
    return this.#flights.join(`unwrap\0${wrappedKeyName(id, packed)}\0${evictions}\0${tenant}`, limit, (shared) =>
      this.#unwrap(id, tenant, packed, evictions, shared),
    )
  }

  async #unwrap(
    id: string,
    tenant: string,
    packed: PackedWrappedKey,
    evictions: number,
    limit: TimeLimit,
  ): Promise<DataKey> {
    const name = wrappedKeyName(id, packed)
    const check = () => this.failures.checkWrappedKey(tenant, name)
    check()
    const trust = trustFromNow(this.clock, this.limits)
    try {
      const cmks = await this.cmks.of(tenant, () => limit)
      const { dataKey, wrappedKey, cmk } = await this.kms.unwrap(cmks, id, unpackWrappedKey(packed), limit, check)
      const key = new DataKey({ wrappedKey: packWrappedKey(wrappedKey), cmk }, tenant, dataKey, trust).lease()
      this.admit(key, evictions)
      return key
    } catch (error) {
      if (error instanceof EnvelopeKeyError && ROW_FAILURES.has(error.code)) {
        this.failures.rememberWrappedKey(tenant, name, error)
      }
      throw error
    }
  }

  #limitFrom(tenant: string): TimeLimit {
    return timeLimit(tenant, this.limits.timeout)
  }

  /** A key that nobody asks for any more is wiped too, not only passed over. */
  #sweepLater(): void {
    if (this.#sweep !== undefined) return
    const { revalidate, grace } = this.limits
    const wait = Math.min(revalidate + grace, LONGEST_TIMER)
    this.#sweep = setTimeout(() => {
      this.#sweep = undefined
      this.#dropAll((key) => isSpent(this.clock, key.trust))
      // Not while there is nothing to wipe: a client that was forgotten without close() can be collected.
      if (this.#cache.size > 0) this.#sweepLater()
    }, wait)
    this.#sweep.unref()
  }

  #dropAll(matches: (key: DataKey) => boolean): void {
    for (const [name, key] of [...this.#cache]) if (matches(key)) this.#cache.delete(name)
  }
}
