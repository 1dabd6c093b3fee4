import { isUtf8 } from 'node:buffer'
import type { FieldReader } from './length-prefixed.js'

/** Bytes of UTF-8. */
const MAX_LENGTH = 255

/** How a tenant is written: frozen. Other kinds are free. */
const TEXT = 0
const UUID = 1

/** The canonical form of RFC 9562, in lower case. Any other spelling is another tenant, and is written as text. */
const CANONICAL_UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/**
 * A tenant as a wrapped key section holds it: its kind, then the 16 bytes of a UUID, or the length of a text and the text.
 * Each tenant has one form. Throws a `RangeError` for a tenant of no or of more than 255 bytes.
 */
export function packTenant(tenant: string): Buffer {
  if (CANONICAL_UUID.test(tenant)) {
    return Buffer.concat([Buffer.of(UUID), Buffer.from(tenant.replaceAll('-', ''), 'hex')])
  }
  if (!tenant.isWellFormed()) throw new RangeError('a tenant must be well-formed Unicode')
  const text = Buffer.from(tenant)
  if (text.length === 0 || text.length > MAX_LENGTH) throw new RangeError(`a tenant has 1 to ${MAX_LENGTH} bytes`)
  return Buffer.concat([Buffer.of(TEXT, text.length), text])
}

/** Why a tenant cannot be read. */
export interface TenantFaults {
  /** It is of a kind that this release does not know. */
  readonly unknownKind: (kind: number) => Error
  /** It is not what {@link packTenant} writes. */
  readonly malformed: (expected: string) => Error
}

/** Reads what {@link packTenant} wrote, and nothing else. */
export function readTenant(reader: FieldReader, faults: TenantFaults): string {
  const kind = reader.u8()
  if (kind === UUID) return uuid(reader.take(16).toString('hex'))
  if (kind !== TEXT) throw faults.unknownKind(kind)
  const bytes = reader.take(reader.u8())
  // Every ill-formed byte would decode to the same U+FFFD: two byte strings, one tenant.
  if (bytes.length === 0 || !isUtf8(bytes)) throw faults.malformed('a tenant in well-formed UTF-8')
  const tenant = bytes.toString('utf8')
  // Two spellings of one tenant would be two beginnings of one data key's envelopes.
  if (CANONICAL_UUID.test(tenant)) throw faults.malformed('a UUID in 16 bytes')
  return tenant
}

function uuid(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
