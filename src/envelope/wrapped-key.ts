import { createHash } from 'node:crypto'
import { EnvelopeFormatError } from '../errors.js'
import { FieldReader, lengthPrefixed } from './fields.js'

/**
 * A wrapped data key with all that KMS must be told to unwrap it: what an inline envelope carries, and what a key
 * table stores. Rebuilt from these bytes alone, so that changing today's configuration orphans nothing.
 */
export interface WrappedKeyRecord {
  readonly context: KeyContext
  /** The ARN of the CMK that wrapped it. A hint: KMS is only ever told a CMK that the configuration vouches for. */
  readonly cmkArn: string
  /** The CMK's key material at that time: 64 lower-case hexadecimal digits, or absent. */
  readonly keyMaterialId?: string
  /** KMS's ciphertext blob. */
  readonly blob: Buffer
}

/** What the KMS encryption context of a data key says. None of it is personal data: CloudTrail shows it in clear. */
export interface KeyContext {
  readonly app: string
  readonly tenant: string
  /** Which values the data key may seal: `tenant` for all of a tenant's. */
  readonly scope: string
  /** When the data key was made, in whole hours since 1970-01-01T00:00Z. */
  readonly createdHour: number
}

/** How a {@link KeyContext} becomes an encryption context; frozen. */
const CONTEXT_VERSION = 1

/** KMS returns at most 6,144 bytes of ciphertext; a longer blob was never a wrapped key. */
export const MAX_BLOB_LENGTH = 6_144
export const WRAP_TAG_LENGTH = 12
const MATERIAL_ID = /^[0-9a-f]{64}$/

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

export function encodeWrappedKey(record: WrappedKeyRecord): Buffer {
  const { context } = record
  const head = Buffer.alloc(5)
  head.writeUInt8(CONTEXT_VERSION, 0)
  head.writeUInt32BE(context.createdHour, 1)
  const material = record.keyMaterialId ?? ''
  if (material !== '' && !MATERIAL_ID.test(material)) throw malformed('a key material id of 64 hexadecimal digits')
  return Buffer.concat([
    head,
    lengthPrefixed([
      context.app,
      context.tenant,
      context.scope,
      record.cmkArn,
      Buffer.from(material, 'hex'),
      record.blob,
    ]),
  ])
}

/** Parses what {@link encodeWrappedKey} wrote. Throws `ENVELOPE_MALFORMED`. */
export function decodeWrappedKey(bytes: Buffer): WrappedKeyRecord {
  const reader = new FieldReader(bytes, () => malformed('a complete wrapped data key'))
  if (reader.u8() !== CONTEXT_VERSION) throw malformed(`encryption context version ${CONTEXT_VERSION}`)
  const createdHour = reader.u32()
  const app = text(reader.field())
  const tenant = text(reader.field())
  const scope = text(reader.field())
  const cmkArn = text(reader.field())
  const material = reader.field()
  const blob = reader.field()
  if (!reader.done) throw malformed('nothing behind the wrapped data key')
  if (material.length !== 0 && material.length !== 32) throw malformed('a key material id of 32 bytes')
  if (blob.length === 0 || blob.length > MAX_BLOB_LENGTH) {
    throw malformed(`a wrapped data key of 1 to ${MAX_BLOB_LENGTH} bytes`)
  }
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
  return createHash('sha256').update(lengthPrefixed([cmkArn, keyMaterialId])).digest().subarray(0, WRAP_TAG_LENGTH)
}

function text(bytes: Buffer): string {
  const decoded = bytes.toString('utf8')
  // Two spellings of one name must not stand for the same context.
  if (!Buffer.from(decoded, 'utf8').equals(bytes)) throw malformed('well-formed UTF-8')
  return decoded
}

function malformed(expected: string): EnvelopeFormatError {
  return new EnvelopeFormatError(
    'ENVELOPE_MALFORMED',
    `The envelope's key section is damaged: expected ${expected}. Restore this value from a backup.`,
  )
}
