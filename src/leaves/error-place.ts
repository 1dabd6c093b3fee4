import type { ErrorPlace } from '../errors.js'
import type { EncryptedField } from './field.js'
import type { OpenLeaf, RowFinder } from './leaf.js'

/** What an error about a leaf says of where it is: in today's names, which may differ from the authenticated ones. */
export function errorPlaceOf(leaf: { field: EncryptedField; tenant: string }): ErrorPlace {
  return { model: leaf.field.model, field: leaf.field.field, tenant: leaf.tenant }
}

/** The same of a value that was read, with the row that holds it. */
export function errorPlaceOfRead(leaf: OpenLeaf, find: RowFinder | undefined): ErrorPlace {
  return { ...errorPlaceOf(leaf), ...find?.(leaf.list?.row ?? leaf.holder) }
}
