import { NO_PADDING } from '../utf8.js'
import { assertKey, type Pass, type SuiteKey, type SuiteName, stillThere } from './suite.js'
import { openTextsInPasses, sealTextsInPasses } from './texts-in-passes.js'

/** A key that works with its bytes as they are, and wipes them when it is destroyed. */
export abstract class OwnedKey implements SuiteKey {
  #bytes: Uint8Array | undefined
  readonly #nonceLength: number

  constructor(suite: SuiteName, nonceLength: number, bytes: Uint8Array) {
    this.#nonceLength = nonceLength
    assertKey(suite, bytes)
    this.#bytes = bytes
  }

  openTexts(authenticated: Uint8Array, prefix: string, envelopes: readonly string[]): string[] | number {
    return openTextsInPasses(this, this.#nonceLength, authenticated, prefix, envelopes)
  }

  sealTexts(authenticated: Uint8Array, prefix: string, texts: readonly string[], pad = NO_PADDING): string[] {
    return sealTextsInPasses(this, this.#nonceLength, authenticated, prefix, texts, pad)
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
