import { placeBytes } from '../envelope/index.js'
import type { ErrorPlace } from '../errors.js'
import type { EncryptedField } from './field.js'
import type { OpenLeaf, RowFinder } from './leaf.js'

/** For each field the bytes that were made last: calls are mostly made for one tenant after another. */
const last = new WeakMap<EncryptedField, { readonly tenant: string; readonly bytes: Buffer }>()

/** Where a tenant's values of a field belong, in the frozen names that are authenticated with them. Not to be written into. */
export function placeBytesOf(field: EncryptedField, tenant: string): Buffer {
  const earlier = last.get(field)
  if (earlier?.tenant === tenant) return earlier.bytes
  const { logicalModel, logicalField, type } = field
  const bytes = placeBytes({ tenant, model: logicalModel, field: logicalField, valueType: type.name })
  last.set(field, { tenant, bytes })
  return bytes
}

/** Where a leaf is in today's schema, for errors. */
export function placeOf(leaf: { field: EncryptedField; tenant: string }): ErrorPlace {
  return { model: leaf.field.model, field: leaf.field.field, tenant: leaf.tenant }
}

/** The same of a value that was read, with the row that holds it. */
export function placeOfRead(leaf: OpenLeaf, find: RowFinder | undefined): ErrorPlace {
  return { ...placeOf(leaf), ...find?.(leaf.list?.row ?? leaf.holder) }
}
