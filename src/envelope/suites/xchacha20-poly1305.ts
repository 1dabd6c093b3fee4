import { OwnedKey } from './owned-key.js'
import { loadSodium, type Sodium, sodiumIfLoaded, stackWiper } from './sodium.js'
import { eachSpan, KEY_LENGTH, type Pass, type Spans, type Suite, TAG_LENGTH } from './suite.js'

const NONCE_LENGTH = 24

/**
 * XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03) through libsodium compiled to WebAssembly.
 *
 * Its 192-bit nonces can be random without a limit on the number of messages.
 */
export const xchacha20Poly1305: Suite = {
  id: 2,
  name: 'xchacha20-poly1305',
  nonceLength: NONCE_LENGTH,
  get ready() {
    return sodiumIfLoaded() !== undefined
  },
  prepare: async () => {
    await loadSodium()
  },

  importKey: (bytes) => new SodiumKey(bytes),
}

let wipeStack: (() => void) | undefined

class SodiumKey extends OwnedKey {
  constructor(bytes: Uint8Array) {
    super('xchacha20-poly1305', NONCE_LENGTH, bytes)
  }

  begin(authenticated: Uint8Array, size: number): Pass {
    const key = this.bytes
    const sodium = sodiumIfLoaded()
    if (sodium === undefined) throw new Error('xchacha20-poly1305 was used before it was prepared')
    // Before a pass lays out its arena: this allocates too.
    wipeStack ??= stackWiper(sodium)
    return new HeapPass(sodium, key, authenticated, size)
  }
}

/** A pass whose arena is a piece of libsodium's own heap, after the key and the authenticated data. */
class HeapPass implements Pass {
  readonly arena: Buffer
  readonly #base: number
  readonly #authenticatedLength: number
  #opened = false

  constructor(
    private readonly sodium: Sodium,
    key: Uint8Array,
    authenticated: Uint8Array,
    size: number,
  ) {
    const front = KEY_LENGTH + authenticated.length
    this.#base = sodium._malloc(front + size)
    // A null pointer would make libsodium read and write the start of its own heap.
    if (this.#base === 0) throw new Error('libsodium is out of memory')
    // The allocation may have moved the heap: an earlier view would be detached, and writes to it lost.
    const heap = sodium.HEAPU8
    heap.set(key, this.#base)
    heap.set(authenticated, this.#base + KEY_LENGTH)
    this.arena = Buffer.from(heap.buffer, this.#base + front, size)
    this.#authenticatedLength = authenticated.length
  }

  seal(messages: Spans): void {
    const { sodium } = this
    this.#each(messages, (at, length) => {
      const [key, authenticated] = [this.#base, this.#base + KEY_LENGTH]
      const failed = sodium._crypto_aead_xchacha20poly1305_ietf_encrypt(
        at,
        0,
        at,
        length,
        0,
        authenticated,
        this.#authenticatedLength,
        0,
        0,
        at - NONCE_LENGTH,
        key,
      )
      if (failed !== 0) throw new Error('libsodium could not seal')
      return true
    })
  }

  open(messages: Spans): number {
    const { sodium } = this
    this.#opened = true
    return this.#each(messages, (at, length) => {
      const [key, authenticated] = [this.#base, this.#base + KEY_LENGTH]
      const failed = sodium._crypto_aead_xchacha20poly1305_ietf_decrypt(
        at,
        0,
        0,
        at,
        length + TAG_LENGTH,
        0,
        authenticated,
        this.#authenticatedLength,
        0,
        at - NONCE_LENGTH,
        key,
      )
      return failed === 0
    })
  }

  end(): void {
    const { sodium, arena } = this
    sodium.HEAPU8.fill(0, this.#base, arena.byteOffset + arena.length)
    sodium._free(this.#base)
    // Sealing leaves only ciphertext there.
    if (this.#opened) wipeStack?.()
  }

  #each(messages: Spans, work: (pointer: number, length: number) => boolean): number {
    // Something else made the heap grow: the messages were laid out in a heap that no longer exists.
    if (this.arena.buffer !== this.sodium.HEAPU8.buffer) throw new Error('libsodium’s heap has moved within a pass')
    return eachSpan(NONCE_LENGTH, this.arena, messages, (start, length) => work(this.arena.byteOffset + start, length))
  }
}
