import { authenticatedBytes } from '../envelope/index.js'
import type { EncryptedField } from './field.js'

/** For each field the bytes that were made last: calls are mostly made for one tenant after another. */
const last = new WeakMap<EncryptedField, { readonly tenant: string; readonly bytes: Buffer }>()

/** What is authenticated with a tenant's values of a field: the frozen names of where they belong. Not to be written into. */
export function authenticatedBytesOf(field: EncryptedField, tenant: string): Buffer {
  const earlier = last.get(field)
  if (earlier?.tenant === tenant) return earlier.bytes
  const { logicalModel, logicalField, type } = field
  const bytes = authenticatedBytes({ tenant, model: logicalModel, field: logicalField, valueType: type.name })
  last.set(field, { tenant, bytes })
  return bytes
}
