import type { ErrorPlace } from '../errors.js'
import type { EncryptedField } from './field.js'
import type { OpenLeaf, RowFinder } from './leaf.js'

/** The place of a leaf, for errors: in the schema's current names, which may differ from the authenticated ones. */
export function errorPlaceOf(leaf: { field: EncryptedField; tenant: string }): ErrorPlace {
  return { model: leaf.field.model, field: leaf.field.field, tenant: leaf.tenant }
}

/** The place of a value that was read, with its row. */
export function errorPlaceOfRead(leaf: OpenLeaf, find: RowFinder | undefined): ErrorPlace {
  return { ...errorPlaceOf(leaf), ...find?.(leaf.list?.row ?? leaf.holder) }
}
