import type { RelationEntry, TenantEntry } from '../../schema/model-map.js'
import { refuseFolding, refuseOtherSpelling, tenantText } from '../../tenancy/tenant.js'
import type { Call, Plain } from './call.js'
import type { Model, Models } from './models.js'
import { ownValue } from './own.js'
import { each, isAbsent, isPlainObject } from './prisma-values.js'
import { parentTenantUnknown, tenantChanged, tenantConflict } from './refusals.js'

/** What a nested row inherits from the row it is written through. */
export interface Inherited {
  /** The parent row's tenant, or the value that the foreign key will copy into the tenant column. */
  readonly tenant: string | undefined
  /** The foreign key to the parent holds the tenant column, so Prisma fills it in and refuses to be told. */
  readonly held: boolean
  /**
   * The foreign key between the two holds both tenant columns, on whichever side it is: a row that is there already is of
   * the same tenant.
   */
  readonly joined?: boolean
  /** The parent row stands already, and only the option `tenant` says whose it is: it may be another tenant's. */
  readonly assumed?: boolean
  /** Another row of the same list writes a relation: Prisma takes all rows of a list in that form, or none. */
  readonly checked?: boolean
}

export const ROOT: Inherited = { tenant: undefined, held: false }

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

/** Refuses a tenant that the model's column could only take for another. Throws `ENVELOPE_TENANT_INVALID`. */
export function checkSpelling(model: Model, text: string): string {
  const { name, tenant } = model
  if (tenant !== undefined && tenant.type !== 'String')
    refuseOtherSpelling(`${name}.${tenant.field}`, tenant.type, text)
  return text
}

/** As PostgreSQL gives a UUID back, which takes it in upper case, in braces and without hyphens too. */
function uuidText(text: string): string {
  const lower = text.toLowerCase()
  const [, ...groups] = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/.exec(lower.replace(/^\{|-|\}$/g, '')) ?? []
  return groups.length > 0 && groups.every((group) => /^[0-9a-f]+$/.test(group)) ? groups.join('-') : lower
}

/** A tenant as its column takes it. */
export function columnValue(model: Model, tenant: TenantEntry, text: string): string | number | bigint {
  if (tenant.type === 'String') return text
  checkSpelling(model, text)
  return tenant.type === 'Int' ? Number(text) : BigInt(text)
}

/** The tenant of a row that is created, where the arguments or the context say. */
export function tenantOfCreate(call: Call, model: Model, data: Plain, inherited: Inherited): string | undefined {
  const given = ownTenant(call.models, model, data)
  if (given === undefined && inherited.held) {
    if (inherited.tenant === undefined && concernsTenant(call, model, data)) throw parentTenantUnknown(model.name)
    return inherited.tenant === undefined ? undefined : agreed(call, model, inherited.tenant)
  }
  return agreed(call, model, given) ?? inheritedOrFallback(call, model, inherited)
}

/** Whether it matters whose a new row is: it has something to seal, or the call is made for one tenant. */
function concernsTenant(call: Call, model: Model, data: Plain): boolean {
  if (call.context.bound !== undefined || call.context.fallback !== undefined) return true
  return Object.keys(data).some((key) => model.encrypted.has(key) && !isAbsent(data[key]) && data[key] !== null)
}

/**
 * Keeps rows that are connected to a parent, whose foreign key will give them its tenant, from moving to it from another
 * tenant: the filter that finds them has to say that they are there already.
 */
export function keepInTenant(call: Call, model: Model, inherited: Inherited, where: unknown): void {
  if (model.tenant === undefined || !inherited.held) return
  const { bound } = call.context
  const { tenant } = inherited
  if (tenant === undefined || inherited.assumed === true) throw parentTenantUnknown(model.name)
  if (bound !== undefined && tenant !== bound) throw tenantChanged(model.name)
  if (!isPlainObject(where)) return
  const own = tenantInWhere(call.models, model, where)
  if (own === undefined) addEquality(where, model.tenant.field, columnValue(model, model.tenant, tenant))
  else if (own !== tenant) throw tenantChanged(model.name)
}

/**
 * Adds an equality to a filter, in place, beside what the filter says of that field already. Where that is the very same,
 * nothing is added: a condition more costs Prisma and the database 30 µs.
 */
export function addEquality(where: Plain, field: string, value: unknown): void {
  const given = ownValue(where, field)
  if (isAbsent(given)) where[field] = value
  else if (equalityOf(given) !== value) addCondition(where, { [field]: value })
}

/** Adds a condition to a filter, in place: all that it says already must hold as well. */
export function addCondition(where: Plain, condition: Plain): void {
  const given = ownValue(where, 'AND')
  where.AND = [...(isAbsent(given) ? [] : each(given)), condition]
}

/** The tenant of rows that are updated, where the arguments or the context say. */
export function tenantOfUpdate(call: Call, model: Model, where: unknown, inherited: Inherited): string | undefined {
  const own = tenantInWhere(call.models, model, where) ?? (isJoined(inherited) ? inherited.tenant : undefined)
  return agreed(call, model, own) ?? inheritedOrFallback(call, model, inherited)
}

/** Whether the tenant of updated rows is certain: the arguments or the client say it, not only the option `tenant`. */
export function isCertain(call: Call, model: Model, where: unknown, inherited: Inherited): boolean {
  if (call.context.bound !== undefined || tenantInWhere(call.models, model, where) !== undefined) return true
  return isJoined(inherited) && inherited.tenant !== undefined && inherited.assumed !== true
}

function isJoined({ held, joined }: Inherited): boolean {
  return held || joined === true
}

/**
 * Keeps an update whose tenant nothing but the option `tenant` says to that tenant's rows: what it seals, or links, must
 * not get into a row of another one. Gives the filter, which is added where there was none.
 */
export function pinAssumed(call: Call, model: Model, part: Plain, inherited: Inherited): unknown {
  const assumed = assumedOf(call, model, ownValue(part, 'where'), inherited)
  const given = ownValue(part, 'where')
  if (assumed === undefined) return given
  const where: Plain = isPlainObject(given) ? given : {}
  for (const [field, value] of Object.entries(assumed)) addEquality(where, field, value)
  part.where = where
  return where
}

/** The equality that says it: `{ tenantId: 'acme' }`. */
export function assumedOf(call: Call, model: Model, where: unknown, inherited: Inherited): Plain | undefined {
  if (!call.locked || model.tenant === undefined || isCertain(call, model, where, inherited)) return undefined
  const tenant = tenantOfUpdate(call, model, where, inherited)
  return tenant === undefined ? undefined : { [model.tenant.field]: columnValue(model, model.tenant, tenant) }
}

/** Refuses an update that could move a row to another tenant. */
export function refuseTenantChange(call: Call, model: Model, data: Plain, tenant: string | undefined): void {
  const scalar = model.tenant === undefined ? undefined : ownValue(data, model.tenant.field)
  if (isPlainObject(scalar) && Object.entries(scalar).some(([key, by]) => key !== 'set' && !isAbsent(by))) {
    // `{ increment: 1 }`
    throw tenantChanged(model.name)
  }
  const next = ownTenant(call.models, model, data)
  if (next !== undefined && next !== tenant) throw tenantChanged(model.name)
}

/** The tenant that an equality on the tenant column in a filter pins. */
export function tenantInWhere(models: Models, model: Model, where: unknown): string | undefined {
  const value = model.tenant === undefined ? undefined : pinnedIn(model, where, model.tenant.field)
  return value === undefined ? undefined : tenantOfColumn(models, model, value)
}

/** A field of a row that is created. It may itself take its tenant from a row that it is linked to, and so on. */
export function givenTo(models: Models, model: Model, row: Plain, field: string): unknown {
  return field === model.tenant?.field ? ownTenant(models, model, row) : equalityOf(ownValue(row, field))
}

/** The value of a field of all rows that a filter finds: by an equality, also in a compound unique or inside AND. */
export function pinnedIn(model: Model, where: unknown, field: string): unknown {
  if (!isPlainObject(where)) return undefined
  const plain = equalityOf(ownValue(where, field))
  if (plain !== undefined) return plain
  for (const [name, fields] of model.compounds) {
    const compound = fields.includes(field) ? ownValue(where, name) : undefined
    const part = isPlainObject(compound) ? ownValue(compound, field) : undefined
    if (!isAbsent(part)) return part
  }
  const both = ownValue(where, 'AND')
  for (const part of both === undefined ? [] : each(both)) {
    const inside = pinnedIn(model, part, field)
    if (inside !== undefined) return inside
  }
  return undefined
}

/** What a row nested in `relation` inherits from its parent. */
export function inheritedBy(
  models: Models,
  parent: Model,
  known: { tenant: string | undefined; values: Plain },
  relation: RelationEntry,
): Inherited {
  const child = models.get(relation.model)
  if (child.tenant === undefined) return { tenant: known.tenant, held: false }
  const opposite = child.fields.get(relation.opposite)
  if (opposite?.kind !== 'relation') return ROOT
  const source =
    partner(opposite.fields, opposite.references, child.tenant.field) ??
    partner(relation.references, relation.fields, child.tenant.field)
  if (source === undefined) return ROOT
  const held = opposite.fields?.includes(child.tenant.field) === true
  if (source === parent.tenant?.field) return { tenant: known.tenant, held, joined: true }
  const value = equalityOf(ownValue(known.values, source))
  return {
    tenant: value === undefined ? undefined : tenantOfColumn(models, child, value),
    held,
    joined: value !== undefined,
  }
}

/**
 * The tenant that the row's own data gives: its tenant column, or the rows that its relations link it to.
 *
 * Throws `ENVELOPE_TENANT_CONFLICT` where two of them say different things.
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
  const [own, ...more] = new Set(given.filter((value) => !isAbsent(value)).map((v) => tenantOfColumn(models, model, v)))
  if (own !== undefined && more[0] !== undefined) throw tenantConflict(model.name, own, more[0])
  return own
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

/** The relations whose foreign key, on this model, holds the tenant column, and what that part of it references. */
export function tenantOwners(
  model: Model,
  tenant: TenantEntry,
): { name: string; entry: RelationEntry; reference: string }[] {
  const owners = []
  for (const [name, entry] of model.fields) {
    if (entry.kind !== 'relation') continue
    const reference = partner(entry.fields, entry.references, tenant.field)
    if (reference !== undefined) owners.push({ name, entry, reference })
  }
  return owners
}

function agreed(call: Call, model: Model, own: string | undefined): string | undefined {
  const { bound } = call.context
  if (own === undefined) return bound === undefined ? undefined : checkSpelling(model, bound)
  if (bound !== undefined && own !== bound) throw tenantConflict(model.name, own, bound)
  return own
}

function inheritedOrFallback(call: Call, model: Model, inherited: Inherited): string | undefined {
  const { fallback } = call.context
  if (model.tenant === undefined && inherited.tenant !== undefined) return inherited.tenant
  return fallback === undefined ? undefined : checkSpelling(model, fallback)
}

/** The value that a filter pins a column to. */
export function equalityOf(filter: unknown): unknown {
  const value = isPlainObject(filter) && Object.keys(filter).length === 1 ? ownValue(filter, 'equals') : filter
  return isAbsent(value) || value === null || typeof value === 'object' ? undefined : value
}

function partner(
  from: readonly string[] | undefined,
  to: readonly string[] | undefined,
  field: string,
): string | undefined {
  const at = from?.indexOf(field) ?? -1
  return at < 0 ? undefined : to?.[at]
}
