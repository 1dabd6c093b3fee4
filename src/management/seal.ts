import { EnvelopeConfigError } from '../errors.js'
import type { EncryptedField } from '../leaves/index.js'
import type { EncryptionRuntime } from '../prisma/runtime.js'
import type { ModelMap } from '../schema/model-map.js'
import type { TenantOption } from './encryption.js'
import type { EncryptedFieldName, EncryptedModelName, PlainValue, SealedField } from './model-types.js'
import { fieldOf, listOf, tenantFor } from './subject.js'

/** `$encryption.seal`. */
export async function seal<M extends ModelMap, N extends EncryptedModelName<M>, F extends EncryptedFieldName<M, N>>(
  runtime: EncryptionRuntime,
  modelName: N,
  fieldName: F,
  value: PlainValue<M, N, F> | null,
  options?: TenantOption,
): Promise<SealedField<M, N, F> | null> {
  const { model, field } = fieldOf(runtime, modelName, fieldName)
  if (field.writesPlain === true) throw writtenPlain(field)
  const tenant = tenantFor(runtime, model, options)
  if (value === null) return null
  const values = field.list ? listOf(field, value) : [value]
  await runtime.seal(values.map((_, key) => ({ holder: values, key, field, tenant })))
  // Sealing leaves the text form, or the binary form of a Bytes field.
  return (field.list ? values : values[0]) as SealedField<M, N, F>
}

function writtenPlain({ model, field }: EncryptedField): EnvelopeConfigError {
  return new EnvelopeConfigError(
    'ENVELOPE_CONFIG_INVALID',
    `${model}.${field} is being taken off encryption (write: plain), so no more envelopes are made for it. Store the value itself.`,
    { model, field },
  )
}
