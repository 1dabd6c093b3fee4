/** An authenticated cipher that an envelope can be sealed with. */
export interface Suite {
  /** The suite's number in the envelope's head: one nibble, frozen. */
  readonly id: number
  readonly name: SuiteName
  /** Bytes. */
  readonly nonceLength: number
  /** Loads the implementation, if that is asynchronous. Until then {@link ready} is false. */
  prepare(): Promise<void>
  readonly ready: boolean
  /** Takes ownership of a key of 32 bytes: they are wiped when the key is destroyed, or earlier. */
  importKey(bytes: Uint8Array): SuiteKey
}

/** A key in the form that a suite works with. */
export interface SuiteKey {
  /**
   * Opens envelopes in the text form, which all begin with one prefix and have the same authenticated data. Returns their
   * texts in the same order, or the index of the first that does not open: because it has another prefix, is not canonical
   * base64, is too short, does not authenticate, or holds anything but UTF-8.
   *
   * @param prefix the text form of all that comes before the nonce.
   */
  openTexts(authenticated: Uint8Array, prefix: string, envelopes: readonly string[]): string[] | number
  /**
   * Seals texts to envelopes in the text form. Nonces are drawn here, and used here. Throws `ENVELOPE_RANDOM_UNAVAILABLE`,
   * and an untyped error for a lone surrogate.
   *
   * @param pad each text is padded to a multiple of so many bytes. Default: 1, which pads nothing.
   */
  sealTexts(authenticated: Uint8Array, prefix: string, texts: readonly string[], pad?: number): string[]
  /**
   * Begins a pass over messages with the same authenticated data.
   *
   * @param size bytes of the arena in which the messages are laid out.
   */
  begin(authenticated: Uint8Array, size: number): Pass
  /** Wipes the key. Every pass must have ended. */
  destroy(): void
}

/**
 * A pass over a batch of messages in one piece of memory, which are sealed or opened in place. It is synchronous: nothing
 * else runs between {@link SuiteKey.begin} and {@link end}, which must always be called.
 */
export interface Pass {
  /** Holds each message as nonce ‖ text ‖ tag. Its initial content is undefined. */
  readonly arena: Buffer
  /** Replaces each text by its ciphertext and tag. A nonce must never have been used with this key before. */
  seal(messages: Spans): void
  /** Replaces each ciphertext by its plaintext. Returns the index of the first that does not authenticate, or -1. */
  open(messages: Spans): number
  /** Wipes the arena. */
  end(): void
}

/** Where the texts of messages are: for each its offset in the arena and its length, both in bytes. */
export type Spans = Uint32Array

export type SuiteName = 'aes-256-gcm' | 'xchacha20-poly1305'

/** Both suites end a message with a tag of this many bytes; a shorter one is never accepted. */
export const TAG_LENGTH = 16
export const KEY_LENGTH = 32

/** Checked for every key: libsodium would read past the end of a short one. */
export function assertKey(suite: SuiteName, key: Uint8Array): void {
  if (key.length !== KEY_LENGTH) throw new RangeError(`a key for ${suite} must have ${KEY_LENGTH} bytes`)
}

/** A lone surrogate would silently become U+FFFD. Values are checked before, and refused with a typed error. */
export function illFormedText(): Error {
  return new Error('a text with a lone surrogate was to be encoded')
}

/** Checked before every pass: a wiped key is all zeros, which anyone knows. */
export function stillThere<T>(key: T | undefined): T {
  if (key === undefined) throw new Error('a key was used after it was destroyed')
  return key
}

/**
 * Calls `work` for each message, after checking that it is inside the arena with its nonce and tag. Stops at the first for
 * which `work` returns false and returns its index, or -1.
 */
export function eachSpan(
  nonceLength: number,
  arena: Uint8Array,
  messages: Spans,
  work: (start: number, length: number) => boolean,
): number {
  for (let i = 0; i < messages.length; i += 2) {
    const start = messages[i] ?? 0
    const length = messages[i + 1] ?? 0
    if (start < nonceLength || start + length + TAG_LENGTH > arena.length) {
      throw new RangeError('a message is outside of its arena')
    }
    if (!work(start, length)) return i / 2
  }
  return -1
}
