import { createHash } from 'node:crypto'
import { decodeWrappedKey, encodeWrappedKey, isSameCmk, WRAP_TAG_LENGTH, type WrappedKey } from '../envelope/index.js'

/**
 * A wrapped data key as it is kept in memory: its wrap tag and its section, as an envelope carries them, a character for
 * each byte. There may be very many, and a record, with its texts and its buffers, takes twice as much. Two are the same if
 * their texts are.
 */
export type PackedWrappedKey = string

export function packWrappedKey(wrappedKey: WrappedKey): PackedWrappedKey {
  return wrappedKey.wrapTag.toString('latin1') + encodeWrappedKey(wrappedKey).toString('latin1')
}

export function unpackWrappedKey(kept: PackedWrappedKey): WrappedKey {
  // In memory of their own: KMS providers are handed a view of them.
  const bytes = Buffer.alloc(kept.length)
  bytes.write(kept, 'latin1')
  return decodeWrappedKey(bytes.subarray(0, WRAP_TAG_LENGTH), bytes.subarray(WRAP_TAG_LENGTH))
}

/**
 * Whether this is what a row of the key table holds, section and CMK. What its tag says of the key material is advice that
 * nobody opens it by.
 */
export function isHeldBy(kept: PackedWrappedKey, { section, wrapTag }: { section: Buffer; wrapTag: Buffer }): boolean {
  if (kept.slice(WRAP_TAG_LENGTH) !== section.toString('latin1')) return false
  return isSameCmk(wrapTag, Buffer.from(kept.slice(0, WRAP_TAG_LENGTH), 'latin1'))
}

/** A short name for one wrapped key: it is itself as long as a row makes it. */
export function wrappedKeyName(id: string, packed: PackedWrappedKey): string {
  return id + createHash('sha256').update(packed, 'latin1').digest('hex')
}
