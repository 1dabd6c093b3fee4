import {
  dataKeyId,
  encodePrefix,
  encodeWrappedKey,
  KEY_LENGTH,
  type Prefix,
  prefixOf,
  type Suite,
  type SuiteKey,
  sealingKey,
  suites,
  type WrappedKeyRecord,
  wrapTag,
} from '../envelope/index.js'
import { type Clock, type Deadline, deadlineIn } from './clock.js'

/** How long an unwrapped data key may be used. */
export interface Trust {
  /** Until when without asking KMS again. */
  readonly trusted: Deadline
  /** Until when although KMS cannot be asked. */
  readonly grace: Deadline
}

/**
 * Trust that begins now. Taken before KMS is asked: its answer may be as old as the question, by the whole of a
 * machine's sleep in the worst case.
 */
export function trustFromNow(clock: Clock, { revalidate, grace }: { revalidate: number; grace: number }): Trust {
  return {
    // Jittered downwards: keys fetched together are not asked about together, and none later than was promised.
    trusted: deadlineIn(clock, revalidate * (0.9 + 0.1 * Math.random())),
    grace: deadlineIn(clock, revalidate + grace),
  }
}

/** A wrapped data key, and the configured id of the CMK that KMS was told to use for it. */
export interface VouchedKey {
  readonly record: WrappedKeyRecord
  readonly cmk: string
}

/** What one suite works with, made when it is first used: most data keys serve one. */
interface SuiteUse {
  readonly suite: Suite
  readonly key: SuiteKey
  prefix: Prefix | undefined
}

const SUITES = Object.values(suites)

/**
 * An unwrapped data key in memory.
 *
 * Whoever works with it holds a *lease*. A key that the cache has dropped is wiped when its last lease ends, never
 * under a pass that is still sealing: a wiped key would seal under zeros.
 */
export class DataKey implements VouchedKey {
  /** The data-key id in hexadecimal. */
  readonly id: string
  readonly record: WrappedKeyRecord
  cmk: string
  /** Renewed by nothing but KMS's consent. */
  trust: Trust
  /** While KMS cannot be asked: when to try again. */
  retryAt: Deadline | undefined

  /** The sealing keys of all suites, one behind the other: there may be many data keys, and each buffer has its price. */
  readonly #sealingKeys = new Uint8Array(SUITES.length * KEY_LENGTH)
  readonly #uses: SuiteUse[] = []
  #leases = 0
  #retired = false
  #wiped = false

  /** Takes what it needs from `dataKey` and wipes it. */
  constructor({ record, cmk }: VouchedKey, dataKey: Uint8Array, trust: Trust) {
    this.record = record
    this.cmk = cmk
    this.trust = trust
    this.id = dataKeyId(dataKey).toString('hex')
    SUITES.forEach((suite, at) => {
      const key = sealingKey(dataKey, suite)
      this.#sealingKeys.set(key, at * KEY_LENGTH)
      key.fill(0)
    })
    dataKey.fill(0)
  }

  get tenant(): string {
    return this.record.context.tenant
  }

  get wiped(): boolean {
    return this.#wiped
  }

  /** The key that `suite` seals and opens with. Only under a lease. */
  keyFor(suite: Suite): SuiteKey {
    return this.#use(suite).key
  }

  /** What every envelope that is sealed under this key begins with. */
  prefixFor(suite: Suite): Prefix {
    const use = this.#use(suite)
    if (use.prefix === undefined) {
      const tag = wrapTag(this.record.cmkArn, this.record.keyMaterialId)
      const bytes = encodePrefix(suite, Buffer.from(this.id, 'hex'), tag, encodeWrappedKey(this.record))
      use.prefix = prefixOf({ suite, prefix: bytes })
    }
    return use.prefix
  }

  #use(suite: Suite): SuiteUse {
    if (this.#wiped || this.#leases === 0) throw new Error('a data key was used without a lease')
    const known = this.#uses.find((use) => use.suite === suite)
    if (known !== undefined) return known
    const start = SUITES.indexOf(suite) * KEY_LENGTH
    const bytes = this.#sealingKeys.subarray(start, start + KEY_LENGTH)
    const use: SuiteUse = { suite, key: suite.importKey(bytes), prefix: undefined }
    this.#uses.push(use)
    return use
  }

  lease(times = 1): this {
    if (this.#wiped) throw new Error('a data key was leased after it was wiped')
    this.#leases += times
    return this
  }

  /** Ends one lease. One too many would end another pass's lease, and wipe the key under it. */
  release(): void {
    if (this.#leases === 0) throw new Error('a data key was released more often than it was leased')
    this.#leases -= 1
    this.#wipeIfIdle()
  }

  /** No new use begins; wiped as soon as nobody holds a lease. */
  retire(): void {
    this.#retired = true
    this.#wipeIfIdle()
  }

  #wipeIfIdle(): void {
    if (!this.#retired || this.#leases > 0 || this.#wiped) return
    this.#wiped = true
    for (const { key } of this.#uses) key.destroy()
    this.#sealingKeys.fill(0)
  }
}
