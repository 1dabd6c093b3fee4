import { assertKey, assertThere, type Pass, type SuiteKey, type SuiteName } from './suite.js'

/** A key that works with its bytes as they are, and wipes them when it is destroyed. */
export abstract class OwnedKey implements SuiteKey {
  readonly #bytes: Uint8Array
  #destroyed = false

  constructor(suite: SuiteName, bytes: Uint8Array) {
    assertKey(suite, bytes)
    this.#bytes = bytes
  }

  abstract begin(authenticated: Uint8Array, size: number): Pass

  protected get bytes(): Uint8Array {
    assertThere(this.#destroyed)
    return this.#bytes
  }

  destroy(): void {
    this.#destroyed = true
    this.#bytes.fill(0)
  }
}
