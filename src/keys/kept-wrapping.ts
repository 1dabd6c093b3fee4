import { createHash } from 'node:crypto'
import { decodeWrappedKey, encodeWrappedKey, type WrappedKeyRecord } from '../envelope/index.js'

/**
 * A wrapped data key as it is kept in memory: the bytes that an envelope carries, a character each. There may be very many,
 * and a record, with its texts and its buffer, takes twice as much. Two are of the same wrapping if they are the same text.
 */
export type KeptWrapping = string

export function keptWrapping(record: WrappedKeyRecord): KeptWrapping {
  return encodeWrappedKey(record).toString('latin1')
}

export function recordOf(kept: KeptWrapping): WrappedKeyRecord {
  return decodeWrappedKey(encodedWrapping(kept))
}

/** The bytes that an envelope carries. In memory of their own: KMS providers are handed a view of them. */
export function encodedWrapping(kept: KeptWrapping): Buffer {
  const bytes = Buffer.alloc(kept.length)
  bytes.write(kept, 'latin1')
  return bytes
}

/** A short name for one wrapping of one data key: a wrapping itself is as long as a row makes it. */
export function wrappedKeyName(id: string, wrapping: KeptWrapping): string {
  return id + createHash('sha256').update(wrapping, 'latin1').digest('hex')
}
