import { createHash } from 'node:crypto'
import { decodeWrappedKey, encodeWrappedKey, type WrappedKey } from '../envelope/index.js'

/**
 * A wrapped data key as it is kept in memory: the bytes that an envelope carries, a character each. There may be very many,
 * and a record, with its texts and its buffer, takes twice as much. Two are the same if their texts are.
 */
export type PackedWrappedKey = string

export function packWrappedKey(wrappedKey: WrappedKey): PackedWrappedKey {
  return encodeWrappedKey(wrappedKey).toString('latin1')
}

export function unpackWrappedKey(kept: PackedWrappedKey): WrappedKey {
  return decodeWrappedKey(packedBytes(kept))
}

/** The bytes that an envelope carries. In memory of their own: KMS providers are handed a view of them. */
export function packedBytes(kept: PackedWrappedKey): Buffer {
  const bytes = Buffer.alloc(kept.length)
  bytes.write(kept, 'latin1')
  return bytes
}

/** A short name for one wrapped key: it is itself as long as a row makes it. */
export function wrappedKeyName(id: string, packed: PackedWrappedKey): string {
  return id + createHash('sha256').update(packed, 'latin1').digest('hex')
}
