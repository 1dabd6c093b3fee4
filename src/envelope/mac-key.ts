import { createHmac } from 'node:crypto'
import type { Plaintext } from './plaintext.js'
import { type Accelerator, accelerator, MOST_PER_CALL } from './suites/accelerator.js'
import { illFormedText, KEY_LENGTH, stillThere } from './suites/suite.js'

/** A key for HMAC-SHA-256 (RFC 2104), of 32 bytes. */
export interface MacKey {
  /** The first `length` bytes of the MAC of each message, in the same order; of text, in UTF-8. */
  macs(messages: readonly Plaintext[], length: number): Uint8Array<ArrayBuffer>[]
  /** Wipes the key. */
  destroy(): void
}

/** Takes ownership of the bytes: they are wiped when the key is destroyed, or earlier. */
export function importMacKey(bytes: Uint8Array): MacKey {
  // Any shorter key is one that HMAC takes as well: an empty one, anybody has.
  if (bytes.length !== KEY_LENGTH) throw new RangeError(`a key for HMAC-SHA-256 must have ${KEY_LENGTH} bytes`)
  const addon = accelerator()
  return addon === undefined ? new NodeMacKey(bytes) : new NativeMacKey(addon, bytes)
}

/** Through the addon: the key is prepared once, outside JavaScript's memory. */
export class NativeMacKey implements MacKey {
  #key: object | undefined

  constructor(
    private readonly addon: Accelerator,
    bytes: Uint8Array,
  ) {
    this.#key = addon.importMacKey(bytes)
    bytes.fill(0)
  }

  macs(messages: readonly Plaintext[], length: number): Uint8Array<ArrayBuffer>[] {
    const key = stillThere(this.#key)
    const macs: Uint8Array<ArrayBuffer>[] = []
    for (let from = 0; from < messages.length; from += MOST_PER_CALL) {
      const some = messages.length <= MOST_PER_CALL ? messages : messages.slice(from, from + MOST_PER_CALL)
      const all = this.addon.macs(key, length, ...some)
      for (let i = 0; i < some.length; i++) macs.push(new Uint8Array(all, i * length, length))
    }
    return macs
  }

  destroy(): void {
    if (this.#key !== undefined) this.addon.destroyMacKey(this.#key)
    this.#key = undefined
  }
}

export class NodeMacKey implements MacKey {
  #bytes: Uint8Array | undefined

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  macs(messages: readonly Plaintext[], length: number): Uint8Array<ArrayBuffer>[] {
    const key = stillThere(this.#bytes)
    const all = Buffer.from(new ArrayBuffer(messages.length * length))
    return messages.map((message, i) => {
      if (typeof message === 'string' && !message.isWellFormed()) throw illFormedText()
      // By way of a string: a buffer for each takes a third of the time longer.
      all.write(createHmac('sha256', key).update(message).digest('binary'), i * length, length, 'latin1')
      return new Uint8Array(all.buffer, i * length, length)
    })
  }

  destroy(): void {
    this.#bytes?.fill(0)
    this.#bytes = undefined
  }
}
