import { LRUCache } from 'lru-cache'
import type { WrappedKey } from '../../envelope/index.js'
import { EnvelopeKeyError } from '../../errors.js'
import { type Clock, type Deadline, deadlineIn, hasPassed } from '../clock.js'
import type { Cmks, TenantCmks } from '../cmks/cmks.js'
import type { CurrentCmk } from '../cmks/current-cmk.js'
import { errorOf, type KeptFailure, keptFailure } from '../failures/kept-failure.js'
import { UnwrapFailures } from '../failures/unwrap-failures.js'
import { Candidates } from '../flights/candidates.js'
import { timeLimit } from '../gate/time-limit.js'
import type { CheckedKms } from '../kms-calls/checked-kms.js'
import { type PackedWrappedKey, packWrappedKey, unpackWrappedKey, wrappedKeyName } from '../packed-wrapped-key.js'
import { REWRAP_RETRY, REWRAP_SETTLED } from '../timings.js'

const MAX_REMEMBERED = 10_000
/** How many wrapped keys that rows bring for one data key may fail before all of its rows are left alone. */
const MAX_FAILED = 8

interface NewWrappedKey {
  readonly wrappedKey: WrappedKey
  readonly packed: PackedWrappedKey
}

/** One data key's rewrap under one CMK. */
interface Rewrap {
  readonly candidates: Candidates
  /** The new wrapped key, or `undefined` where KMS returned what it was sent. Kept until it has failed. */
  outcome: Promise<NewWrappedKey | undefined> | undefined
  /** What it failed with, or was stopped by. */
  failure: KeptFailure | undefined
  until: Deadline
  /** Failed: all wrapped keys that were brought so far. Stopped: by what says nothing of them, such as an outage. */
  state: 'under way' | 'done' | 'failed' | 'stopped'
  /** Once it is done. */
  next: NewWrappedKey | undefined
}

/** What the keys in memory know, and do, for rewraps. */
export interface ProvenKeys {
  /** The wrapped key that a key in memory was unwrapped from, if there is one. */
  wrappedKeyInMemory(id: string, tenant: string): PackedWrappedKey | undefined
  /** Has KMS unwrap the new wrapped key, checks its id, and puts it in the old one's place in memory. */
  verify(id: string, next: WrappedKey): Promise<void>
}

/**
 * New wrapped keys of old data keys: the same data key under the tenant's current CMK, or under its newest key material.
 *
 * ReEncrypt does it inside KMS. What comes back is unwrapped once and compared with the data key's id before anyone
 * writes it. Once for each data key and CMK, whatever its rows say of how it is wrapped: they get the same new wrapped key,
 * also those whose own was damaged, swapped or forged. It is made of the wrapped key that KMS has unwrapped already, where
 * the key is in memory, else of those that rows bring, one after another.
 */
export class Rewraps {
  readonly #rewraps = new LRUCache<string, Rewrap>({ max: MAX_REMEMBERED })
  /** Apart from those of reading: planted wrapped keys that cannot be rewrapped must not keep others from being read. */
  readonly #failures: UnwrapFailures

  constructor(
    private readonly cmks: Cmks,
    private readonly kms: CheckedKms,
    private readonly current: CurrentCmk,
    private readonly clock: Clock,
    /** How long each of its calls may take. Nobody waits for the whole of a rewrap. */
    private readonly timeout: number,
    private readonly keys: ProvenKeys,
  ) {
    this.#failures = new UnwrapFailures(clock)
  }

  /**
   * The new wrapped key of a data key; `undefined` where it is wrapped as it should be already. Rejects with what KMS said,
   * or with `ENVELOPE_DATA_KEY_MISMATCH`.
   */
  async rewrap(id: string, wrappedKey: WrappedKey): Promise<WrappedKey | undefined> {
    const { tenant } = wrappedKey.context
    if (!(await this.isStale(wrappedKey))) return undefined
    const cmks = await this.cmks.of(tenant)
    const own = packWrappedKey(wrappedKey)
    const proven = this.keys.wrappedKeyInMemory(id, tenant)
    const known = proven !== undefined && proven !== own ? unpackWrappedKey(proven) : undefined
    // Another row brought the key into memory, and is wrapped as this one should be.
    if (known !== undefined && this.current.isStale(cmks, known) === false) return known
    const next = await this.#nextOf(cmks, id, tenant, { packed: proven ?? own, isProven: proven !== undefined })
    return next?.packed === own ? undefined : next?.wrappedKey
  }

  /** Whether a data key is wrapped out of date. Rejects where KMS does not say what the current CMK is. */
  async isStale(wrappedKey: WrappedKey): Promise<boolean> {
    const { tenant } = wrappedKey.context
    const cmks = await this.cmks.of(tenant)
    if (this.current.isStale(cmks, wrappedKey) === undefined)
      await this.current.ask(tenant, cmks, timeLimit(tenant, this.timeout))
    return this.current.isStale(cmks, wrappedKey) === true
  }

  /**
   * What KMS makes of this very wrapped key, which may be another data key's than is thought: for where keys may not be
   * unwrapped. `undefined` where KMS returned what it was sent.
   */
  async rewrapUnproven(wrappedKey: WrappedKey): Promise<WrappedKey | undefined> {
    const { tenant } = wrappedKey.context
    const cmks = await this.cmks.of(tenant)
    const next = await this.kms.rewrap(cmks, wrappedKey, timeLimit(tenant, this.timeout), () => {})
    return next.wrapTag.equals(wrappedKey.wrapTag) ? undefined : next
  }

  /**
   * Has KMS unwrap a wrapped key of this data key, and keeps nothing of it. Rejects with what KMS said, or with
   * `ENVELOPE_DATA_KEY_MISMATCH`.
   *
   * @returns the ARN of the CMK that KMS used.
   */
  async accepts(id: string, wrappedKey: WrappedKey): Promise<string> {
    const { tenant } = wrappedKey.context
    const name = wrappedKeyName(id, packWrappedKey(wrappedKey))
    const check = (): void => this.#failures.checkWrappedKey(tenant, name)
    try {
      const cmks = await this.cmks.of(tenant)
      const given = await this.kms.unwrap(cmks, id, wrappedKey, timeLimit(tenant, this.timeout), check)
      given.dataKey.fill(0)
      return given.cmkArn
    } catch (error) {
      this.#remember(tenant, name, error)
      throw error
    }
  }

  #remember(tenant: string, name: string, error: unknown): void {
    if (error instanceof EnvelopeKeyError && !error.retryable) this.#failures.rememberWrappedKey(tenant, name, error)
  }

  /**
   * Whether to try: the data key is wrapped out of date, or KMS has to be asked to find out, and no recent attempt failed
   * or found that there is nothing to do.
   */
  isWorthwhile(cmks: TenantCmks, id: string, wrappedKey: WrappedKey): boolean {
    return this.current.isStale(cmks, wrappedKey) !== false && !this.#hasEnded(cmks, id, wrappedKey)
  }

  /** Whether this rewrap failed, or was found to be needless, within the time for which that is believed. */
  #hasEnded({ current }: TenantCmks, id: string, wrappedKey: WrappedKey): boolean {
    const { tenant } = wrappedKey.context
    const rewrap = this.#remembered(nameOf(tenant, current, id))
    if (rewrap === undefined || rewrap.state === 'under way') return false
    const own = packWrappedKey(wrappedKey)
    if (rewrap.state === 'done') return rewrap.next === undefined || rewrap.next.packed === own
    if (rewrap.state === 'stopped') return true
    const proven = this.keys.wrappedKeyInMemory(id, tenant)
    return hasFailed(rewrap, { packed: proven ?? own, isProven: proven !== undefined })
  }

  forget(tenant: string): void {
    this.#failures.forget(tenant)
    for (const name of [...this.#rewraps.keys()]) if (name.startsWith(`${tenant}\0`)) this.#rewraps.delete(name)
  }

  async #nextOf(cmks: TenantCmks, id: string, tenant: string, from: Source): Promise<NewWrappedKey | undefined> {
    const { packed } = from
    const name = nameOf(tenant, cmks.current, id)
    const earlier = this.#remembered(name)
    const rewrap =
      earlier === undefined || (earlier.state === 'failed' && !hasFailed(earlier, from))
        ? this.#begin(name, cmks, id, packed, earlier?.candidates)
        : earlier
    if (rewrap.state === 'under way') rewrap.candidates.add(packed)
    if (rewrap.failure !== undefined) throw rewrap.candidates.failureOf(packed) ?? errorOf(rewrap.failure)
    try {
      return await rewrap.outcome
    } catch (error) {
      const own = rewrap.candidates.failureOf(packed)
      if (own !== undefined) throw own
      // The last one before it had failed already when it was added, so it was not tried.
      if (rewrap.state === 'failed' && !hasFailed(rewrap, from)) return this.#nextOf(cmks, id, tenant, from)
      throw error
    }
  }

  #remembered(name: string): Rewrap | undefined {
    const rewrap = this.#rewraps.get(name)
    return rewrap !== undefined && !hasPassed(this.clock, rewrap.until) ? rewrap : undefined
  }

  #begin(name: string, cmks: TenantCmks, id: string, from: PackedWrappedKey, tried = new Candidates()): Rewrap {
    tried.add(from)
    const outcome = tried.first((packed) => this.#rewrapped(cmks, id, packed), MAX_FAILED)
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

  async #rewrapped(cmks: TenantCmks, id: string, packed: PackedWrappedKey): Promise<NewWrappedKey | undefined> {
    const wrappedKey = unpackWrappedKey(packed)
    const { tenant } = wrappedKey.context
    const name = wrappedKeyName(id, packed)
    let next: WrappedKey
    try {
      next = await this.kms.rewrap(cmks, wrappedKey, timeLimit(tenant, this.timeout), () =>
        this.#failures.checkWrappedKey(tenant, name),
      )
    } catch (error) {
      this.#remember(tenant, name, error)
      throw error
    }
    if (next.wrapTag.equals(wrappedKey.wrapTag)) return undefined
    await this.keys.verify(id, next)
    return { wrappedKey: next, packed: packWrappedKey(next) }
  }
}

/** What a new wrapped key is made of, and whether KMS has unwrapped it before. */
interface Source {
  readonly packed: PackedWrappedKey
  readonly isProven: boolean
}

/** Whether this wrapped key was tried and failed, or, if KMS has not unwrapped it, too many others of the same data key did. */
function hasFailed({ candidates }: Rewrap, { packed, isProven }: Source): boolean {
  return (!isProven && candidates.failed >= MAX_FAILED) || candidates.hasFailed(packed)
}

/** The current CMK is part of it: another one in the configuration need not wait until the hour is over. */
function nameOf(tenant: string, current: string, id: string): string {
  return `${tenant}\0${current}\0${id}`
}
