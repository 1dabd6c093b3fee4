import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { encodeWrappedKey, type WrappedKeyRecord } from '../envelope/index.js'
import { EnvelopeKeyError } from '../errors.js'
import { type Clock, type Deadline, deadlineIn, hasPassed } from './clock.js'
import type { Cmks } from './cmks.js'
import type { GivenDataKey, KmsClient } from './kms-client.js'
import type { Wrappings } from './wrappings.js'

/** KMS is eventually consistent: what was rewrapped, or could not be, is left alone for this long. */
const SETTLED = 3_600_000
const MAX_REMEMBERED = 10_000

interface Rewrap {
  readonly record: Promise<WrappedKeyRecord | undefined>
  readonly until: Deadline
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

  constructor(
    private readonly cmks: Cmks,
    private readonly kms: KmsClient,
    private readonly wrappings: Wrappings,
    private readonly clock: Clock,
    /** Told of every data key that was rewrapped. */
    private readonly rewrapped: (key: GivenDataKey) => void,
  ) {}

  /**
   * The new wrapping of a data key; `undefined` where it is wrapped as it should be already. Rejects with what KMS said,
   * or with `ENVELOPE_DATA_KEY_MISMATCH`.
   */
  of(id: string, record: WrappedKeyRecord): Promise<WrappedKeyRecord | undefined> {
    const { tenant } = record.context
    const name = `${tenant}\0${id}${createHash('sha256').update(encodeWrappedKey(record)).digest('hex')}`
    const earlier = this.#rewraps.get(name)
    if (earlier !== undefined && !hasPassed(this.clock, earlier.until)) return earlier.record
    const rewrap = { record: this.#rewrap(tenant, id, record), until: deadlineIn(this.clock, SETTLED) }
    this.#rewraps.set(name, rewrap)
    rewrap.record.catch((error: unknown) => {
      const passing = error instanceof EnvelopeKeyError && error.retryable
      if (passing && this.#rewraps.peek(name) === rewrap) this.#rewraps.delete(name)
    })
    return rewrap.record
  }

  forget(tenant: string): void {
    for (const name of [...this.#rewraps.keys()]) if (name.startsWith(`${tenant}\0`)) this.#rewraps.delete(name)
  }

  async #rewrap(tenant: string, id: string, record: WrappedKeyRecord): Promise<WrappedKeyRecord | undefined> {
    const cmks = await this.cmks.of(tenant)
    if (this.wrappings.isStale(cmks, record) === undefined) await this.wrappings.ask(tenant, cmks)
    if (this.wrappings.isStale(cmks, record) !== true) return undefined
    const next = await this.kms.rewrap(cmks, record)
    if (next.cmkArn === record.cmkArn && next.keyMaterialId === record.keyMaterialId) return undefined
    this.rewrapped(await this.kms.unwrap(cmks, id, next))
    return next
  }
}
