import { timingSafeEqual } from 'node:crypto'
import type { MacKey } from '../../envelope/index.js'
import type { Deadline } from '../clock.js'
import type { Trust } from '../data-key.js'

/** An index key in memory, with the subkeys of the indexes that were used so far. */
export class IndexKey {
  trust: Trust
  /** While KMS cannot be asked: when to try again. */
  retryAt: Deadline | undefined
  readonly #key: Uint8Array
  readonly #subkeys = new Map<object, MacKey>()
  #wiped = false

  /** Takes over `key`: it is wiped with this. */
  constructor(key: Uint8Array, trust: Trust) {
    this.#key = key
    this.trust = trust
  }

  get wiped(): boolean {
    return this.#wiped
  }

  /** The key of one index, derived once. A wiped key derives nothing: tokens under zeros would all be findable. */
  subkey(index: object, derive: (key: Uint8Array) => MacKey): MacKey {
    if (this.#wiped) throw new Error('an index key was used after it was wiped')
    let subkey = this.#subkeys.get(index)
    if (subkey === undefined) {
      subkey = derive(this.#key)
      this.#subkeys.set(index, subkey)
    }
    return subkey
  }

  matches(key: Uint8Array): boolean {
    return key.length === this.#key.length && timingSafeEqual(key, this.#key)
  }

  wipe(): void {
    this.#wiped = true
    this.#key.fill(0)
    for (const subkey of this.#subkeys.values()) subkey.destroy()
    this.#subkeys.clear()
  }
}
