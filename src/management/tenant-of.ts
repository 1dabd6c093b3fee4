import { EnvelopeConfigError } from '../errors.js'
import type { Delegates } from '../prisma/lookups.js'
import { uniqueTenant } from '../prisma/owner-lookups.js'
import { columnValue, copyOfArguments, type Model, type Models, objectOr, planUnique } from '../prisma/query/index.js'
import type { EncryptionRuntime } from '../prisma/runtime.js'
import type { TenantId } from '../tenancy/index.js'

/** `$encryption.tenantOf`. */
export async function tenantOf(
  runtime: EncryptionRuntime,
  client: Delegates,
  modelName: string,
  where: object,
): Promise<TenantId | undefined> {
  const { models } = runtime
  const model = models.get(modelName)
  const column = columnOf(models, model)
  if (column === undefined && model.shared === undefined) throw ownedByNobody(modelName)
  const filter = objectOr(modelName, 'where', copyOfArguments(where)) ?? {}
  const context = runtime.lookupContext()
  await runtime.fillTokens(planUnique(context, model, filter))
  const tenant = await uniqueTenant(client, models, { model, where: filter })
  if (tenant === undefined || column === undefined) return tenant
  // What a bound client may not read it may not ask for either.
  if (context.bound !== undefined && context.bound !== tenant) return undefined
  // A row without a parent has no such column.
  return tenant === models.sharedTenant ? tenant : (columnValue(models, column.model, column.tenant, tenant) ?? tenant)
}

/** The tenant column at the end of the way. */
function columnOf(models: Models, model: Model): { model: Model; tenant: NonNullable<Model['tenant']> } | undefined {
  if (model.tenant !== undefined) return { model, tenant: model.tenant }
  return model.step === undefined ? undefined : columnOf(models, models.get(model.step.entry.model))
}

function ownedByNobody(model: string): EnvelopeConfigError {
  return new EnvelopeConfigError(
    'ENVELOPE_CONFIG_INVALID',
    `Nothing in a ${model} says which tenant owns it. Ask for a model with @encrypted.tenant or @encrypted.shared.`,
    { model },
  )
}
