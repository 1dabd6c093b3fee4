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

/** A parsed prefix: the same for all values that were sealed under one data key, wrapped in one way or kept in the key table. */
export interface KnownPrefix {
  /** The data-key id in hexadecimal. */
  readonly id: string
  /** The wrapped key that the envelopes carry; `undefined` where it is in the key table. */
  readonly wrappedKey: WrappedKey | undefined
  readonly prefix: Prefix
  /** The prefix's bytes, one character each: the key by which envelopes are grouped. */
  readonly name: string
}

/** For some thousands of data keys: as many as one result of many tenants may name. */
const MAX_BYTES = 16 * 2 ** 20

/** The most recently used ones: parsing a prefix takes longer than opening a value. They contain nothing secret. */
const known = new LRUCache<string, KnownPrefix>({ maxSize: MAX_BYTES, sizeCalculation: bytesOf })

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
  const { wrapped } = envelope
  const wrappedKey = wrappedKeyOf({
    wrapped: wrapped && {
      tag: Buffer.from(wrapped.tag),
      section: bytes.subarray(bytes.length - wrapped.section.length),
    },
  })
  const found = { id: envelope.dataKeyId.toString('hex'), wrappedKey, prefix, name: bytes.toString('latin1') }
  known.set(beginningOf(typeof stored === 'string' ? prefix.text : bytes), found)
  return found
}

/** The prefix in three forms, and some for the objects themselves. */
function bytesOf({ prefix, name }: KnownPrefix): number {
  return prefix.bytes.length + prefix.text.length + name.length + 600
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
