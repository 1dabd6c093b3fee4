import type { Place } from '../envelope/index.js'
import type { ErrorPlace } from '../errors.js'
import type { EncryptedField } from '../query/index.js'

/** Where a field's values belong, in the frozen names that are authenticated with them. */
export function placeIn(field: EncryptedField, tenant: string): Place {
  return { tenant, model: field.logicalModel, field: field.logicalField, valueType: field.valueType }
}

/** The same, in the names of today's schema, for errors. */
export function placeOf(leaf: { field: EncryptedField; tenant: string }): ErrorPlace {
  return { model: leaf.field.model, field: leaf.field.field, tenant: leaf.tenant }
}
