import { createHmac, hkdfSync } from 'node:crypto'
import { lengthPrefixed } from '../envelope/index.js'
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
}

/** The key of one index under a tenant's index key: HKDF-SHA-256 (RFC 5869) over all that defines the index. */
export function indexSubkey(indexKey: Uint8Array, definition: IndexDefinition): Buffer {
  const info = lengthPrefixed([
    'prisma-envelope/v1/index',
    definition.field,
    definition.index,
    definition.type.name,
    definition.normalize.join(','),
  ])
  return Buffer.from(hkdfSync('sha256', indexKey, Buffer.alloc(0), info, 32))
}

/**
 * The bytes from which a value's token is computed. `undefined` for text that the normalizers reduce to nothing, such as
 * `unknown` with `digits`: all of these would have the same token, find each other, and violate a unique index.
 *
 * Throws `ENVELOPE_VALUE_INVALID`.
 */
export function canonicalValue(definition: IndexDefinition, value: unknown): Buffer | undefined {
  const canonical = definition.type.canonical(value)
  if (typeof canonical !== 'string') return Buffer.from(canonical)
  const normalized = normalize(canonical, definition.normalize)
  return normalized === '' && canonical !== '' ? undefined : Buffer.from(normalized, 'utf8')
}

/** The token of one value: deterministic, so that equal values can be found, and recognized as equal, without being opened. */
export function indexToken(subkey: Uint8Array, canonical: Uint8Array): Uint8Array<ArrayBuffer> {
  const mac = createHmac('sha256', subkey).update(canonical).digest()
  return new Uint8Array(mac.subarray(0, TOKEN_LENGTH))
}
