import {
  dataKeyId,
  encodePrefix,
  encodeWrappedKey,
  type Suite,
  sealingKey,
  suites,
  type WrappedKeyRecord,
  wrapTag,
} from '../envelope/index.js'
import type { Deadline } from './clock.js'

/**
 * An unwrapped data key in memory.
 *
 * Whoever works with it holds a *lease*. A key that the cache has dropped is wiped when its last lease ends, never
 * under a pass that is still sealing: a wiped key would seal under zeros.
 */
export class DataKey {
  /** The data-key id in hexadecimal. */
  readonly id: string
  /** Until when it is trusted without asking KMS again. */
  trustedUntil: Deadline
  /** Until when it may be used although KMS cannot be asked. Counted from KMS's last answer, never prolonged. */
  graceUntil: Deadline
  /** While KMS cannot be asked: when to try again. */
  retryAt: Deadline | undefined

  readonly #keys = new Map<Suite, Buffer>()
  readonly #prefixes = new Map<Suite, Buffer>()
  #leases = 0
  #retired = false
  #wiped = false

  /** Takes what it needs from `dataKey` and wipes it. */
  constructor(
    readonly tenant: string,
    readonly record: WrappedKeyRecord,
    dataKey: Uint8Array,
    trust: { trustedUntil: Deadline; graceUntil: Deadline },
  ) {
    this.id = dataKeyId(dataKey).toString('hex')
    this.trustedUntil = trust.trustedUntil
    this.graceUntil = trust.graceUntil
    for (const suite of Object.values(suites)) this.#keys.set(suite, sealingKey(dataKey, suite))
    dataKey.fill(0)
  }

  get wiped(): boolean {
    return this.#wiped
  }

  /** The key that `suite` seals and opens with. Only under a lease. */
  keyFor(suite: Suite): Buffer {
    const key = this.#keys.get(suite)
    if (this.#wiped || this.#leases === 0 || key === undefined) {
      throw new Error('a data key was used without a lease')
    }
    return key
  }

  /** The bytes that every envelope sealed under this key begins with. */
  prefixFor(suite: Suite): Buffer {
    let prefix = this.#prefixes.get(suite)
    if (prefix === undefined) {
      const tag = wrapTag(this.record.cmkArn, this.record.keyMaterialId)
      prefix = encodePrefix(suite, Buffer.from(this.id, 'hex'), tag, encodeWrappedKey(this.record))
      this.#prefixes.set(suite, prefix)
    }
    return prefix
  }

  lease(times = 1): this {
    if (this.#wiped) throw new Error('a data key was leased after it was wiped')
    this.#leases += times
    return this
  }

  release(): void {
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
    for (const key of this.#keys.values()) key.fill(0)
  }
}
