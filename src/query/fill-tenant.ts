import type { TenantEntry } from '../schema/model-map.js'
import { EnvelopeTenantError } from '../errors.js'
import type { Call, Plain } from './call.js'
import type { Model } from './models.js'
import { each, isAbsent, isPlainObject } from './prisma-values.js'
import { columnValue, tenantOwners } from './tenant.js'

/**
 * Writes the tenant into a created row that does not say it.
 *
 * Prisma takes a row in one of two forms. With foreign keys as scalars, the tenant column is one more scalar. As soon
 * as a relation that this model owns is written, foreign keys may no longer be given: a tenant column that is part of
 * one is then set by connecting, and by nothing else.
 */
export function fillTenant(call: Call, model: Model, tenant: TenantEntry, data: Plain, text: string): void {
  if (!isAbsent(data[tenant.field])) return
  const value = columnValue(model, tenant, text)
  const owners = tenantOwners(model, tenant)
  const written = owners.filter(({ name }) => !isAbsent(data[name]))
  if (written.length > 0) {
    for (const { name, entry, reference } of written) pinConnected(call, data[name], entry.model, reference, value)
    return
  }
  if (owners.length === 0 || !writesOwnedRelation(model, data)) {
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

/** The row that is connected to decides the tenant: it must be one of this tenant. */
function pinConnected(call: Call, write: unknown, target: string, reference: string, value: unknown): void {
  if (!isPlainObject(write)) return
  const compounds = call.models.get(target).compounds
  const uniques = [write.connect, ...each(write.connectOrCreate).map((item) => isPlainObject(item) && item.where)]
  for (const where of uniques) {
    if (!isPlainObject(where) || !isAbsent(where[reference])) continue
    const pinned = [...compounds].some(([name, fields]) => fields.includes(reference) && !isAbsent(where[name]))
    if (!pinned) where[reference] = value
  }
}

function writesOwnedRelation(model: Model, data: Plain): boolean {
  return Object.entries(data).some(([key, value]) => {
    const entry = model.fields.get(key)
    return entry?.kind === 'relation' && entry.fields !== undefined && !isAbsent(value)
  })
}
