import type { ColumnTenant, RelationEntry } from '../../schema/model-map.js'
import { addEquality, equalityOf, pinnedIn } from './conditions.js'
import type { Model, Models } from './models.js'
import { ownValue } from './own.js'
import { holdsTenant, isStep, leadsBelow, tenantInWhere } from './ownership.js'
import { each, isAbsent, isPlainObject, type Plain } from './prisma-values.js'
import { parentTenantUnknown, tenantChanged, tenantConflict } from './refusals.js'
import { checkSpelling, columnValue, tenantOfColumn } from './tenant-values.js'
import { type Rows, type RowWalk, targetOf, type WriteWalk } from './walk.js'

/** The tenant of a row that is created, where the arguments or the context name it. */
export function tenantOfCreate(walk: WriteWalk, data: Plain): string | undefined {
  const given = ownTenant(walk.context.models, walk.model, data)
  if (given === undefined && walk.held) {
    if (walk.tenant === undefined && walk.ask === undefined && needsTenant(walk, data))
      throw parentTenantUnknown(walk.model.name)
    return walk.tenant === undefined ? undefined : agreed(walk, walk.tenant)
  }
  return (
    agreed(walk, given) ?? (isUnlinked(walk.model, data) ? walk.context.models.sharedTenant : inheritedOrFallback(walk))
  )
}

/** Whether a row is created with NULL in its tenant column: it may be NULL, and the row is not linked to one that fills it. */
function isUnlinked(model: Model, data: Plain): boolean {
  const { tenant } = model
  if (tenant?.optional !== true) return false
  return tenantOwners(model, tenant).every(({ name }) => {
    const write = ownValue(data, name)
    return !isPlainObject(write) || Object.values(write).every(isAbsent)
  })
}

/** Whether it matters which tenant a new row belongs to: it has values to seal, or the call is for one tenant. */
function needsTenant({ context, model }: Rows, data: Plain): boolean {
  if (context.bound !== undefined || context.fallback !== undefined) return true
  return Object.keys(data).some((key) => model.encrypted.has(key) && !isAbsent(data[key]) && data[key] !== null)
}

/**
 * Keeps rows that are connected to a parent, whose foreign key will give them its tenant, from being moved there from
 * another tenant: the filter that finds them must say that they belong to it already.
 */
export function keepInTenant({ context, model, tenant, held, assumed }: WriteWalk, where: unknown): void {
  if (model.tenant === undefined || !held) return
  if (tenant === undefined || assumed) throw parentTenantUnknown(model.name)
  if (context.bound !== undefined && tenant !== context.bound) throw tenantChanged(model.name)
  if (!isPlainObject(where)) return
  const own = tenantInWhere(context.models, model, where)
  if (own === undefined)
    addEquality(where, model.tenant.field, columnValue(context.models, model, model.tenant, tenant))
  else if (own !== tenant) throw tenantChanged(model.name)
}

/** The tenant of rows that are updated, where the arguments or the context name it. */
export function tenantOfUpdate(walk: WriteWalk, where: unknown): string | undefined {
  const own = tenantInWhere(walk.context.models, walk.model, where) ?? (walk.joined ? walk.tenant : undefined)
  return agreed(walk, own) ?? inheritedOrFallback(walk)
}

/**
 * Whether the tenant of updated rows is certain: the arguments name it, or the client and its filter, not only the option
 * `tenant` or a client without the filter.
 */
export function isCertain(walk: WriteWalk, where: unknown): boolean {
  const { context, model } = walk
  // No filter could tell a model's rows apart that has no tenant column.
  if (context.bound !== undefined && (context.filtersTenant || model.tenant === undefined)) return true
  if (tenantInWhere(context.models, model, where) !== undefined) return true
  return walk.joined && walk.tenant !== undefined && !walk.assumed
}

/**
 * Keeps an update to the rows of one tenant where it is only assumed: what it seals or links must not get into another tenant's
 * row. Returns the filter, which is added to `part` where there was none.
 */
export function pinAssumed(walk: WriteWalk, part: Plain, data: unknown): unknown {
  const given = ownValue(part, 'where')
  const assumed = assumedOf(walk, given, data)
  if (assumed === undefined) return given
  const where: Plain = isPlainObject(given) ? given : {}
  for (const [field, value] of Object.entries(assumed)) addEquality(where, field, value)
  part.where = where
  return where
}

/** The equality that does it: `{ tenantId: 'acme' }`. */
export function assumedOf(walk: WriteWalk, where: unknown, data: unknown): Plain | undefined {
  const { context, model } = walk
  if (model.tenant === undefined || isCertain(walk, where)) return undefined
  // Without the filter, only what would make a value unreadable is kept from other rows.
  if (!context.filtersTenant && !(isPlainObject(data) && dependsOnTenant(context.models, model, data))) return undefined
  const tenant = tenantOfUpdate(walk, where)
  return tenant === undefined
    ? undefined
    : { [model.tenant.field]: columnValue(context.models, model, model.tenant, tenant) }
}

/** Whether an update writes what is right for one tenant only: values to seal, the row's tenant, rows of the same tenant. */
function dependsOnTenant(models: Models, model: Model, data: Plain): boolean {
  const owners = model.tenant === undefined ? [] : tenantOwners(model, model.tenant)
  return Object.entries(data).some(([key, value]) => {
    if (isAbsent(value)) return false
    const entry = model.fields.get(key)
    if (entry?.kind !== 'relation') return model.encrypted.has(key) || key === model.tenant?.field
    return holdsTenant(models, model, entry) || owners.some(({ name }) => name === key)
  })
}

/** Refuses an update that could move a row to another tenant. */
export function refuseTenantChange({ context, model }: Rows, data: Plain, tenant: string | undefined): void {
  const scalar = model.tenant === undefined ? undefined : ownValue(data, model.tenant.field)
  if (isPlainObject(scalar) && Object.entries(scalar).some(([key, by]) => key !== 'set' && !isAbsent(by))) {
    // `{ increment: 1 }`
    throw tenantChanged(model.name)
  }
  const next =
    ownTenant(context.models, model, data) ?? (unlinks(model, data) ? context.models.sharedTenant : undefined)
  if (next !== undefined && next !== tenant) throw tenantChanged(model.name)
}

/** Whether an update takes a row away from the one that its tenant column refers to. */
function unlinks(model: Model, data: Plain): boolean {
  const { tenant } = model
  if (tenant?.optional !== true) return false
  return tenantOwners(model, tenant).some(({ name }) => {
    const write = ownValue(data, name)
    return isPlainObject(write) && disconnects(write)
  })
}

/** Whether a write of a to-one relation leaves the row without one. */
export function disconnects(write: Plain): boolean {
  const disconnect = ownValue(write, 'disconnect')
  return !isAbsent(disconnect) && disconnect !== false
}

/** The value of a field of a row that is created. It may itself get its tenant from a row that it is linked to, and so on. */
export function givenTo(models: Models, model: Model, row: Plain, field: string): unknown {
  return field === model.tenant?.field ? ownTenant(models, model, row) : equalityOf(ownValue(row, field))
}

/** The walk over rows that are nested in `relation`, with what they inherit from this one. */
export function alongWrite(row: RowWalk, relation: RelationEntry): WriteWalk {
  const { context, draft } = row
  const model = targetOf(context, relation)
  const kept = isStep(context.models, row.model, relation)
  const inherited = inheritedBy(row, model, relation)
  return { context, model, draft, kept, ...inherited, assumed: !row.certain, checked: false, from: row, relation }
}

type Inherited = Pick<WriteWalk, 'tenant' | 'ask' | 'below' | 'held' | 'joined'>

const NOTHING_INHERITED: Inherited = { tenant: undefined, ask: undefined, below: false, held: false, joined: false }

function inheritedBy(
  { context, model: parent, tenant, ask, askBelow, values }: RowWalk,
  child: Model,
  relation: RelationEntry,
): Inherited {
  if (isStep(context.models, parent, relation)) {
    const below = leadsBelow(context.models, parent, relation)
    return { ...NOTHING_INHERITED, tenant, ask: ask ?? askBelow, below, joined: true }
  }
  if (child.step !== undefined || child.shared !== undefined) return NOTHING_INHERITED
  if (child.tenant === undefined) return { ...NOTHING_INHERITED, tenant, ask }
  const opposite = child.fields.get(relation.opposite)
  if (opposite?.kind !== 'relation') return NOTHING_INHERITED
  const source =
    partner(opposite.fields, opposite.references, child.tenant.field) ??
    partner(relation.references, relation.fields, child.tenant.field)
  if (source === undefined) return NOTHING_INHERITED
  const held = opposite.fields?.includes(child.tenant.field) === true
  if (source === parent.tenant?.field) {
    return { ...NOTHING_INHERITED, tenant, ask: held ? (ask ?? askBelow) : undefined, held, joined: true }
  }
  const value = equalityOf(ownValue(values, source))
  if (value === undefined) return { ...NOTHING_INHERITED, held }
  return { ...NOTHING_INHERITED, tenant: tenantOfColumn(context.models, child, value), held, joined: true }
}

/**
 * The tenant that the row's own data names: in its tenant column, or through the rows that its relations link it to.
 *
 * Throws `ENVELOPE_TENANT_CONFLICT` where two of them name different tenants.
 */
export function ownTenant(models: Models, model: Model, data: Plain): string | undefined {
  const { tenant } = model
  if (tenant === undefined) return undefined
  const scalar = ownValue(data, tenant.field)
  const given: unknown[] = [isPlainObject(scalar) && Object.hasOwn(scalar, 'set') ? scalar.set : scalar]
  for (const { name, entry, reference } of tenantOwners(model, tenant)) {
    const write = ownValue(data, name)
    if (!isPlainObject(write)) continue
    const owner = models.get(entry.model)
    const { filters, rows } = linkedBy(write)
    for (const where of filters) given.push(pinnedIn(owner, where, reference))
    for (const row of rows) given.push(givenTo(models, owner, row, reference))
  }
  const named = given.filter((value) => !isAbsent(value))
  const [own, ...more] = new Set(named.map((value) => tenantNamed(models, model, value)))
  if (own !== undefined && more[0] !== undefined) throw tenantConflict(model.name, own, more[0])
  return own
}

function tenantNamed(models: Models, model: Model, value: unknown): string {
  if (value === null && model.tenant?.optional === true && models.sharedTenant !== undefined) return models.sharedTenant
  return tenantOfColumn(models, model, value)
}

/** What a write of a to-one relation may link to: rows that filters find, and rows that are created. */
export function linkedBy(write: Plain): { filters: Plain[]; rows: Plain[] } {
  const either = each(ownValue(write, 'connectOrCreate')).filter(isPlainObject)
  const upserts = each(ownValue(write, 'upsert')).filter(isPlainObject)
  return {
    filters: [ownValue(write, 'connect'), ...either.map((one) => ownValue(one, 'where'))].filter(isPlainObject),
    rows: [ownValue(write, 'create'), ...[...either, ...upserts].map((one) => ownValue(one, 'create'))].filter(
      isPlainObject,
    ),
  }
}

/** A relation whose foreign key, on this model, contains the tenant column, and the field which that part references. */
export interface TenantOwner {
  readonly name: string
  readonly entry: RelationEntry
  readonly reference: string
}

export function tenantOwners(model: Model, tenant: ColumnTenant): TenantOwner[] {
  const owners: TenantOwner[] = []
  for (const [name, entry] of model.fields) {
    if (entry.kind !== 'relation') continue
    const reference = partner(entry.fields, entry.references, tenant.field)
    if (reference !== undefined) owners.push({ name, entry, reference })
  }
  return owners
}

function agreed({ context, model }: Rows, own: string | undefined): string | undefined {
  const { bound } = context
  if (own === undefined) return bound === undefined ? undefined : checkSpelling(context.models, model, bound)
  if (bound !== undefined && own !== bound) throw tenantConflict(model.name, own, bound)
  return own
}

function inheritedOrFallback({ context, model, tenant }: WriteWalk): string | undefined {
  if (model.tenant === undefined && tenant !== undefined) return tenant
  return context.fallback === undefined ? undefined : checkSpelling(context.models, model, context.fallback)
}

/** The field at the other end of a foreign key. */
function partner(
  from: readonly string[] | undefined,
  to: readonly string[] | undefined,
  field: string,
): string | undefined {
  const at = from?.indexOf(field) ?? -1
  return at < 0 ? undefined : to?.[at]
}
