import { EnvelopeConfigError, EnvelopeQueryError } from '../errors.js'
import type { EncryptedField } from '../leaves/index.js'
import { type OptionNames, refuseUnknownOptions } from '../options/known-options.js'
import {
  canonicalTenant,
  checkOwner,
  type Model,
  ownValue,
  tenantConflict,
  tenantRequired,
} from '../prisma/query/index.js'
import type { EncryptionRuntime } from '../prisma/runtime.js'
import { quoted } from '../quoting/quote.js'
import type { TenantOption } from './encryption.js'

/** What a verb acts on: the field that the caller named, and the tenant that the value belongs to. */

/** Throws `ENVELOPE_CONFIG_INVALID` if the name is not that of an encrypted field. */
export function fieldOf(
  runtime: EncryptionRuntime,
  modelName: string,
  fieldName: string,
): { model: Model; field: EncryptedField } {
  const model = runtime.models.get(modelName)
  const field = model.encrypted.get(fieldName)
  if (field !== undefined) return { model, field }
  throw new EnvelopeConfigError(
    'ENVELOPE_CONFIG_INVALID',
    `${modelName} has no encrypted field ${quoted(fieldName)}. ${encryptedFields(model)}`,
    { model: modelName },
  )
}

function encryptedFields({ encrypted }: Model): string {
  return encrypted.size === 0 ? 'It has none.' : `Its encrypted fields are ${[...encrypted.keys()].join(', ')}.`
}

/** A copy, whose elements may be sealed or opened in place. */
export function listOf({ model, field }: EncryptedField, value: unknown): unknown[] {
  if (Array.isArray(value)) return [...value]
  throw new EnvelopeQueryError(
    'ENVELOPE_VALUE_INVALID',
    `${model}.${field} is a list. Pass all of its elements in one array.`,
    {
      model,
      field,
    },
  )
}

const OPTIONS: OptionNames<TenantOption> = { tenant: true }

/** Throws `ENVELOPE_CONFIG_INVALID` for an unknown option, `ENVELOPE_TENANT_CONFLICT` if the option contradicts the client. */
export function tenantIfKnown(
  runtime: EncryptionRuntime,
  model: Model,
  options: TenantOption | undefined,
  names: OptionNames<TenantOption> = OPTIONS,
): string | undefined {
  if (options !== undefined) refuseUnknownOptions('$encryption', options, names)
  const { bound, fallback } = runtime.context()
  const own = options === undefined ? undefined : ownValue(options, 'tenant')
  const given = own === undefined ? undefined : canonicalTenant(runtime.models, own)
  if (model.shared !== undefined) {
    if (given !== undefined && given !== model.shared) throw tenantConflict(model.name, model.shared, given)
    return model.shared
  }
  if (given !== undefined && bound !== undefined && given !== bound) throw tenantConflict(model.name, given, bound)
  const tenant = given ?? bound ?? (model.step === undefined ? fallback : undefined)
  if (tenant === undefined) return undefined
  checkOwner(runtime.models, model, tenant)
  return tenant
}

/** Throws `ENVELOPE_TENANT_REQUIRED` if no tenant is set. */
export function tenantFor(runtime: EncryptionRuntime, model: Model, options: TenantOption | undefined): string {
  const tenant = tenantIfKnown(runtime, model, options)
  if (tenant === undefined) throw tenantRequired(model.name, undefined)
  return tenant
}
