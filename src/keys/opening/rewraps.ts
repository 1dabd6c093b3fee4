import { LRUCache } from 'lru-cache'
import type { WrappedKeyRecord } from '../../envelope/index.js'
import { EnvelopeKeyError } from '../../errors.js'
import { type Clock, type Deadline, deadlineIn, hasPassed } from '../clock.js'
import type { Cmks, TenantCmks } from '../cmks/cmks.js'
import type { CurrentCmk } from '../cmks/current-cmk.js'
import type { CheckedKms } from '../gate/checked-kms.js'
import { timeLimit } from '../gate/time-limit.js'
import { errorOf, type KeptFailure, keptFailure } from '../kept-failure.js'
import { type KeptWrapping, keptWrapping, recordOf, wrappedKeyName } from '../kept-wrapping.js'
import { REWRAP_RETRY, REWRAP_SETTLED } from '../timings.js'
import { Candidates } from './candidates.js'
import { UnwrapFailures } from './unwrap-failures.js'

const MAX_REMEMBERED = 10_000
/** How many wrapped keys that rows bring for one data key may fail before all of its rows are left alone. */
const MAX_FAILED = 8

interface NewWrapping {
  readonly record: WrappedKeyRecord
  readonly wrapping: KeptWrapping
}

/** One data key's rewrap under one CMK. */
interface Rewrap {
  readonly candidates: Candidates
  /** The new wrapping, or `undefined` where KMS gave back what it was given. Kept until it has failed. */
  outcome: Promise<NewWrapping | undefined> | undefined
  /** What it failed with, or was stopped by. */
  failure: KeptFailure | undefined
  until: Deadline
  /** Failed: all wrappings that were brought so far. Stopped: by what says nothing of them, such as an outage. */
  state: 'under way' | 'done' | 'failed' | 'stopped'
  /** Once it is done. */
  next: NewWrapping | undefined
}

/** What the keys in memory know, and do, for rewraps. */
export interface ProvenKeys {
  /** The wrapping that a key in memory was unwrapped from, if there is one. */
  wrappingOf(id: string, tenant: string): KeptWrapping | undefined
  /** Has KMS unwrap the new wrapping, checks its id, and puts it in the old one's place in memory. */
  verify(id: string, next: WrappedKeyRecord): Promise<void>
}

/**
 * New wrappings of old data keys: the same data key under the tenant's current CMK, or under its newest key material.
 *
 * ReEncrypt does it inside KMS. What comes back is unwrapped once and compared with the data key's id before anyone
 * writes it. Once for each data key and CMK, whatever its rows say of how it is wrapped: they get the same new wrapping,
 * also those whose own was damaged, swapped or forged. It is made of the wrapping that KMS has unwrapped already, where
 * the key is in memory, else of those that rows bring, one after another.
 */
export class Rewraps {
  readonly #rewraps = new LRUCache<string, Rewrap>({ max: MAX_REMEMBERED })
  /** Apart from those of reading: planted wrapped keys that cannot be rewrapped must not keep others from being read. */
  readonly #failures: UnwrapFailures

  constructor(
    private readonly cmks: Cmks,
    private readonly kms: CheckedKms,
    private readonly wrappings: CurrentCmk,
    private readonly clock: Clock,
    /** How long each of its calls may take. Nobody waits for the whole of a rewrap. */
    private readonly timeout: number,
    private readonly keys: ProvenKeys,
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
    if (this.wrappings.isStale(cmks, record) === undefined)
      await this.wrappings.ask(tenant, cmks, timeLimit(tenant, this.timeout))
    if (this.wrappings.isStale(cmks, record) !== true) return undefined
    const own = keptWrapping(record)
    const proven = this.keys.wrappingOf(id, tenant)
    const known = proven !== undefined && proven !== own ? recordOf(proven) : undefined
    // Another row brought the key into memory, and is wrapped as this one should be.
    if (known !== undefined && this.wrappings.isStale(cmks, known) === false) return known
    const next = await this.#nextOf(cmks, id, tenant, proven ?? own)
    return next?.wrapping === own ? undefined : next?.record
  }

  /** Whether this rewrap failed, or was found to be needless, within the time for which that is believed. */
  isOver({ current }: TenantCmks, id: string, record: WrappedKeyRecord): boolean {
    const { tenant } = record.context
    const rewrap = this.#remembered(nameOf(tenant, current, id))
    if (rewrap === undefined || rewrap.state === 'under way') return false
    const own = keptWrapping(record)
    if (rewrap.state === 'done') return rewrap.next === undefined || rewrap.next.wrapping === own
    if (rewrap.state === 'stopped') return true
    return hasFailed(rewrap, this.keys.wrappingOf(id, tenant) ?? own)
  }

  forget(tenant: string): void {
    this.#failures.forget(tenant)
    for (const name of [...this.#rewraps.keys()]) if (name.startsWith(`${tenant}\0`)) this.#rewraps.delete(name)
  }

  async #nextOf(cmks: TenantCmks, id: string, tenant: string, from: KeptWrapping): Promise<NewWrapping | undefined> {
    const name = nameOf(tenant, cmks.current, id)
    const earlier = this.#remembered(name)
    const rewrap =
      earlier === undefined || (earlier.state === 'failed' && !hasFailed(earlier, from))
        ? this.#begin(name, cmks, id, from, earlier?.candidates)
        : earlier
    if (rewrap.state === 'under way') rewrap.candidates.add(from)
    if (rewrap.failure !== undefined) throw rewrap.candidates.failureOf(from) ?? errorOf(rewrap.failure)
    try {
      return await rewrap.outcome
    } catch (error) {
      const own = rewrap.candidates.failureOf(from)
      if (own !== undefined) throw own
      // It was brought when the last one before it had failed already, and was not tried.
      if (rewrap.state === 'failed' && !hasFailed(rewrap, from)) return this.#nextOf(cmks, id, tenant, from)
      throw error
    }
  }

  #remembered(name: string): Rewrap | undefined {
    const rewrap = this.#rewraps.get(name)
    return rewrap !== undefined && !hasPassed(this.clock, rewrap.until) ? rewrap : undefined
  }

  #begin(name: string, cmks: TenantCmks, id: string, from: KeptWrapping, tried = new Candidates()): Rewrap {
    tried.add(from)
    const outcome = tried.first((wrapping) => this.#rewrapped(cmks, id, wrapping), MAX_FAILED)
    const rewrap: Rewrap = {
      candidates: tried,
      outcome,
      failure: undefined,
      until: deadlineIn(this.clock, REWRAP_SETTLED),
      state: 'under way',
      next: undefined,
    }
    this.#rewraps.set(name, rewrap)
    outcome.then(
      (next) => {
        // A node of KMS that has not heard of the rotation yet would have it rewrapped to and fro.
        rewrap.state = 'done'
        rewrap.next = next
      },
      (error: unknown) => {
        const known = error instanceof EnvelopeKeyError
        rewrap.state = known && !error.retryable ? 'failed' : 'stopped'
        if (!known) return
        if (error.retryable) rewrap.until = deadlineIn(this.clock, REWRAP_RETRY)
        rewrap.failure = keptFailure(error)
        rewrap.outcome = undefined
      },
    )
    return rewrap
  }

  async #rewrapped(cmks: TenantCmks, id: string, wrapping: KeptWrapping): Promise<NewWrapping | undefined> {
    const record = recordOf(wrapping)
    const { tenant } = record.context
    const wrappedKey = wrappedKeyName(id, wrapping)
    let next: WrappedKeyRecord
    try {
      next = await this.kms.rewrap(cmks, record, timeLimit(tenant, this.timeout), () =>
        this.#failures.checkWrappedKey(tenant, wrappedKey),
      )
    } catch (error) {
      if (error instanceof EnvelopeKeyError && !error.retryable) {
        this.#failures.rememberWrappedKey(tenant, wrappedKey, error)
      }
      throw error
    }
    if (next.cmkArn === record.cmkArn && next.keyMaterialId === record.keyMaterialId) return undefined
    await this.keys.verify(id, next)
    return { record: next, wrapping: keptWrapping(next) }
  }
}

/** Whether this wrapping was tried in vain, or too many others of the same data key were. */
function hasFailed({ candidates }: Rewrap, wrapping: KeptWrapping): boolean {
  return candidates.failed >= MAX_FAILED || candidates.hasFailed(wrapping)
}

/** The current CMK is part of it: another one in the configuration need not wait until the hour is over. */
function nameOf(tenant: string, current: string, id: string): string {
  return `${tenant}\0${current}\0${id}`
}
