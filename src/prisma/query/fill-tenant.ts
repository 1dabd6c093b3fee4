import { EnvelopeTenantError } from '../../errors.js'
import type { TenantEntry } from '../../schema/model-map.js'
import type { Call, Plain } from './call.js'
import type { Model } from './models.js'
import { ownValue } from './own.js'
import { isAbsent, isPlainObject } from './prisma-values.js'
import { movePossible } from './refusals.js'
import { addEquality, columnValue, givenTo, linkedBy, pinnedIn, tenantOwners } from './row-tenant.js'

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
  if (!isAbsent(ownValue(data, tenant.field))) return
  const value = columnValue(model, tenant, text)
  dropEmptyWrites(model, data)
  const owners = tenantOwners(model, tenant)
  const written = owners.filter(({ name }) => !isAbsent(ownValue(data, name)))
  if (written.length > 0) {
    for (const { name, entry, reference } of written)
      pinLinked(call, model, ownValue(data, name), entry.model, reference, value)
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

/**
 * Keeps an update from moving a row to another tenant by linking it to a row there, whose id alone is given.
 *
 * @param text the row's tenant, where that is certain.
 */
export function pinTenant(call: Call, model: Model, tenant: TenantEntry, data: Plain, text: string | undefined): void {
  for (const { name, entry, reference } of tenantOwners(model, tenant)) {
    const write = ownValue(data, name)
    if (!isPlainObject(write) || LINKING.every((operation) => isAbsent(ownValue(write, operation)))) continue
    if (text === undefined) throw movePossible(model.name)
    pinLinked(call, model, write, entry.model, reference, columnValue(model, tenant, text))
  }
}

const LINKING = ['connect', 'create', 'connectOrCreate', 'upsert']

/** `clinic: {}` writes nothing, but Prisma would take the row for one without scalar foreign keys, and so without tenant. */
function dropEmptyWrites(model: Model, data: Plain): void {
  for (const [key, value] of Object.entries(data)) {
    const entry = model.fields.get(key)
    if (entry?.kind !== 'relation' || entry.fields === undefined || !isPlainObject(value)) continue
    if (Object.values(value).every(isAbsent)) delete data[key]
  }
}

/** The row that is linked to decides the tenant: it must be one of this tenant, and said to be one if it is created. */
function pinLinked(
  call: Call,
  model: Model,
  write: unknown,
  target: string,
  reference: string,
  value: string | number | bigint,
): void {
  if (!isPlainObject(write)) return
  const owner = call.models.get(target)
  const { filters, rows } = linkedBy(write)
  for (const where of filters) {
    if (pinnedIn(owner, where, reference) === undefined) addEquality(where, reference, value)
  }
  for (const row of rows) {
    // The database would make up another one. What is given was compared with the row's own before.
    if (givenTo(call.models, owner, row, reference) === undefined) throw movePossible(model.name)
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
