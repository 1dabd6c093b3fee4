import { createHmac } from 'node:crypto'
import type { Plaintext } from './plaintext.js'
import { type Accelerator, accelerator } from './suites/accelerator.js'
import { KEY_LENGTH, stillThere } from './suites/suite.js'

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
    const all = this.addon.macs(stillThere(this.#key), messages, length)
    return messages.map((_, i) => new Uint8Array(all, i * length, length))
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
    return messages.map((message) => {
      if (typeof message === 'string' && !message.isWellFormed())
        throw new Error('a MAC of a lone surrogate was asked for')
      return new Uint8Array(createHmac('sha256', key).update(message).digest().subarray(0, length))
    })
  }

  destroy(): void {
    this.#bytes?.fill(0)
    this.#bytes = undefined
  }
}
