import {
  dataKeyId,
  encodePrefix,
  KEY_LENGTH,
  type Prefix,
  prefixOf,
  type Suite,
  type SuiteKey,
  sealingKey,
  suites,
  type WrappedKey,
} from '../envelope/index.js'
import { type Clock, type Deadline, deadlineIn, hasPassed } from './clock.js'
import { type PackedWrappedKey, unpackWrappedKey } from './packed-wrapped-key.js'

/** Until when an unwrapped data key may be used without asking KMS again. */
export interface Trust extends Deadline {
  /** For how many milliseconds more although KMS cannot be asked. */
  readonly grace: number
}

/**
 * Trust that begins now. Taken before KMS is asked: its answer may be as old as the question, by the whole of a
 * machine's sleep in the worst case.
 */
export function trustFromNow(clock: Clock, { revalidate, grace }: { revalidate: number; grace: number }): Trust {
  // Jittered downwards: keys fetched together are not asked about together, and none later than was promised. Whole
  // milliseconds: a number with a fraction takes 16 bytes more, and there may be many keys.
  const trusted = Math.floor(revalidate * (0.9 + 0.1 * Math.random()))
  const { wall, monotonic } = deadlineIn(clock, trusted)
  return { wall, monotonic, grace: revalidate + grace - trusted }
}

/** Whether a key may not be used any longer, whatever becomes of KMS. */
export function isSpent(clock: Clock, trust: Trust): boolean {
  return hasPassed(clock, trust, trust.grace)
}

/** What the key table answers of a data key. */
export interface FoundKey {
  readonly wrappedKey: WrappedKey
  /** Whether its row was seen for this answer. */
  readonly isSeen: boolean
}

/** A wrapped data key, and the configured id of the CMK that KMS was told to use for it. */
export interface KeyUnderCmk {
  readonly wrappedKey: PackedWrappedKey
  readonly cmk: string
}

const SUITES = Object.values(suites)

/**
 * An unwrapped data key in memory.
 *
 * Whoever works with it holds a *lease*. A key that the cache has dropped is wiped when its last lease ends, never
 * under a pass that is still sealing: a wiped key would seal under zeros.
 */
export class DataKey implements KeyUnderCmk {
  /** The data-key id in hexadecimal. */
  readonly id: string
  readonly tenant: string
  readonly wrappedKey: PackedWrappedKey
  cmk: string
  /** Renewed by nothing but KMS's consent. */
  trust: Trust
  /** While KMS cannot be asked: when to try again. */
  retryAt: Deadline | undefined
  /** Until when its row of the key table is taken to be there. Apart from trust: KMS does not know that a key was erased. */
  rowSeen: Trust | undefined
  /** While the key table cannot be asked: when to try again. */
  lookAgainAt: Deadline | undefined

  /** The sealing keys of all suites, one behind the other: there may be many data keys, and each buffer has its price. */
  readonly #sealingKeys = new ArrayBuffer(SUITES.length * KEY_LENGTH)
  /** What each suite works with, made when it is first used: most data keys serve one. */
  readonly #suiteKeys: (SuiteKey | undefined)[] = SUITES.map(() => undefined)
  /** Of the suite and placement that it sealed with last: longer than all else that is kept, and most data keys only open. */
  #prefix: Prefix | undefined
  #leases = 0
  #retired = false
  #wiped = false

  /** Takes what it needs from `dataKey` and wipes it. */
  constructor({ wrappedKey, cmk }: KeyUnderCmk, tenant: string, dataKey: Uint8Array, trust: Trust) {
    this.tenant = tenant
    this.wrappedKey = wrappedKey
    this.cmk = cmk
    this.trust = trust
    this.id = dataKeyId(dataKey).toString('hex')
    SUITES.forEach((suite, at) => {
      const key = sealingKey(dataKey, suite)
      this.#bytesOf(at).set(key)
      key.fill(0)
    })
    dataKey.fill(0)
  }

  get wiped(): boolean {
    return this.#wiped
  }

  /** When it was created, in hours since 1970: KMS has authenticated it. */
  get createdHour(): number {
    return unpackWrappedKey(this.wrappedKey).context.createdHour
  }

  /** The key that `suite` seals and opens with. Only under a lease. */
  keyFor(suite: Suite): SuiteKey {
    if (this.#wiped || this.#leases === 0) throw new Error('a data key was used without a lease')
    const at = SUITES.indexOf(suite)
    const key = this.#suiteKeys[at] ?? suite.importKey(this.#bytesOf(at))
    this.#suiteKeys[at] = key
    return key
  }

  /** What every envelope that is sealed under this key begins with. */
  prefixFor(suite: Suite, placement: 'inline' | 'table'): Prefix {
    const earlier = this.#prefix
    if (earlier?.suite === suite && earlier.isInline === (placement === 'inline')) return earlier
    const wrappedKey = placement === 'inline' ? unpackWrappedKey(this.wrappedKey) : undefined
    const prefix = prefixOf({ suite, prefix: encodePrefix(suite, Buffer.from(this.id, 'hex'), wrappedKey) })
    this.#prefix = prefix
    return prefix
  }

  /** @param until counted from before the table was asked: its answer may be as old as the question. */
  sawRow(until: Trust): void {
    this.rowSeen = until
    this.lookAgainAt = undefined
  }

  #bytesOf(suite: number): Uint8Array {
    return new Uint8Array(this.#sealingKeys, suite * KEY_LENGTH, KEY_LENGTH)
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
    for (const key of this.#suiteKeys) key?.destroy()
    new Uint8Array(this.#sealingKeys).fill(0)
  }
}
