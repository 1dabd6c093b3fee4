import { LRUCache } from 'lru-cache'
import { TENANT_SCOPE } from '../../envelope/index.js'
import { EnvelopeKeyError } from '../../errors.js'
import { ignore } from '../../promises/ignore.js'
import { andThen, type MaybePromise } from '../../promises/maybe-promise.js'
import { type Clock, type Deadline, deadlineIn, hasPassed } from '../clock.js'
import { DataKey, type KeyUnderCmk, trustFromNow } from '../data-key.js'
import type { DataKeyLimits } from '../data-key-options.js'
import { Flights } from '../flights/flights.js'
import { type LimitWhenNeeded, type TimeLimit, timeLimit } from '../gate/time-limit.js'
import type { CheckedKms } from '../kms-calls/checked-kms.js'
import type { UnwrappedKeys } from '../opening/unwrapped-keys.js'
import { type PackedWrappedKey, packWrappedKey, unpackWrappedKey } from '../packed-wrapped-key.js'
import { SUCCESSOR_RETRY } from '../timings.js'
import type { SealingGrant, Wish } from './grant.js'

const HOUR = 3_600_000
/** From this share of a cap on, a successor is fetched while the key goes on sealing. */
const EARLY = 0.9
/** The least: an entry holds no secret, and each one that is dropped means one more data key to unwrap from then on. */
const MIN_REMEMBERED = 10_000

/**
 * How far the key that seals a tenant's new values is used up, and until when it may seal. It holds the wrapped key
 * only: the key itself is in the cache of unwrapped keys, and is wiped there like the rest.
 */
interface Usage extends Deadline {
  readonly id: string
  readonly tenant: string
  /** Replaced when the data key is rewrapped. */
  wrappedKey: PackedWrappedKey
  cmk: string
  rewrapped: boolean
  messages: number
  bytes: number
  successorAt: Deadline | undefined
}

/** One sealing key per tenant whose values carry it themselves, within three caps: age, messages, bytes. */
export class ActiveKeys {
  generated = 0
  readonly #active: LRUCache<string, Usage>
  readonly #flights = new Flights()
  /** Of keys just generated, for those who waited for them: the tenant may have been evicted in the meantime. */
  readonly #usage = new WeakMap<DataKey, Usage>()

  constructor(
    private readonly appTag: number,
    private readonly limits: DataKeyLimits,
    private readonly clock: Clock,
    private readonly kms: CheckedKms,
    private readonly unwrapped: UnwrappedKeys,
  ) {
    this.#active = new LRUCache({ max: Math.max(limits.maxCached, MIN_REMEMBERED) })
  }

  /** A key for some or all of the messages, counted against the caps before it is given. */
  grant(wish: Wish): MaybePromise<SealingGrant> {
    const usage = this.#active.get(wish.tenant)
    if (usage === undefined || usage.cmk !== wish.cmks.current || !this.#fits(usage, wish.sizes)) {
      return this.#grantNew(wish)
    }
    return andThen(
      this.#keyOf(usage, wish.limit),
      (key) => this.#grantFrom(key, usage, wish),
      (error) => this.#replace(usage, wish, error),
    )
  }

  /** A data key has a new wrapped key: what is sealed under it from now on carries that one. */
  rewrapped({ id, tenant, wrappedKey, cmk }: Pick<DataKey, 'id' | 'tenant' | 'wrappedKey' | 'cmk'>): void {
    for (const usage of this.#active.values()) {
      if (usage.id !== id || usage.tenant !== tenant) continue
      usage.wrappedKey = wrappedKey
      usage.cmk = cmk
      usage.rewrapped = true
    }
  }

  /** Drops a tenant's keys, or those of them that match. */
  drop(tenant: string, matches: (key: KeyUnderCmk) => boolean): void {
    for (const [name, usage] of [...this.#active]) {
      if (usage.tenant === tenant && matches(usage)) this.#active.delete(name)
    }
  }

  clear(): void {
    this.#active.clear()
  }

  #keyOf(usage: Usage, limit: LimitWhenNeeded): MaybePromise<DataKey> {
    const key = this.unwrapped.get(usage.id, usage.tenant, () => unpackWrappedKey(usage.wrappedKey), limit)
    if (!usage.rewrapped) return key
    return andThen(key, (given) => this.#underNewWrappedKey(given, usage, limit))
  }

  /** A row that still has the previous wrapped key may have brought the key back into memory with it. */
  #underNewWrappedKey(key: DataKey, { id, wrappedKey }: Usage, limit: LimitWhenNeeded): MaybePromise<DataKey> {
    if (key.wrappedKey === wrappedKey) return key
    return this.unwrapped.renew(id, unpackWrappedKey(wrappedKey), limit()).then(
      (renewed) => {
        key.release()
        return renewed
      },
      (error: unknown) => {
        // While KMS cannot be asked, the previous wrapped key is as good: it opens, and is rewrapped when it is read.
        if (error instanceof EnvelopeKeyError && error.retryable) return key
        key.release()
        throw error
      },
    )
  }

  #grantNew(wish: Wish): Promise<SealingGrant> {
    return this.#generate(wish, wish.limit()).then((key) => {
      const usage = this.#usage.get(key)
      if (usage === undefined) throw new Error('a data key was generated without a count of its use')
      // Without a look at its age: however short maxAge is, a key that has just come seals something.
      return this.#take(key, usage, wish)
    })
  }

  /** From a key that is leased already. */
  #grantFrom(key: DataKey, usage: Usage, wish: Wish): MaybePromise<SealingGrant> {
    if (!this.#fits(usage, wish.sizes)) {
      // Others have used it up while this pass waited for KMS.
      key.release()
      return this.grant(wish)
    }
    const grant = this.#take(key, usage, wish)
    this.#fetchSuccessorEarly(usage, wish)
    return grant
  }

  /**
   * KMS does not unwrap the active key. Where that is about this key, as when its alias was moved, another one can be
   * obtained; where it is about the CMK, the next one is refused as well.
   */
  #replace(usage: Usage, wish: Wish, error: unknown): Promise<SealingGrant> {
    const outage = error instanceof EnvelopeKeyError && error.retryable && error.code !== 'ENVELOPE_UNWRAP_LIMITED'
    if (outage) throw error
    if (this.#active.peek(wish.tenant) === usage) this.#active.delete(wish.tenant)
    return this.#grantNew(wish)
  }

  #take(key: DataKey, usage: Usage, wish: Wish): MaybePromise<SealingGrant> {
    const messages = this.#reserve(usage, wish.sizes)
    if (messages === 0) {
      key.release()
      return this.grant(wish)
    }
    return { key, messages, placement: 'inline' }
  }

  /** Whether the key may seal one more message, the first of these. */
  #fits(usage: Usage, [size = 0]: readonly number[]): boolean {
    return !hasPassed(this.clock, usage) && this.#hasRoom(usage, size)
  }

  #hasRoom(usage: Usage, size: number): boolean {
    if (usage.messages >= this.limits.maxMessages) return false
    // A message longer than the cap must be sealed under some key: under one of its own.
    return usage.messages === 0 || usage.bytes + size <= this.limits.maxBytes
  }

  /** Counts as many messages as fit below the caps; a fresh key takes at least one. */
  #reserve(usage: Usage, sizes: readonly number[]): number {
    let granted = 0
    for (const size of sizes) {
      if (!this.#hasRoom(usage, size)) break
      usage.messages += 1
      usage.bytes += size
      granted += 1
    }
    return granted
  }

  #fetchSuccessorEarly(usage: Usage, wish: Wish): void {
    const due =
      usage.messages >= this.limits.maxMessages * EARLY ||
      usage.bytes >= this.limits.maxBytes * EARLY ||
      hasPassed(this.clock, usage, -this.limits.maxAge * (1 - EARLY))
    if (!due || this.#active.peek(wish.tenant) !== usage) return
    if (usage.successorAt !== undefined && !hasPassed(this.clock, usage.successorAt)) return
    usage.successorAt = deadlineIn(this.clock, SUCCESSOR_RETRY)
    // A failure is not lost: it shows when the key is used up and a caller has to wait for the next one.
    this.#generate(wish, timeLimit(wish.tenant, this.limits.timeout)).then((key) => key.release(), ignore)
  }

  #generate(wish: Wish, limit: TimeLimit): Promise<DataKey> {
    const { tenant, cmks } = wish
    const evictions = this.unwrapped.evictionsOf(tenant)
    return this.#flights.join(`${tenant}\0${evictions}\0${cmks.current}`, limit, async (shared) => {
      const createdHour = Math.floor(this.clock.wall() / HOUR)
      const trust = trustFromNow(this.clock, this.limits)
      const { wall, monotonic } = deadlineIn(this.clock, this.limits.maxAge)
      const context = { appTag: this.appTag, tenant, scope: TENANT_SCOPE, createdHour }
      const given = await this.kms.generate(cmks, context, shared)
      const underCmk = { wrappedKey: packWrappedKey(given.wrappedKey), cmk: given.cmk }
      const key = new DataKey(underCmk, tenant, given.dataKey, trust).lease()
      this.generated += 1
      const usage: Usage = {
        id: key.id,
        tenant: key.tenant,
        wrappedKey: key.wrappedKey,
        cmk: key.cmk,
        rewrapped: false,
        wall,
        monotonic,
        messages: 0,
        bytes: 0,
        successorAt: undefined,
      }
      this.#usage.set(key, usage)
      if (this.unwrapped.admit(key, evictions)) this.#active.set(wish.tenant, usage)
      return key
    })
  }
}
