import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { encodeWrappedKey, type WrappedKeyRecord } from '../envelope/index.js'
import { EnvelopeKeyError } from '../errors.js'
import { type Clock, type Deadline, deadlineIn, hasPassed } from './clock.js'
import type { Cmks, TenantCmks } from './cmks.js'
import type { KmsClient } from './kms-client.js'
import { UnwrapFailures } from './unwrap-failures.js'
import type { Wrappings } from './wrappings.js'

/** KMS is eventually consistent: what was rewrapped, or could not be, is left alone for this long. */
const SETTLED = 3_600_000
/** What KMS was too busy for. Rewraps are the least urgent of its callers. */
const RETRY = 10_000
const MAX_REMEMBERED = 10_000

interface Rewrap {
  readonly record: Promise<WrappedKeyRecord | undefined>
  until: Deadline
  /** It failed, or there was nothing to do: no row need ask again before `until`. */
  over: boolean
}

/**
 * New wrappings of old data keys: the same data key under the tenant's current CMK, or under its newest key material.
 *
 * ReEncrypt does it inside KMS. What comes back is unwrapped once and compared with the data key's id before anyone
 * writes it. Coalesced by tenant, id and the wrapped key's bytes: a wrapped key that was swapped in one row is found out
 * by its id, and never spreads to the rows that hold the right one.
 */
export class Rewraps {
  readonly #rewraps = new LRUCache<string, Rewrap>({ max: MAX_REMEMBERED })
  /** Apart from those of reading: planted wrapped keys that cannot be rewrapped must not keep others from being read. */
  readonly #failures: UnwrapFailures

  constructor(
    private readonly cmks: Cmks,
    private readonly kms: KmsClient,
    private readonly wrappings: Wrappings,
    private readonly clock: Clock,
    /** Has KMS unwrap the new wrapping, checks its id, and puts it in the old one's place in memory. */
    private readonly verify: (id: string, next: WrappedKeyRecord) => Promise<void>,
  ) {
    this.#failures = new UnwrapFailures(clock)
  }

  /**
   * The new wrapping of a data key; `undefined` where it is wrapped as it should be already. Rejects with what KMS said,
   * or with `ENVELOPE_DATA_KEY_MISMATCH`.
   */
  async of(id: string, record: WrappedKeyRecord): Promise<WrappedKeyRecord | undefined> {
    const { tenant } = record.context
    const cmks = await this.cmks.of(tenant)
    const name = nameOf(cmks, id, record)
    const earlier = this.#remembered(name)
    if (earlier !== undefined) return earlier.record
    if (this.wrappings.isStale(cmks, record) === undefined) await this.wrappings.ask(tenant, cmks)
    if (this.wrappings.isStale(cmks, record) !== true) return undefined
    // Another row of the same data key may have begun while KMS was asked.
    return (this.#remembered(name) ?? this.#begin(name, cmks, id, record)).record
  }

  /** Whether this rewrap failed, or was found to be needless, lately. */
  isOver(cmks: TenantCmks, id: string, record: WrappedKeyRecord): boolean {
    return this.#remembered(nameOf(cmks, id, record))?.over === true
  }

  forget(tenant: string): void {
    this.#failures.forget(tenant)
    for (const name of [...this.#rewraps.keys()]) if (name.startsWith(`${tenant}\0`)) this.#rewraps.delete(name)
  }

  #remembered(name: string): Rewrap | undefined {
    const rewrap = this.#rewraps.get(name)
    return rewrap !== undefined && !hasPassed(this.clock, rewrap.until) ? rewrap : undefined
  }

  #begin(name: string, cmks: TenantCmks, id: string, record: WrappedKeyRecord): Rewrap {
    const until = deadlineIn(this.clock, SETTLED)
    const rewrap: Rewrap = { record: this.#rewrap(name, cmks, id, record), until, over: false }
    this.#rewraps.set(name, rewrap)
    rewrap.record.then(
      (next) => {
        if (next === undefined) rewrap.over = true
        // A node of KMS that has not heard of the rotation yet would have it rewrapped to and fro.
        else if (this.#rewraps.peek(name) === rewrap) {
          this.#rewraps.set(nameOf(cmks, id, next), { record: Promise.resolve(undefined), until, over: true })
        }
      },
      (error: unknown) => {
        rewrap.over = true
        if (error instanceof EnvelopeKeyError && error.retryable) rewrap.until = deadlineIn(this.clock, RETRY)
      },
    )
    return rewrap
  }

  async #rewrap(
    name: string,
    cmks: TenantCmks,
    id: string,
    record: WrappedKeyRecord,
  ): Promise<WrappedKeyRecord | undefined> {
    const next = await this.#reEncrypted(name, cmks, record)
    if (next.cmkArn === record.cmkArn && next.keyMaterialId === record.keyMaterialId) return undefined
    await this.verify(id, next)
    return next
  }

  async #reEncrypted(name: string, cmks: TenantCmks, record: WrappedKeyRecord): Promise<WrappedKeyRecord> {
    const { tenant } = record.context
    try {
      return await this.kms.rewrap(cmks, record, () => this.#failures.checkWrappedKey(tenant, name))
    } catch (error) {
      if (error instanceof EnvelopeKeyError && !error.retryable) this.#failures.rememberWrappedKey(tenant, name, error)
      throw error
    }
  }
}

/** The current CMK is part of it: another one in the configuration need not wait until the hour is over. */
function nameOf({ current }: TenantCmks, id: string, record: WrappedKeyRecord): string {
  const wrappedKey = createHash('sha256').update(encodeWrappedKey(record)).digest('hex')
  return `${record.context.tenant}\0${current}\0${id}${wrappedKey}`
}
