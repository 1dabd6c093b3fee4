import { LRUCache } from 'lru-cache'
import {
  beginningOf,
  decodeText,
  hasPrefix,
  type Prefix,
  parseEnvelope,
  prefixOf,
  type Stored,
  type WrappedKey,
  wrappedKeyOf,
} from '../envelope/index.js'

/** A parsed prefix: the same for all values that were sealed under one wrapped data key. */
export interface KnownPrefix {
  /** The data-key id in hexadecimal. */
  readonly id: string
  readonly wrappedKey: WrappedKey
  readonly prefix: Prefix
  /** The prefix's bytes, one character each: the key by which envelopes are grouped. */
  readonly name: string
}

/** The most recently used ones: parsing a prefix takes longer than opening a value. They contain nothing secret. */
const known = new LRUCache<string, KnownPrefix>({ max: 100 })

/**
 * An envelope that begins like a known one is compared with the whole prefix: if a single bit differs, because it was
 * damaged or forged, it is parsed by itself and does not affect the others. Throws what `parseEnvelope` and `wrappedKeyOf`
 * throw.
 */
export function knownPrefixOf(stored: Stored): KnownPrefix {
  const earlier = known.get(beginningOf(stored))
  if (earlier !== undefined && hasPrefix(stored, earlier.prefix)) return earlier
  const envelope = parseEnvelope(typeof stored === 'string' ? decodeText(stored) : viewOf(stored))
  // A copy: the row may change, and must not be kept in memory for its prefix.
  const bytes = Buffer.from(new Uint8Array(envelope.prefix).buffer)
  const prefix = prefixOf({ suite: envelope.suite, prefix: bytes })
  const wrappedKey = wrappedKeyOf({
    ...envelope,
    wrappedKey: bytes.subarray(bytes.length - envelope.wrappedKey.length),
  })
  const found = { id: envelope.dataKeyId.toString('hex'), wrappedKey, prefix, name: bytes.toString('latin1') }
  known.set(beginningOf(typeof stored === 'string' ? prefix.text : bytes), found)
  return found
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
