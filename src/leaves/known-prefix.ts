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

/** What an envelope begins with, taken apart: the same for all values that were sealed under one data key. */
export interface KnownPrefix {
  /** The data-key id in hexadecimal. */
  readonly id: string
  readonly wrappedKey: WrappedKey
  readonly prefix: Prefix
  /** The prefix's bytes, a character each: what two of the same prefix have in common. */
  readonly name: string
}

/** The last that were met: taking one apart takes longer than opening a value. There is nothing secret in them. */
const known = new LRUCache<string, KnownPrefix>({ max: 100 })

/**
 * An envelope that begins like a known one is compared with the whole of it: where it differs in a bit, damaged or
 * forged, it is taken apart by itself, and spoils nothing for the others. Throws what `parseEnvelope` and `wrappedKeyOf` do.
 */
export function knownPrefixOf(stored: Stored): KnownPrefix {
  const earlier = known.get(beginningOf(stored))
  if (earlier !== undefined && hasPrefix(stored, earlier.prefix)) return earlier
  const envelope = parseEnvelope(typeof stored === 'string' ? decodeText(stored) : viewOf(stored))
  // A copy: the row may change, and is not to be kept for what it begins with.
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
