import { createHash } from 'node:crypto'
import { decodeWrappedKey, encodeWrappedKey, WRAP_TAG_LENGTH, type WrappedKey } from '../envelope/index.js'

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

/** A short name for one wrapped key: it is itself as long as a row makes it. */
export function wrappedKeyName(id: string, packed: PackedWrappedKey): string {
  return id + createHash('sha256').update(packed, 'latin1').digest('hex')
}
