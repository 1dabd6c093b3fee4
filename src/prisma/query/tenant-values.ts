import { EnvelopeTenantError } from '../../errors.js'
import { quoted } from '../../quoting/quote.js'
import type { ColumnTenant } from '../../schema/model-map.js'
import { refuseFolding, refuseOtherSpelling, tenantText } from '../../tenancy/tenant.js'
import type { Model, Models } from './models.js'

/** The one spelling of a tenant in this schema. */
export function canonicalTenant(models: Models, value: unknown): string {
  const given = tenantText(value)
  // A word, also where all tenants are integers.
  if (given === models.sharedTenant) return given
  const text = models.uuidTenants ? uuidText(given) : given
  if (models.integerTenants !== undefined) {
    refuseOtherSpelling(models.integerTenants.column, models.integerTenants.type, text)
  }
  if (models.foldingTenants) refuseFolding(text)
  return text
}

/** The one spelling of a value of this model's tenant column. Throws `ENVELOPE_TENANT_INVALID`. */
export function tenantOfColumn(models: Models, model: Model, value: unknown): string {
  const text = canonicalTenant(models, value)
  if (text === models.sharedTenant && model.tenant !== undefined) throw sharedInColumn(model.name, model.tenant, text)
  return checkSpelling(models, model, text)
}

/** Refuses a tenant that the model's column would turn into a different one, or cannot hold. Throws `ENVELOPE_TENANT_INVALID`. */
export function checkSpelling(models: Models, model: Model, text: string): string {
  const { name, tenant } = model
  if (tenant === undefined) return text
  if (text === models.sharedTenant) {
    if (tenant.optional !== true) throw noSharedRows(name, tenant, text)
  } else if (tenant.type !== 'String') refuseOtherSpelling(`${name}.${tenant.field}`, tenant.type, text)
  return text
}

function sharedInColumn(model: string, { field }: ColumnTenant, tenant: string): EnvelopeTenantError {
  return new EnvelopeTenantError(
    'ENVELOPE_TENANT_INVALID',
    `${model}.${field} cannot be ${quoted(tenant)}, which is the name of the shared tenant. Its rows have NULL there, where the column is optional; a tenant needs another name.`,
    { model, field, tenant },
  )
}

function noSharedRows(model: string, { field }: ColumnTenant, tenant: string): EnvelopeTenantError {
  return new EnvelopeTenantError(
    'ENVELOPE_TENANT_INVALID',
    `No ${model} belongs to the shared tenant ${quoted(tenant)}, because ${field} is required. Use the client that is bound to the row's own tenant.`,
    { model, field, tenant },
  )
}

/** As PostgreSQL returns a UUID; it also accepts upper case, braces, and no hyphens. */
function uuidText(text: string): string {
  const lower = text.toLowerCase()
  const [, ...groups] = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/.exec(lower.replace(/^\{|-|\}$/g, '')) ?? []
  return groups.length > 0 && groups.every((group) => /^[0-9a-f]+$/.test(group)) ? groups.join('-') : lower
}

/** A tenant in the type of its column: NULL is the shared one. Throws `ENVELOPE_TENANT_INVALID`. */
export function columnValue(
  models: Models,
  model: Model,
  { type }: ColumnTenant,
  text: string,
): string | number | bigint | null {
  checkSpelling(models, model, text)
  if (text === models.sharedTenant) return null
  if (type === 'String') return text
  return type === 'Int' ? Number(text) : BigInt(text)
}
