import { EnvelopeTenantError } from '../errors.js'
import type { TenantEntry } from '../schema/model-map.js'
import type { Call, Plain } from './call.js'
import type { Model } from './models.js'
import { each, isAbsent, isPlainObject } from './prisma-values.js'
import { columnValue, equalityOf, tenantOwners } from './tenant.js'

/**
 * Writes the tenant into a created row that does not say it.
 *
 * Prisma takes a row in one of two forms. With foreign keys as scalars, the tenant column is one more scalar. As soon
 * as a relation that this model owns is written, foreign keys may no longer be given: a tenant column that is part of
 * one is then set by connecting, and by nothing else.
 */
export function fillTenant(
  call: Call,
  model: Model,
  tenant: TenantEntry,
  data: Plain,
  text: string,
  checked = false,
): void {
  if (!isAbsent(data[tenant.field])) return
  const value = columnValue(model, tenant, text)
  dropEmptyWrites(model, data)
  const owners = tenantOwners(model, tenant)
  const written = owners.filter(({ name }) => !isAbsent(data[name]))
  if (written.length > 0) {
    for (const { name, entry, reference } of written) pinConnected(call, data[name], entry.model, reference, value)
    return
  }
  if (owners.length === 0 || !(checked || writesOwnedRelation(model, data))) {
    data[tenant.field] = value
    return
  }
  const only = owners.find(({ entry }) => entry.fields?.length === 1)
  if (only !== undefined) {
    data[only.name] = { connect: { [only.reference]: value } }
    return
  }
  throw new EnvelopeTenantError(
    'ENVELOPE_TENANT_REQUIRED',
    `${model.name}.${tenant.field} is part of a foreign key, so Prisma does not let it be filled in beside a connected relation. Give the foreign keys as scalars in place of connect, with ${tenant.field} among them.`,
    { model: model.name, field: tenant.field, tenant: text },
  )
}

/** Keeps an update from moving a row to another tenant by connecting it to a row there, whose id alone is given. */
export function pinTenant(call: Call, model: Model, tenant: TenantEntry, data: Plain, text: string): void {
  const value = columnValue(model, tenant, text)
  for (const { name, entry, reference } of tenantOwners(model, tenant)) {
    pinConnected(call, data[name], entry.model, reference, value)
  }
}

/** `clinic: {}` writes nothing, but Prisma would take the row for one without scalar foreign keys, and so without tenant. */
function dropEmptyWrites(model: Model, data: Plain): void {
  for (const [key, value] of Object.entries(data)) {
    const entry = model.fields.get(key)
    if (entry?.kind !== 'relation' || entry.fields === undefined || !isPlainObject(value)) continue
    if (Object.values(value).every(isAbsent)) delete data[key]
  }
}

/** The row that is connected to decides the tenant: it must be one of this tenant. */
function pinConnected(call: Call, write: unknown, target: string, reference: string, value: unknown): void {
  if (!isPlainObject(write)) return
  const compounds = call.models.get(target).compounds
  const uniques = [write.connect, ...each(write.connectOrCreate).map((item) => isPlainObject(item) && item.where)]
  for (const where of uniques) {
    if (!isPlainObject(where) || equalityOf(where[reference]) !== undefined) continue
    const pinned = [...compounds].some(([name, fields]) => fields.includes(reference) && !isAbsent(where[name]))
    if (pinned) continue
    if (isAbsent(where[reference])) where[reference] = value
    // Beside a filter of the caller's that admits several tenants.
    else where.AND = [...(isAbsent(where.AND) ? [] : each(where.AND)), { [reference]: value }]
  }
}

/** Whether a row is given with a relation that this model owns, and so without scalar foreign keys. */
export function writesOwnedRelation(model: Model, data: Plain): boolean {
  return Object.entries(data).some(([key, value]) => {
    const entry = model.fields.get(key)
    if (entry?.kind !== 'relation' || entry.fields === undefined || !isPlainObject(value)) return false
    return !Object.values(value).every(isAbsent)
  })
}
