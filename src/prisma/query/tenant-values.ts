import type { ColumnTenant } from '../../schema/model-map.js'
import { refuseFolding, refuseOtherSpelling, tenantText } from '../../tenancy/tenant.js'
import type { Model, Models } from './models.js'

/** The one spelling of a tenant in this schema. */
export function canonicalTenant(models: Models, value: unknown): string {
  const given = tenantText(value)
  const text = models.uuidTenants ? uuidText(given) : given
  if (models.integerTenants !== undefined) {
    refuseOtherSpelling(models.integerTenants.column, models.integerTenants.type, text)
  }
  if (models.foldingTenants) refuseFolding(text)
  return text
}

/** The one spelling of a tenant in this model's tenant column. */
export function tenantOfColumn(models: Models, model: Model, value: unknown): string {
  return checkSpelling(model, canonicalTenant(models, value))
}

/** Refuses a tenant that the model's column would turn into a different one. Throws `ENVELOPE_TENANT_INVALID`. */
export function checkSpelling(model: Model, text: string): string {
  const { name, tenant } = model
  if (tenant !== undefined && tenant.type !== 'String')
    refuseOtherSpelling(`${name}.${tenant.field}`, tenant.type, text)
  return text
}

/** As PostgreSQL returns a UUID; it also accepts upper case, braces, and no hyphens. */
function uuidText(text: string): string {
  const lower = text.toLowerCase()
  const [, ...groups] = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/.exec(lower.replace(/^\{|-|\}$/g, '')) ?? []
  return groups.length > 0 && groups.every((group) => /^[0-9a-f]+$/.test(group)) ? groups.join('-') : lower
}

/** A tenant in the type of its column. */
export function columnValue(model: Model, tenant: ColumnTenant, text: string): string | number | bigint {
  if (tenant.type === 'String') return text
  checkSpelling(model, text)
  return tenant.type === 'Int' ? Number(text) : BigInt(text)
}
