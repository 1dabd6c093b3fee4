import libsodium from 'libsodium'

/** What is used of libsodium's raw WebAssembly module. */
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
  loading ??= (async () => {
    const sodium = await libsodium()
    if (sodium._sodium_init() < 0) throw new Error('libsodium could not be initialised')
    loaded = sodium
    return sodium
  })()
  return loading
}

export function sodiumIfLoaded(): Sodium | undefined {
  return loaded
}
