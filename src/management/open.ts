import { OpenColumns } from '../leaves/index.js'
import { addLeaves, type Plain } from '../prisma/query/index.js'
import type { EncryptionRuntime } from '../prisma/runtime.js'
import type { ModelMap } from '../schema/model-map.js'
import type { TenantOption } from './encryption.js'
import type { EncryptedFieldName, EncryptedModelName, OpenedValue, SealedField } from './model-types.js'
import { fieldOf, listOf, tenantFor } from './subject.js'

/** `$encryption.open`. */
export async function open<M extends ModelMap, N extends EncryptedModelName<M>, F extends EncryptedFieldName<M, N>>(
  runtime: EncryptionRuntime,
  modelName: N,
  fieldName: F,
  stored: SealedField<M, N, F, Uint8Array> | null,
  options?: TenantOption,
): Promise<OpenedValue<M, N, F> | null> {
  const { model, field } = fieldOf(runtime, modelName, fieldName)
  const tenant = tenantFor(runtime, model, options)
  if (stored === null) return null
  const holder: Plain = { value: field.list ? listOf(field, stored) : stored }
  const leaves = new OpenColumns()
  addLeaves(leaves, holder, 'value', field, tenant)
  await runtime.open(leaves)
  // The sealed value was of the field's type, which is authenticated.
  return holder.value as OpenedValue<M, N, F>
}
