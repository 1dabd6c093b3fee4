import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import { EnvelopeFormatError } from '../errors.js'
import { FieldReader, lengthPrefixed } from './length-prefixed.js'

/**
 * A wrapped data key with everything that KMS needs to unwrap it: what an inline envelope carries, and what a key table
 * stores. It is rebuilt from these bytes alone, so that a change of the configuration orphans nothing.
 */
export interface WrappedKey {
  readonly context: KeyContext
  /** The ARN of the CMK that wrapped it. A hint: KMS is only ever called with a configured CMK. */
  readonly cmkArn: string
  /** The CMK's key material at that time: 64 lower-case hexadecimal digits, or absent. */
  readonly keyMaterialId?: string
  /** KMS's ciphertext blob. */
  readonly blob: Buffer
}

/** The KMS encryption context of a data key. It contains no personal data: CloudTrail shows it in plaintext. */
export interface KeyContext {
  readonly app: string
  readonly tenant: string
  /** Which values the data key may seal: `tenant` for all of a tenant's. */
  readonly scope: string
  /** When the data key was created, in whole hours since 1970-01-01T00:00Z. */
  readonly createdHour: number
}

/** How a {@link KeyContext} becomes an encryption context; frozen. */
const CONTEXT_VERSION = 1

/** KMS returns at most 6,144 bytes of ciphertext; a longer blob was never a wrapped key. */
export const MAX_BLOB_LENGTH = 6_144
export const WRAP_TAG_LENGTH = 12
const MATERIAL_ID = /^[0-9a-f]{64}$/
/** The last hour of the year 9999: later dates have another ISO 8601 form, or none. */
const LAST_HOUR = Date.UTC(9999, 11, 31, 23) / 3_600_000

/** The exact encryption context that KMS authenticated when it wrapped the key. */
export function encryptionContext(context: KeyContext): Record<string, string> {
  return {
    'prisma-envelope': String(CONTEXT_VERSION),
    app: context.app,
    tenant: context.tenant,
    scope: context.scope,
    created: `${new Date(context.createdHour * 3_600_000).toISOString().slice(0, 13)}Z`,
  }
}

/** Throws a `RangeError` for what {@link decodeWrappedKey} would refuse: it must never be written. */
export function encodeWrappedKey(wrappedKey: WrappedKey): Buffer {
  const { context } = wrappedKey
  const material = wrappedKey.keyMaterialId ?? ''
  if (material !== '' && !MATERIAL_ID.test(material)) {
    throw new RangeError('a key material id is 64 lower-case hexadecimal digits')
  }
  if (!isBlobLength(wrappedKey.blob.length))
    throw new RangeError(`a wrapped data key has 1 to ${MAX_BLOB_LENGTH} bytes`)
  if (!isHour(context.createdHour)) throw new RangeError('createdHour is a whole number of hours since 1970')
  const head = Buffer.alloc(5)
  head.writeUInt8(CONTEXT_VERSION, 0)
  head.writeUInt32BE(context.createdHour, 1)
  return Buffer.concat([
    head,
    lengthPrefixed([
      context.app,
      context.tenant,
      context.scope,
      wrappedKey.cmkArn,
      Buffer.from(material, 'hex'),
      wrappedKey.blob,
    ]),
  ])
}

/** Parses what {@link encodeWrappedKey} wrote. Throws `ENVELOPE_MALFORMED`. */
export function decodeWrappedKey(bytes: Buffer): WrappedKey {
  const reader = new FieldReader(bytes, () => malformedKeySection('a complete wrapped data key'))
  if (reader.u8() !== CONTEXT_VERSION) throw malformedKeySection(`encryption context version ${CONTEXT_VERSION}`)
  const createdHour = reader.u32()
  if (!isHour(createdHour)) throw malformedKeySection('a creation hour before the year 10000')
  const app = text(reader.field())
  const tenant = text(reader.field())
  const scope = text(reader.field())
  const cmkArn = text(reader.field())
  const material = reader.field()
  const blob = reader.field()
  if (!reader.done) throw malformedKeySection('nothing after the wrapped data key')
  if (material.length !== 0 && material.length !== 32) throw malformedKeySection('a key material id of 32 bytes')
  if (!isBlobLength(blob.length)) throw malformedKeySection(`a wrapped data key of 1 to ${MAX_BLOB_LENGTH} bytes`)
  return {
    context: { app, tenant, scope, createdHour },
    cmkArn,
    ...(material.length > 0 && { keyMaterialId: material.toString('hex') }),
    blob,
  }
}

/**
 * A short name for "this CMK with this key material", at a fixed place in every inline envelope, so that plain SQL can
 * count rows by it. Advisory: it is not authenticated, and nothing irreversible may trust it.
 */
export function wrapTag(cmkArn: string, keyMaterialId = ''): Buffer {
  return createHash('sha256')
    .update(lengthPrefixed([cmkArn, keyMaterialId]))
    .digest()
    .subarray(0, WRAP_TAG_LENGTH)
}

function text(bytes: Buffer): string {
  // Every ill-formed byte would decode to the same U+FFFD: two byte strings, one encryption context.
  if (!isUtf8(bytes)) throw malformedKeySection('well-formed UTF-8')
  return bytes.toString('utf8')
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
