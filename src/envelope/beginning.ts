import { FLAG_INLINE, HEAD_LENGTH, type ParsedEnvelope, parseEnvelope, truncated } from './format.js'
import { packTenant } from './packed-tenant.js'
import { TAG_LENGTH } from './suites/suite.js'
import { CONTEXT_LENGTH, SECTION_AT, type WrappedKey } from './wrapped-key.js'

/** Nonce and tag of the suite with the longest: no prefix is longer than an envelope without them. */
const LONGEST_REST = Buffer.alloc(24 + TAG_LENGTH)

/**
 * How long the prefix of an envelope is, in bytes, by what it begins with: the first 33 bytes of one that carries its wrapped
 * key, the first 18 of one that does not. Throws what `parseEnvelope` throws.
 */
export function prefixLength(beginning: Buffer): number {
  if (beginning.length < HEAD_LENGTH) throw truncated()
  if ((beginning.readUInt8(1) & FLAG_INLINE) === 0) return HEAD_LENGTH
  if (beginning.length < SECTION_AT) throw truncated()
  const length = SECTION_AT + beginning.readUInt16BE(SECTION_AT - 2)
  // The nonce begins on a boundary of base64, or it is no envelope.
  if (length % 3 !== 0) throw truncated()
  return length
}

/**
 * How much of a prefix names whose data key it is, in bytes: all of it up to KMS's blob, in whole groups of three. Prefixes of one data
 * key differ behind it if it was wrapped several times, and before it only if one of them is forged.
 */
export function ownerLength({ context }: WrappedKey): number {
  return Math.ceil((SECTION_AT + CONTEXT_LENGTH + packTenant(context.tenant).length) / 3) * 3
}

/** A prefix without the rest of its envelope, taken apart. Throws what `parseEnvelope` throws. */
export function parsePrefix(prefix: Buffer): Pick<ParsedEnvelope, 'suite' | 'dataKeyId' | 'wrapped'> {
  const parsed = parseEnvelope(Buffer.concat([prefix, LONGEST_REST]))
  if (parsed.prefix.length !== prefix.length) throw truncated()
  return parsed
}
