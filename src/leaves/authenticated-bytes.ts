import { authenticatedBytes } from '../envelope/index.js'
import type { EncryptedField } from './field.js'

/** The most recent bytes of each field: consecutive calls are mostly for the same tenant. */
const last = new WeakMap<EncryptedField, { readonly tenant: string; readonly bytes: Buffer }>()

/** What is authenticated with a tenant's values of a field: the frozen names of their place. Must not be modified. */
export function authenticatedBytesOf(field: EncryptedField, tenant: string): Buffer {
  const earlier = last.get(field)
  if (earlier?.tenant === tenant) return earlier.bytes
  const { logicalModel, logicalField, type } = field
  const bytes = authenticatedBytes({ tenant, model: logicalModel, field: logicalField, valueType: type.name })
  last.set(field, { tenant, bytes })
  return bytes
}
