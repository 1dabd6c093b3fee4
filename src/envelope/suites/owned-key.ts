import { assertKey, type Pass, type SuiteKey, type SuiteName, stillThere } from './suite.js'

/** A key that works with its bytes as they are, and wipes them when it is destroyed. */
export abstract class OwnedKey implements SuiteKey {
  #bytes: Uint8Array | undefined

  constructor(suite: SuiteName, bytes: Uint8Array) {
    assertKey(suite, bytes)
    this.#bytes = bytes
  }

  abstract begin(authenticated: Uint8Array, size: number): Pass

  protected get bytes(): Uint8Array {
    return stillThere(this.#bytes)
  }

  destroy(): void {
    this.#bytes?.fill(0)
    this.#bytes = undefined
  }
}
