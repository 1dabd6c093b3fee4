import { EnvelopeTenantError } from '../../errors.js'
import { addEquality, pinnedIn } from './conditions.js'
import type { Model } from './models.js'
import { ownValue } from './own.js'
import { isAbsent, isPlainObject, type Plain } from './prisma-values.js'
import { movePossible, tenantChanged } from './refusals.js'
import { givenTo, linkedBy, type TenantOwner, tenantOwners } from './row-tenant.js'
import { columnValue } from './tenant-values.js'
import type { Rows, RowWalk, WriteWalk } from './walk.js'

/**
 * Writes the tenant into a created row that does not name it.
 *
 * Prisma takes a row in one of two forms. With foreign keys as scalars, the tenant column is one more scalar. As soon
 * as a relation that this model owns is written, foreign keys may no longer be given: a tenant column that is part of
 * one is then set by connecting, and by nothing else.
 */
export function fillTenant(walk: WriteWalk, data: Plain, text: string): void {
  const { model } = walk
  const { tenant } = model
  if (tenant === undefined || walk.held || !isAbsent(ownValue(data, tenant.field))) return
  const value = columnValue(walk.context.models, model, tenant, text)
  dropEmptyWrites(model, data)
  const owners = tenantOwners(model, tenant)
  const written = owners.filter(({ name }) => !isAbsent(ownValue(data, name)))
  if (written.length > 0) {
    // Linked to a tenant's own row, a row is not shared.
    if (value === null) throw movePossible(model.name)
    for (const owner of written) pinLinked(walk, owner, data, value)
    return
  }
  // Prisma fills in NULL by itself, in the one form in which it does not accept it.
  if (value === null && (walk.checked || writesOwnedRelation(model, data))) return
  if (value === null || owners.length === 0 || !(walk.checked || writesOwnedRelation(model, data))) {
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
    `${model.name}.${tenant.field} is part of a foreign key, so Prisma does not let it be filled in beside a connected relation. Pass the foreign keys as scalars instead of connect, including ${tenant.field}.`,
    { model: model.name, field: tenant.field, tenant: text },
  )
}

/** Keeps an update from moving a row to another tenant by linking it to a row there, of which only the id is given. */
export function pinTenant(row: RowWalk, data: Plain): void {
  const { model } = row
  if (model.tenant === undefined) return
  for (const owner of tenantOwners(model, model.tenant)) {
    const write = ownValue(data, owner.name)
    if (!isPlainObject(write) || LINKING.every((operation) => isAbsent(ownValue(write, operation)))) continue
    if (!row.certain || row.tenant === undefined) throw movePossible(model.name)
    const value = columnValue(row.context.models, model, model.tenant, row.tenant)
    if (value === null) throw tenantChanged(model.name)
    pinLinked(row, owner, data, value)
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

/** The row that is linked to decides the tenant: it must belong to this tenant, and must name it if it is created. */
function pinLinked(
  { context, model }: Rows,
  { name, entry, reference }: TenantOwner,
  data: Plain,
  value: string | number | bigint,
): void {
  const write = ownValue(data, name)
  if (!isPlainObject(write)) return
  const owner = context.models.get(entry.model)
  const { filters, rows } = linkedBy(write)
  for (const where of filters) {
    if (pinnedIn(owner, where, reference) === undefined) addEquality(where, reference, value)
  }
  for (const row of rows) {
    // The database would generate another one. What is given has been compared with the row's own before.
    if (givenTo(context.models, owner, row, reference) === undefined) throw movePossible(model.name)
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
