import { EnvelopeConfigError } from '../errors.js'
import type { Delegates } from '../prisma/lookups.js'
import { uniqueTenant } from '../prisma/owner-lookups.js'
import { columnValue, copyOfArguments, objectOr, planUnique, tenantColumnOf } from '../prisma/query/index.js'
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
  const column = tenantColumnOf(models, model)
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

function ownedByNobody(model: string): EnvelopeConfigError {
  return new EnvelopeConfigError(
    'ENVELOPE_CONFIG_INVALID',
    `Nothing in a ${model} says which tenant owns it. Ask for a model with @encrypted.tenant or @encrypted.shared.`,
    { model },
  )
}
