import { loadSodium, type Sodium, sodiumIfLoaded } from './sodium.js'
import { assertKeyAndNonce, KEY_LENGTH, type Suite, TAG_LENGTH } from './suite.js'

const NONCE_LENGTH = 24

/**
 * XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03) through libsodium compiled to WebAssembly.
 *
 * Its 192-bit nonces may be drawn at random without counting messages.
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

  seal(key, nonce, authenticated, plaintext) {
    assertKeyAndNonce(xchacha20Poly1305, key, nonce)
    const sodium = required()
    return withScratch(sodium, key, nonce, authenticated, plaintext.length + TAG_LENGTH, (at) => {
      sodium.HEAPU8.set(plaintext, at.message)
      const failed = sodium._crypto_aead_xchacha20poly1305_ietf_encrypt(
        at.message,
        0,
        at.message,
        plaintext.length,
        0,
        at.authenticated,
        authenticated.length,
        0,
        0,
        at.nonce,
        at.key,
      )
      if (failed !== 0) throw new Error('libsodium could not seal')
      return Buffer.from(sodium.HEAPU8.subarray(at.message, at.message + plaintext.length + TAG_LENGTH))
    })
  },

  open(key, nonce, authenticated, sealed) {
    assertKeyAndNonce(xchacha20Poly1305, key, nonce)
    const length = sealed.length - TAG_LENGTH
    if (length < 0) return undefined
    const sodium = required()
    return withScratch(sodium, key, nonce, authenticated, sealed.length, (at) => {
      sodium.HEAPU8.set(sealed, at.message)
      const failed = sodium._crypto_aead_xchacha20poly1305_ietf_decrypt(
        at.message,
        0,
        0,
        at.message,
        sealed.length,
        0,
        at.authenticated,
        authenticated.length,
        0,
        at.nonce,
        at.key,
      )
      if (failed !== 0) return undefined
      return Buffer.from(sodium.HEAPU8.subarray(at.message, at.message + length))
    })
  },
}

interface Scratch {
  key: number
  nonce: number
  authenticated: number
  message: number
}

/** One piece of libsodium's heap for one message; everything in it is wiped, whatever happens. */
function withScratch<T>(
  sodium: Sodium,
  key: Uint8Array,
  nonce: Uint8Array,
  authenticated: Uint8Array,
  messageLength: number,
  work: (at: Scratch) => T,
): T {
  const size = KEY_LENGTH + NONCE_LENGTH + authenticated.length + messageLength
  const base = sodium._malloc(size)
  // A null pointer would make libsodium read and write the start of its own heap.
  if (base === 0) throw new Error('libsodium is out of memory')
  try {
    const at: Scratch = {
      key: base,
      nonce: base + KEY_LENGTH,
      authenticated: base + KEY_LENGTH + NONCE_LENGTH,
      message: base + KEY_LENGTH + NONCE_LENGTH + authenticated.length,
    }
    // The allocation may have moved the heap: a view taken before it would be detached, and writes to it vanish.
    const heap = sodium.HEAPU8
    heap.set(key, at.key)
    heap.set(nonce, at.nonce)
    heap.set(authenticated, at.authenticated)
    return work(at)
  } finally {
    sodium.HEAPU8.fill(0, base, base + size)
    sodium._free(base)
  }
}

function required(): Sodium {
  const sodium = sodiumIfLoaded()
  if (sodium === undefined) throw new Error('xchacha20-poly1305 is used before it was prepared')
  return sodium
}
