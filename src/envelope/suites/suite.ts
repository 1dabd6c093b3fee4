/** An authenticated cipher that an envelope can be sealed with. */
export interface Suite {
  /** The suite's number in the envelope's head: one nibble, frozen. */
  readonly id: number
  readonly name: SuiteName
  /** Bytes. */
  readonly nonceLength: number
  /** Readies the implementation, when that cannot be done at once. Until then {@link ready} is false. */
  prepare(): Promise<void>
  readonly ready: boolean
  /**
   * Seals one message: ciphertext with its 16-byte tag behind it.
   *
   * @param key 32 bytes.
   * @param nonce {@link nonceLength} bytes, never used before with this key.
   */
  seal(key: Uint8Array, nonce: Uint8Array, authenticated: Uint8Array, plaintext: Uint8Array): Uint8Array
  /** Opens what {@link seal} made, or gives `undefined` where it does not authenticate. */
  open(key: Uint8Array, nonce: Uint8Array, authenticated: Uint8Array, sealed: Uint8Array): Buffer | undefined
}

export type SuiteName = 'aes-256-gcm' | 'xchacha20-poly1305'

/** Both suites end a message with a tag of this many bytes; a shorter one is never accepted. */
export const TAG_LENGTH = 16
export const KEY_LENGTH = 32

/**
 * Checked before every call into a cipher, since neither does it fully: GCM takes a nonce of any length, and libsodium
 * would read whatever its heap holds behind a short key or nonce.
 */
export function assertKeyAndNonce(
  suite: Pick<Suite, 'name' | 'nonceLength'>,
  key: Uint8Array,
  nonce: Uint8Array,
): void {
  if (key.length !== KEY_LENGTH) throw new RangeError(`${suite.name} takes a key of ${KEY_LENGTH} bytes`)
  if (nonce.length !== suite.nonceLength) {
    throw new RangeError(`${suite.name} takes a nonce of ${suite.nonceLength} bytes`)
  }
}
