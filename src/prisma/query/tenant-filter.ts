import type { RelationEntry } from '../../schema/model-map.js'
import { addCondition, addFilter, COMBINATORS } from './conditions.js'
import type { Model } from './models.js'
import { objectOr, ownValue } from './own.js'
import { holdsTenant, isOwned, ownerFilter, tenantInWhere } from './ownership.js'
import { each, isAbsent, isPlainObject, type Plain } from './prisma-values.js'
import { cursorUnprotected, tenantConflict, tenantUnprotected } from './refusals.js'
import { alongRelation, filterTenant, type Rows, type Walk } from './walk.js'

/**
 * The second line of defence: a call for one tenant reaches only that tenant's rows.
 *
 * The first is the key: another tenant's envelopes do not open. This one keeps another tenant's rows, plain columns
 * included, out of what the call reads, updates, deletes and connects to. It is no authorization system: it is complete
 * where the foreign key between two tenant models contains the tenant column (`docs/tenancy.md`).
 *
 * Every filter is walked first, and gets its tenant filter after that. The walk reads what the caller wrote, and draws
 * conclusions from it: which tenant a filter names, whether a nested update is `{ where, data }`, whether the database
 * itself will do an upsert. What we add must not be taken for the caller's word, and needs no walk.
 */

/** The filter that limits a bound call to its tenant's rows of this model, unless they are kept to it already. */
export function tenantFilterOf(rows: Rows, negated = false): Plain | undefined {
  const tenant = filterTenant(rows)
  if (tenant === undefined || rows.kept === true) return undefined
  return ownerFilter(rows.context.models, rows.model, tenant, negated)
}

/**
 * Adds the tenant filter to a unique filter, in place: a tenant column as a scalar beside the unique one, since anything
 * else would cost Prisma's batching of `findUnique`.
 */
export function filterUnique(rows: Rows, where: unknown, filter = tenantFilterOf(rows)): void {
  const { context, model } = rows
  if (filter === undefined || !isPlainObject(where)) return
  const own = tenantInWhere(context.models, model, where)
  if (own !== undefined && context.bound !== undefined && own !== context.bound) {
    throw tenantConflict(model.name, own, context.bound)
  }
  addFilter(where, filter)
}

/** A filter with the tenant filter added: both must hold. */
export function filtered(rows: Rows, given: unknown, filter = tenantFilterOf(rows)): unknown {
  if (filter === undefined) return given
  const where = objectOr(rows.model.name, 'where', given)
  if (where === undefined) return filter
  addFilter(where, filter)
  return where
}

/** Adds the tenant filter to the `where` of arguments, in place. */
export function filterWhere(rows: Rows, args: Plain, filter = tenantFilterOf(rows)): void {
  const given = ownValue(args, 'where')
  const where = filtered(rows, given, filter)
  if (where !== given) args.where = where
}

/**
 * Adds the tenant filter to the arguments of a list of rows: to `where`, and to `cursor`.
 *
 * Prisma takes no relation filter in a cursor, and finds nothing by one that says NULL. So the cursor's row is looked up.
 */
export function filterList(walk: Walk, args: Plain, place: 'root' | 'nested'): void {
  const filter = tenantFilterOf(walk)
  if (filter === undefined) return
  filterWhere(walk, args, filter)
  const cursor = ownValue(args, 'cursor')
  if (!isPlainObject(cursor)) return
  const { model, draft } = walk
  const column = model.tenant === undefined ? undefined : filter[model.tenant.field]
  // `{ in: [] }`: no row at all.
  if (isPlainObject(column)) return
  if (!isAbsent(column) && column !== null) filterUnique(walk, cursor, filter)
  else if (place === 'nested') throw cursorUnprotected(model.name)
  else draft.cursors.push({ model, cursor, filter, args })
}

/**
 * Adds the tenant filter inside a relation filter, in place, unless the foreign key keeps both ends in one tenant.
 *
 * Another tenant's rows must be as if they did not exist: `every` may not fail because of one, a hidden parent is no
 * parent. The caller's filters stay at the top of their relation: further in, Prisma takes `OR: []` for no condition.
 */
export function filterRelation(
  walk: Walk,
  where: Plain,
  key: string,
  relation: RelationEntry,
  usesWords: boolean,
): void {
  const target = alongRelation(walk, relation)
  // The caller may have negated what is around it.
  const tenant = tenantFilterOf(target, true)
  const given = ownValue(where, key)
  if (tenant === undefined || isAbsent(given) || holdsTenant(walk.context.models, walk.model, relation)) return
  if (given === null) where[key] = { isNot: tenant }
  else if (!isPlainObject(given)) return
  else if (!usesWords) where[key] = filtered(target, given, tenant)
  else if (relation.list === true) filterListWords(target, given, tenant)
  else filterRowWords(target, where, key, given, tenant)
}

function filterRowWords(target: Rows, where: Plain, key: string, given: Plain, tenant: Plain): void {
  const [is, isNot] = [ownValue(given, 'is'), ownValue(given, 'isNot')]
  if (isPlainObject(is)) given.is = filtered(target, is, tenant)
  if (isPlainObject(isNot)) given.isNot = filtered(target, isNot, tenant)
  // No row, or one that must look as if it did not exist: neither is one of the tenant's.
  if (is === null) {
    delete given.is
    addCondition(where, { [key]: { isNot: tenant } })
  }
  if (isNot === null) {
    delete given.isNot
    addCondition(where, { [key]: { is: tenant } })
  }
  if (Object.keys(given).length === 0) delete where[key]
}

function filterListWords(target: Rows, given: Plain, tenant: Plain): void {
  const [some, none, every] = [ownValue(given, 'some'), ownValue(given, 'none'), ownValue(given, 'every')]
  if (isPlainObject(some)) given.some = filtered(target, some, tenant)
  if (isPlainObject(none)) given.none = filtered(target, none, tenant)
  if (!isPlainObject(every)) return
  // The tenant in both branches: Prisma takes an empty filter in an OR, as of `every: {}`, for one that no row meets.
  const own = meetsNothing(every) ? [every, tenant, { NOT: tenant }] : [every, tenant]
  given.every = { OR: [{ AND: own }, { NOT: tenant }] }
}

/** Whether Prisma takes a filter for one that no row meets: `OR: []`, or an `OR` of filters without any condition. */
function meetsNothing(filter: Plain): boolean {
  const OR = ownValue(filter, 'OR')
  return Array.isArray(OR) && OR.every(isEmpty)
}

function isEmpty(filter: unknown): boolean {
  if (!isPlainObject(filter)) return isAbsent(filter)
  return Object.entries(filter).every(
    ([key, value]) => isAbsent(value) || (COMBINATORS.has(key) && each(value).every(isEmpty)),
  )
}

/**
 * Refuses what a bound call cannot keep within its tenant, unless the foreign key does.
 *
 * @param found `reached`: the model whose rows it could reach. `instead`: what a bound client may do.
 */
export function refuseUnprotected(
  rows: Rows,
  relation: RelationEntry,
  what: string,
  found: { readonly reached?: Model; readonly instead?: string } = {},
): void {
  if (filterTenant(rows) === undefined) return
  const { context, model } = rows
  const { reached = context.models.get(relation.model), instead } = found
  if (!isOwned(reached) || holdsTenant(context.models, model, relation)) return
  throw tenantUnprotected(model.name, what, instead)
}
