import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { encodeWrappedKey, type WrappedKeyRecord } from '../envelope/index.js'
import { EnvelopeKeyError, type KeyErrorCode } from '../errors.js'
import { type Clock, type Deadline, deadlineIn, hasPassed } from './clock.js'
import type { Cmks } from './cmks.js'
import { DataKey } from './data-key.js'
import { Flights } from './flights.js'
import type { KmsClient } from './kms-client.js'
import type { DataKeyLimits } from './options.js'
import type { UnwrapFailures } from './unwrap-failures.js'

/** While KMS cannot be asked: how long until the next try. */
const RETRY = 1_000
/** These say that the wrapped key itself is wrong; the same bytes will not do better soon. */
const BLOB_FAILURES: ReadonlySet<KeyErrorCode> = new Set<KeyErrorCode>([
  'ENVELOPE_KMS_INVALID_CIPHERTEXT',
  'ENVELOPE_DATA_KEY_MISMATCH',
])

/**
 * The data keys in memory: unwrapped once, trusted for a while, asked about again, wiped.
 *
 * Found by tenant and id. Flights and failures go by the wrapped key's bytes as well, so that one bad row fails alone.
 */
export class UnwrappedKeys {
  hits = 0
  misses = 0
  readonly #cache: LRUCache<string, DataKey>
  readonly #flights = new Flights()
  /** Rises with every eviction: what KMS answered before a tenant's eviction must not be cached after it. */
  #epoch = 0
  readonly #evictedAt: LRUCache<string, number>
  #closed = false

  constructor(
    private readonly limits: DataKeyLimits,
    private readonly clock: Clock,
    private readonly cmks: Cmks,
    private readonly kms: KmsClient,
    private readonly failures: UnwrapFailures,
  ) {
    this.#cache = new LRUCache({ max: limits.maxCached, dispose: (key) => key.retire() })
    this.#evictedAt = new LRUCache({ max: limits.maxCached })
  }

  get size(): number {
    return this.#cache.size
  }

  get epoch(): number {
    return this.#epoch
  }

  /** A leased key: at once when it is in memory and trusted, else when KMS has answered. */
  get(id: string, record: WrappedKeyRecord): DataKey | Promise<DataKey> {
    const cached = this.#cache.get(id + record.context.tenant)
    if (cached !== undefined && this.isTrusted(cached)) {
      this.hits += 1
      return cached.lease()
    }
    this.misses += 1
    if (cached === undefined) return this.#unwrap(id, record)
    return this.revalidate(cached).catch((error: unknown) => {
      // The row may have been rewrapped under a CMK that still works since this key was cached.
      if (cached.record.blob.equals(record.blob)) throw error
      return this.#unwrap(id, record)
    })
  }

  isTrusted(key: DataKey): boolean {
    if (!hasPassed(this.clock, key.trustedUntil)) return true
    return key.retryAt !== undefined && !hasPassed(this.clock, key.retryAt) && !hasPassed(this.clock, key.graceUntil)
  }

  /** How long a key that KMS has just given may be used. */
  trust(): { trustedUntil: Deadline; graceUntil: Deadline } {
    const { revalidate, grace } = this.limits
    return {
      // Jittered downwards: keys fetched together are not asked about together, and none later than was promised.
      trustedUntil: deadlineIn(this.clock, revalidate * (0.9 + 0.1 * Math.random())),
      graceUntil: deadlineIn(this.clock, revalidate + grace),
    }
  }

  /** Caches a key, unless its tenant was evicted since `epoch`: then it serves those who wait, and is wiped. */
  admit(key: DataKey, epoch: number): boolean {
    if (!this.#closed && (this.#evictedAt.get(key.tenant) ?? 0) <= epoch) {
      this.#cache.set(key.id + key.tenant, key)
      return true
    }
    key.retire()
    return false
  }

  /**
   * Asks KMS whether it still unwraps this key, and gives it leased. A KMS that cannot be asked is ridden out within
   * the grace; a KMS that says no is not.
   */
  revalidate(key: DataKey): Promise<DataKey> {
    return this.#flights.join(`revalidate\0${key.id}\0${key.tenant}`, async () => {
      key.lease()
      try {
        const dataKey = await this.kms.unwrap(await this.cmks.of(key.tenant), key.record)
        const answer = new DataKey(key.tenant, key.record, dataKey, this.trust())
        answer.retire()
        if (answer.id !== key.id) throw mismatch(key.tenant)
        key.trustedUntil = answer.trustedUntil
        key.graceUntil = answer.graceUntil
        key.retryAt = undefined
        return key
      } catch (error) {
        if (error instanceof EnvelopeKeyError && error.retryable && !hasPassed(this.clock, key.graceUntil)) {
          key.retryAt = deadlineIn(this.clock, RETRY)
          return key
        }
        if (this.#cache.get(key.id + key.tenant) === key) this.#cache.delete(key.id + key.tenant)
        key.release()
        throw error
      }
    })
  }

  /** Drops a tenant's keys, or those of them that match. */
  drop(tenant: string, matches: (key: DataKey) => boolean): void {
    this.#epoch += 1
    this.#evictedAt.set(tenant, this.#epoch)
    for (const [name, key] of this.#cache) if (key.tenant === tenant && matches(key)) this.#cache.delete(name)
  }

  /** Drops all keys, for good: what KMS answers from now on is not cached either. */
  close(): void {
    this.#closed = true
    this.#cache.clear()
  }

  #unwrap(id: string, record: WrappedKeyRecord): Promise<DataKey> {
    const { tenant } = record.context
    const wrappedKey = id + createHash('sha256').update(encodeWrappedKey(record)).digest('hex')
    return this.#flights.join(`unwrap\0${wrappedKey}\0${tenant}`, async () => {
      this.failures.check(tenant, wrappedKey)
      const epoch = this.#epoch
      try {
        const dataKey = await this.kms.unwrap(await this.cmks.of(tenant), record)
        // A copy: the record's bytes are views into the row they were read from.
        const key = new DataKey(tenant, { ...record, blob: Buffer.from(record.blob) }, dataKey, this.trust()).lease()
        if (key.id !== id) {
          key.retire()
          key.release()
          throw mismatch(tenant)
        }
        this.admit(key, epoch)
        return key
      } catch (error) {
        if (error instanceof EnvelopeKeyError && BLOB_FAILURES.has(error.code)) {
          this.failures.blob(tenant, wrappedKey, error)
        }
        throw error
      }
    })
  }
}

function mismatch(tenant: string): EnvelopeKeyError {
  return new EnvelopeKeyError(
    'ENVELOPE_DATA_KEY_MISMATCH',
    'What KMS unwrapped is not the data key that the envelope names: its key section was altered or swapped. Restore the value from a backup.',
    { tenant },
  )
}
