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
  /** Takes over a key of 32 bytes: they are wiped when the key is destroyed, or sooner. */
  importKey(bytes: Uint8Array): SuiteKey
}

/** A key in the form that a suite works with. */
export interface SuiteKey {
  /**
   * Begins a pass over messages with the same authenticated data.
   *
   * @param size bytes of the arena that the messages are laid out in.
   */
  begin(authenticated: Uint8Array, size: number): Pass
  /** Wipes the key. A pass that is under way must have ended. */
  destroy(): void
}

/**
 * A pass over a batch of messages that lie in one piece of memory, and are sealed or opened where they lie. It is
 * synchronous: nothing else runs between {@link SuiteKey.begin} and {@link end}, which has to be called whatever happens.
 */
export interface Pass {
  /** Holds each message as nonce ‖ text ‖ tag. What it holds at first is undefined. */
  readonly arena: Buffer
  /** Puts ciphertext and tag in the place of each text. A nonce must never have been used before with this key. */
  seal(messages: Spans): void
  /** Puts the plaintext in the place of each ciphertext. Gives the first that does not authenticate, or -1. */
  open(messages: Spans): number
  /** Wipes the arena. */
  end(): void
}

/** Where the texts of messages lie: for each its offset in the arena and its length, both in bytes. */
export type Spans = Uint32Array

export type SuiteName = 'aes-256-gcm' | 'xchacha20-poly1305'

/** Both suites end a message with a tag of this many bytes; a shorter one is never accepted. */
export const TAG_LENGTH = 16
export const KEY_LENGTH = 32

/** Checked of every key: libsodium would read whatever its heap holds behind a short one. */
export function assertKey(suite: SuiteName, key: Uint8Array): void {
  if (key.length !== KEY_LENGTH) throw new RangeError(`${suite} takes a key of ${KEY_LENGTH} bytes`)
}

/** Checked before every pass: a wiped key is one of zeros, which anybody has. */
export function stillThere<T>(key: T | undefined): T {
  if (key === undefined) throw new Error('a key was used after it was destroyed')
  return key
}

/**
 * Calls `work` for each message, none of which reaches beyond the arena, nonce and tag included; ends with the first for
 * which it says no, and gives its index, or -1.
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
      throw new RangeError('a message lies outside of its arena')
    }
    if (!work(start, length)) return i / 2
  }
  return -1
}
