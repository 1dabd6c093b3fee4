import { hkdfSync } from 'node:crypto'
import { importMacKey, lengthPrefixed, type MacKey, type Plaintext } from '../envelope/index.js'
import type { IndexableType } from '../values/index.js'
import { type NormalizerName, normalize } from './normalize.js'

/** Bytes: a token is the first half of an HMAC-SHA-256 (RFC 2104, section 5). */
export const TOKEN_LENGTH = 16

/** What an index is computed from, and how; each part separates its tokens from those of every other index. */
export interface IndexDefinition {
  /** The frozen logical names of the encrypted field (`patient.email`) and of the index column. */
  readonly field: string
  readonly index: string
  readonly type: IndexableType
  readonly normalize: readonly NormalizerName[]
  /** Of an index of a part: which, `first(3)`. */
  readonly part?: string | undefined
}

/** The key that computes the tokens of one index. */
export function tokenKey(indexKey: Uint8Array, definition: IndexDefinition): MacKey {
  return importMacKey(indexSubkey(indexKey, definition))
}

/** The key of one index under a tenant's index key: HKDF-SHA-256 (RFC 5869) over all that defines the index. */
export function indexSubkey(indexKey: Uint8Array, definition: IndexDefinition): Buffer {
  const info = lengthPrefixed([
    'prisma-envelope/v1/index',
    definition.field,
    definition.index,
    definition.type.name,
    definition.normalize.join(','),
    // Only where there is one: the tokens of other indexes stay as they are.
    ...(definition.part === undefined ? [] : [definition.part]),
  ])
  return Buffer.from(hkdfSync('sha256', indexKey, Buffer.alloc(0), info, 32))
}

/**
 * What a value's token is computed from. `undefined` for text that the normalizers reduce to nothing, such as
 * `unknown` with `digits`: all of these would have the same token, find each other, and violate a unique index.
 *
 * Throws `ENVELOPE_VALUE_INVALID`.
 */
export function canonicalValue(definition: IndexDefinition, value: unknown): Plaintext | undefined {
  const canonical = definition.type.canonical(value)
  // A copy: the caller's own array may change before its token is computed.
  if (typeof canonical !== 'string') return Buffer.from(canonical)
  const normalized = normalize(canonical, definition.normalize)
  return normalized === '' && canonical !== '' ? undefined : normalized
}

/** The tokens of values: deterministic, so that equal values can be found, and recognized as equal, without being opened. */
export function indexTokens(key: MacKey, canonicals: readonly Plaintext[]): Uint8Array<ArrayBuffer>[] {
  return key.macs(canonicals, TOKEN_LENGTH)
}
