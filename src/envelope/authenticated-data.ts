import { authenticatedHead } from './format.js'
import { lengthPrefixed } from './length-prefixed.js'
import type { Prefix } from './prefix.js'

/**
 * Where a value belongs. It is authenticated with every message, so an envelope that was moved to another tenant, model
 * or field does not open there. Names are logical and frozen; a table may be renamed, these may not.
 */
export interface AuthenticatedNames {
  readonly tenant: string
  readonly model: string
  readonly field: string
  /** How the plaintext bytes are to be read. Authenticated, so text cannot come back as JSON or the reverse. */
  readonly valueType: string
}

/** A tenant is text today; the type keeps a later kind of tenant from colliding with it. */
const TENANT_IS_TEXT = 't:'

/** The part of the authenticated data that is the same for all values of one tenant in one field. */
export function authenticatedBytes(names: AuthenticatedNames): Buffer {
  const row = '' // This version does not bind the row; the empty field reserves its place.
  const { tenant, model, field, valueType } = names
  return lengthPrefixed([TENANT_IS_TEXT + tenant, model, field, valueType, row], Buffer.allocUnsafe)
}

/** The authenticated data of one message: the envelope's head, then the place where the value belongs. */
export function authenticatedData(head: Uint8Array, place: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(2 + head.length + place.length)
  bytes.writeUInt16BE(head.length, 0)
  bytes.set(head, 2)
  bytes.set(place, 2 + head.length)
  return bytes
}

/** The most recent of each place: consecutive calls mostly meet the same data key. */
const latest = new WeakMap<Uint8Array, { readonly prefix: Prefix; readonly bytes: Buffer }>()

/** The authenticated data of all messages with this prefix at one place. Neither it nor `place` may be modified. */
export function authenticatedDataOf(prefix: Prefix, place: Uint8Array): Buffer {
  const earlier = latest.get(place)
  if (earlier?.prefix === prefix) return earlier.bytes
  // Without a wrapped key, the prefix is the head.
  const head = prefix.isInline ? authenticatedHead(prefix.bytes) : prefix.bytes
  const bytes = authenticatedData(head, place)
  latest.set(place, { prefix, bytes })
  return bytes
}
