import { randomUnavailable } from '../random-unavailable.js'
import { NO_PADDING } from '../utf8.js'
import { type Accelerator, gather, MOST_PER_CALL } from './accelerator.js'
import { borrow, giveBack } from './arena.js'
import { assertKey, illFormedText, type Pass, type SuiteKey, stillThere } from './suite.js'

/** AES-256-GCM through the addon: the key is expanded once, outside JavaScript's memory. */
export class NativeGcmKey implements SuiteKey {
  #key: object | undefined

  constructor(
    private readonly addon: Accelerator,
    bytes: Uint8Array,
  ) {
    assertKey('aes-256-gcm', bytes)
    this.#key = addon.importKey(bytes)
    bytes.fill(0)
  }

  openTexts(authenticated: Uint8Array, prefix: string, envelopes: readonly string[]): string[] | number {
    const key = stillThere(this.#key)
    return inCalls(envelopes, (some) => this.addon.openTexts(key, authenticated, prefix, gather, ...some))
  }

  sealTexts(authenticated: Uint8Array, prefix: string, texts: readonly string[], pad = NO_PADDING): string[] {
    const key = stillThere(this.#key)
    let sealed: string[] | number
    try {
      sealed = inCalls(texts, (some) => this.addon.sealTexts(key, authenticated, prefix, gather, pad, ...some))
    } catch (error) {
      // The addon's own code, for which see its interface.
      throw (error as { code?: unknown }).code === 'RANDOM_UNAVAILABLE' ? randomUnavailable(error) : error
    }
    if (typeof sealed === 'number') throw illFormedText()
    return sealed
  }

  begin(authenticated: Uint8Array, size: number): Pass {
    const { addon } = this
    const key = stillThere(this.#key)
    const arena = borrow(size)
    return {
      arena,
      seal: (messages) => addon.seal(key, authenticated, arena, messages),
      open: (messages) => addon.open(key, authenticated, arena, messages),
      end: () => giveBack(arena),
    }
  }

  destroy(): void {
    if (this.#key !== undefined) this.addon.destroyKey(this.#key)
    this.#key = undefined
  }
}

/** As many calls as are needed, and what they return in one; or the index of the first string that one of them refuses. */
function inCalls(strings: readonly string[], call: (some: readonly string[]) => string[] | number): string[] | number {
  if (strings.length <= MOST_PER_CALL) return call(strings)
  const all: string[] = []
  for (let from = 0; from < strings.length; from += MOST_PER_CALL) {
    const some = call(strings.slice(from, from + MOST_PER_CALL))
    if (typeof some === 'number') return from + some
    for (const each of some) all.push(each)
  }
  return all
}
