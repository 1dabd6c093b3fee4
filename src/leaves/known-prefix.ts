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
import { EnvelopeError } from '../errors.js'

/** A parsed prefix: the same for all values that were sealed under one data key, wrapped in one way or kept in the key table. */
export interface KnownPrefix {
  /** The data-key id in hexadecimal. */
  readonly id: string
  /** The wrapped key that the envelopes carry; `undefined` where it is in the key table. */
  readonly wrappedKey: WrappedKey | undefined
  readonly prefix: Prefix
}

/** For some thousands of data keys: as many as one result of many tenants may name. */
const MAX_BYTES = 16 * 2 ** 20
/** An entry's objects: bytes. */
const OBJECTS = 1_000

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
  const prefix = prefixOf(envelope)
  const { bytes } = prefix
  const { wrapped } = envelope
  // Parts of that copy: the row may change, and a small buffer of its own would hold on to the whole pool that it is cut from.
  const part = ({ byteOffset, length }: Buffer): Buffer => {
    const at = byteOffset - envelope.prefix.byteOffset
    return bytes.subarray(at, at + length)
  }
  const wrappedKey = wrappedKeyOf({
    wrapped: wrapped && { tag: part(wrapped.tag), section: part(wrapped.section) },
  })
  const found = { id: envelope.dataKeyId.toString('hex'), wrappedKey, prefix }
  known.set(beginningOf(typeof stored === 'string' ? prefix.text : bytes), found)
  return found
}

/** The prefix in two forms, and what the objects take: {@link OBJECTS}, measured. */
function bytesOf({ prefix }: KnownPrefix): number {
  return prefix.bytes.length + prefix.text.length + OBJECTS
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** What is wrong with what begins as an envelope does; nothing if it is one, as far as can be seen without its key. */
export function parseErrorOf(stored: Stored): EnvelopeError | undefined {
  try {
    knownPrefixOf(stored)
    return undefined
  } catch (error) {
    if (error instanceof EnvelopeError) return error
    throw error
  }
}

/** The data key that an envelope names, and the tenant, if it carries its wrapped key. Nothing is proved by it. */
export function namedBy(
  stored: Stored,
): { readonly dataKeyId: string; readonly tenant: string | undefined } | undefined {
  try {
    const { id, wrappedKey } = knownPrefixOf(stored)
    return { dataKeyId: id, tenant: wrappedKey?.context.tenant }
  } catch {
    return undefined
  }
}
