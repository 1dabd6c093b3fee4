import { randomBytes } from 'node:crypto'

/** The part of libsodium's raw WebAssembly module that is used. */
export interface Sodium {
  /** Replaced whenever the heap grows: read it afresh after every allocation. */
  readonly HEAPU8: Uint8Array
  _sodium_init(): number
  _malloc(bytes: number): number
  _free(pointer: number): void
  _crypto_aead_xchacha20poly1305_ietf_encrypt(
    c: number,
    clenOut: number,
    m: number,
    mlen: number,
    mlenHigh: number,
    ad: number,
    adlen: number,
    adlenHigh: number,
    nsec: number,
    npub: number,
    k: number,
  ): number
  _crypto_aead_xchacha20poly1305_ietf_decrypt(
    m: number,
    mlenOut: number,
    nsec: number,
    c: number,
    clen: number,
    clenHigh: number,
    ad: number,
    adlen: number,
    adlenHigh: number,
    npub: number,
    k: number,
  ): number
}

let loading: Promise<Sodium> | undefined
let loaded: Sodium | undefined

/** A private instance: no other user of libsodium in this process shares its heap. Loaded on first use. */
export function loadSodium(): Promise<Sodium> {
  loading ??= instantiate().then(
    (sodium) => {
      loaded = sodium
      return sodium
    },
    (error: unknown) => {
      loading = undefined
      throw error
    },
  )
  return loading
}

async function instantiate(): Promise<Sodium> {
  const { default: libsodium } = await import('libsodium')
  // If `import()` was compiled to `require()`, as Jest does, the package exports its one shared instance instead.
  const sodium = typeof libsodium === 'function' ? await libsodium({ getRandomValue }) : await ready(libsodium)
  if (sodium._sodium_init() < 0) throw new Error('libsodium could not be initialised')
  return sodium
}

/** Lengths in the message that {@link stackWiper} opens: the text is as long as a partial block can be. */
const [KEY, NONCE, TEXT, TAG] = [32, 24, 63, 16]

/**
 * Wipes what libsodium leaves on its own stack of the last text that it opened: ChaCha20 processes a partial block, of up to
 * 63 bytes, in a buffer there and does not wipe it. libsodium exports nothing for that, so a text of zeros is opened, which
 * overwrites the buffer.
 */
export function stackWiper(sodium: Sodium): () => void {
  const key = sodium._malloc(KEY + NONCE + TEXT + TAG + TEXT)
  if (key === 0) throw new Error('libsodium is out of memory')
  const nonce = key + KEY
  const sealed = nonce + NONCE
  const text = sealed + TEXT + TAG
  sodium.HEAPU8.fill(0, key, text + TEXT)
  const { _crypto_aead_xchacha20poly1305_ietf_encrypt: encrypt } = sodium
  encrypt(sealed, 0, text, TEXT, 0, 0, 0, 0, 0, nonce, key)
  const { _crypto_aead_xchacha20poly1305_ietf_decrypt: decrypt } = sodium
  return () => {
    const failed = decrypt(text, 0, 0, sealed, TEXT + TAG, 0, 0, 0, 0, nonce, key)
    if (failed !== 0) throw new Error('libsodium could not wipe its stack')
  }
}

async function ready(shared: Sodium & { ready: Promise<unknown> }): Promise<Sodium> {
  await shared.ready
  return shared
}

/** In an ES module on Node, libsodium finds no source of randomness by itself, and does not start without one. */
function getRandomValue(): number {
  return randomBytes(4).readUInt32LE()
}

export function sodiumIfLoaded(): Sodium | undefined {
  return loaded
}
