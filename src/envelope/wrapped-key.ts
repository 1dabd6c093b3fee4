import { isUtf8 } from 'node:buffer'
import { EnvelopeFormatError } from '../errors.js'
import { CONTEXT_VERSION, type KeyContext } from './encryption-context.js'
import { FieldReader, lengthPrefixed } from './length-prefixed.js'
import { packTenant, readTenant } from './packed-tenant.js'
import { WRAP_TAG_LENGTH } from './wrap-tag.js'

/**
 * A wrapped data key with all that is needed to have KMS unwrap it: what an inline envelope carries, and what a row of the
 * key table holds.
 */
export interface WrappedKey {
  readonly context: KeyContext
  /** Names the CMK that wrapped it, and its key material. A hint: KMS is only ever called with a configured CMK. */
  readonly wrapTag: Buffer
  /** KMS's ciphertext blob. */
  readonly blob: Buffer
}

/** KMS returns at most 6,144 bytes of ciphertext; a longer blob was never a wrapped key. */
export const MAX_BLOB_LENGTH = 6_144

/** Bytes before the section in an envelope: head, wrap tag and the section's length. */
export const SECTION_AT = 32

/** The scope of all values of a tenant: the only one that this release writes, and opens. */
export const TENANT_SCOPE = 'tenant'
/** How a scope is written: the tenant's own by a number, any other by its name after a zero. */
const SCOPE_BY_NAME = 0
const SCOPE_IS_TENANT = 1

/** Bytes of the section before the tenant: version of the context, hour, app and scope. */
export const CONTEXT_LENGTH = 8

/** The last hour of the year 9999: later dates have another ISO 8601 form, or none. */
const LAST_HOUR = Date.UTC(9999, 11, 31, 23) / 3_600_000

/**
 * The wrapped key section: everything but the wrap tag, which stands before it. Ends in zero bytes such that what follows
 * it in an envelope begins on a boundary of base64. Throws a `RangeError` for what {@link decodeWrappedKey} would refuse:
 * it must never be written.
 */
export function encodeWrappedKey({ context, wrapTag, blob }: WrappedKey): Buffer {
  const { appTag, tenant, scope, createdHour } = context
  if (wrapTag.length !== WRAP_TAG_LENGTH) throw new RangeError(`a wrap tag has ${WRAP_TAG_LENGTH} bytes`)
  if (!isBlobLength(blob.length)) throw new RangeError(`a wrapped data key has 1 to ${MAX_BLOB_LENGTH} bytes`)
  if (!isHour(createdHour)) throw new RangeError('createdHour is a whole number of hours since 1970')
  if (scope !== TENANT_SCOPE) throw new RangeError(`a data key has the scope ${TENANT_SCOPE}`)
  const start = Buffer.alloc(CONTEXT_LENGTH)
  start.writeUInt8(CONTEXT_VERSION, 0)
  start.writeUInt32BE(createdHour, 1)
  start.writeUInt16BE(appTag, 5)
  start.writeUInt8(SCOPE_IS_TENANT, 7)
  const section = Buffer.concat([start, packTenant(tenant), lengthPrefixed([blob])])
  return Buffer.concat([section, Buffer.alloc(paddingAfter(section.length))])
}

/**
 * Parses what {@link encodeWrappedKey} wrote, beside the tag that stood before it. Throws `ENVELOPE_MALFORMED`, or
 * `ENVELOPE_UNKNOWN_KEY_SECTION` for what a later release may have written.
 */
export function decodeWrappedKey(wrapTag: Buffer, section: Buffer): WrappedKey {
  const reader = new FieldReader(section, () => malformedKeySection('a complete wrapped data key'))
  const version = reader.u8()
  if (version !== CONTEXT_VERSION) throw unknownKeySection(`encryption context version ${version}`)
  const createdHour = reader.u32()
  if (!isHour(createdHour)) throw malformedKeySection('a creation hour before the year 10000')
  const appTag = reader.u16()
  const scope = readScope(reader)
  const tenant = readTenant(reader, {
    unknownKind: (kind) => unknownKeySection(`tenant kind ${kind}`),
    malformed: malformedKeySection,
  })
  const blob = reader.field()
  if (!isBlobLength(blob.length)) throw malformedKeySection(`a wrapped data key of 1 to ${MAX_BLOB_LENGTH} bytes`)
  const padding = reader.rest()
  const end = section.length - padding.length
  if (padding.length !== paddingAfter(end) || padding.some((byte) => byte !== 0)) {
    throw malformedKeySection(`${paddingAfter(end)} zero bytes after the wrapped data key`)
  }
  return { context: { appTag, tenant, scope, createdHour }, wrapTag, blob }
}

/** How many zero bytes end a section: its length with them, and what stands before it, are divisible by three. */
function paddingAfter(length: number): number {
  return (3 - ((SECTION_AT + length) % 3)) % 3
}

/** A scope has no meaning until a release gives it one: what its data keys may open is not known. */
function readScope(reader: FieldReader): typeof TENANT_SCOPE {
  const kind = reader.u8()
  if (kind === SCOPE_IS_TENANT) return TENANT_SCOPE
  if (kind !== SCOPE_BY_NAME) throw unknownKeySection(`scope ${kind}`)
  const name = reader.field()
  if (name.length === 0 || !isUtf8(name)) throw malformedKeySection('a scope in well-formed UTF-8')
  if (name.equals(Buffer.from(TENANT_SCOPE))) throw malformedKeySection('the scope of a tenant in one byte')
  throw unknownKeySection('a scope with a name')
}

function isBlobLength(length: number): boolean {
  return length > 0 && length <= MAX_BLOB_LENGTH
}

function isHour(hour: number): boolean {
  return Number.isInteger(hour) && hour >= 0 && hour <= LAST_HOUR
}

export function malformedKeySection(expected: string): EnvelopeFormatError {
  return new EnvelopeFormatError(
    'ENVELOPE_MALFORMED',
    `The envelope's key section is damaged: expected ${expected}. Restore this value from a backup.`,
  )
}

function unknownKeySection(what: string): EnvelopeFormatError {
  return new EnvelopeFormatError(
    'ENVELOPE_UNKNOWN_KEY_SECTION',
    `The envelope's key section has ${what}, which this release does not know. Upgrade prisma-envelope, or restore the value if it was damaged.`,
  )
}
