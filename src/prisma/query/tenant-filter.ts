import type { RelationEntry } from '../../schema/model-map.js'
import { addCondition, addEquality, COMBINATORS } from './conditions.js'
import type { Model, Models } from './models.js'
import { objectOr, ownValue } from './own.js'
import { each, isAbsent, isPlainObject, type Plain } from './prisma-values.js'
import { tenantConflict, tenantUnprotected } from './refusals.js'
import { tenantInWhere } from './row-tenant.js'
import { columnValue } from './tenant-values.js'
import { alongRelation, type Rows, type Walk } from './walk.js'

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

/** The equality that limits a bound call to its tenant's rows of this model: `{ tenantId: 'acme' }`. */
export function tenantFilterOf({ context, model }: Rows): Plain | undefined {
  const { bound } = context
  if (!context.filtersTenant || bound === undefined || model.tenant === undefined) return undefined
  return { [model.tenant.field]: columnValue(model, model.tenant, bound) }
}

/**
 * Adds the tenant filter to a unique filter, in place: as a scalar beside the unique one, since anything else would cost
 * Prisma's batching of `findUnique`.
 */
export function filterUnique(rows: Rows, where: unknown): void {
  const { context, model } = rows
  const filter = tenantFilterOf(rows)
  if (filter === undefined || model.tenant === undefined || !isPlainObject(where)) return
  const own = tenantInWhere(context.models, model, where)
  if (own !== undefined && context.bound !== undefined && own !== context.bound) {
    throw tenantConflict(model.name, own, context.bound)
  }
  addEquality(where, model.tenant.field, filter[model.tenant.field])
}

/** A filter with the tenant filter added: both must hold. */
export function filtered(rows: Rows, given: unknown): unknown {
  const { model } = rows
  const filter = tenantFilterOf(rows)
  if (filter === undefined || model.tenant === undefined) return given
  const where = objectOr(model.name, 'where', given)
  if (where === undefined) return filter
  addEquality(where, model.tenant.field, filter[model.tenant.field])
  return where
}

/** Adds the tenant filter to the `where` of arguments, in place. */
export function filterWhere(rows: Rows, args: Plain): void {
  const given = ownValue(args, 'where')
  const where = filtered(rows, given)
  if (where !== given) args.where = where
}

/** Adds the tenant filter to the arguments of a list of rows: to `where`, and to `cursor`. */
export function filterList(rows: Rows, args: Plain): void {
  filterWhere(rows, args)
  filterUnique(rows, ownValue(args, 'cursor'))
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
  const tenant = tenantFilterOf(target)
  const given = ownValue(where, key)
  if (tenant === undefined || isAbsent(given) || holdsTenant(walk.context.models, walk.model, relation)) return
  if (given === null) where[key] = { isNot: tenant }
  else if (!isPlainObject(given)) return
  else if (!usesWords) where[key] = filtered(target, given)
  else if (relation.list === true) filterListWords(target, given, tenant)
  else filterRowWords(target, where, key, given, tenant)
}

function filterRowWords(target: Rows, where: Plain, key: string, given: Plain, tenant: Plain): void {
  const [is, isNot] = [ownValue(given, 'is'), ownValue(given, 'isNot')]
  if (isPlainObject(is)) given.is = filtered(target, is)
  if (isPlainObject(isNot)) given.isNot = filtered(target, isNot)
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
  if (isPlainObject(some)) given.some = filtered(target, some)
  if (isPlainObject(none)) given.none = filtered(target, none)
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
 * Whether the database itself keeps the two ends of a relation in one tenant: both models have a tenant column, and the
 * foreign key between them contains it at both ends.
 */
export function holdsTenant(models: Models, model: Model, relation: RelationEntry): boolean {
  const target = models.get(relation.model)
  const opposite = target.fields.get(relation.opposite)
  const [child, parent, entry] =
    relation.fields !== undefined
      ? [model, target, relation]
      : [target, model, opposite?.kind === 'relation' ? opposite : undefined]
  if (child.tenant === undefined || parent.tenant === undefined) return false
  const at = entry?.fields?.indexOf(child.tenant.field) ?? -1
  return at >= 0 && entry?.references?.[at] === parent.tenant.field
}

/**
 * Refuses what a bound call cannot keep within its tenant, unless the foreign key does.
 *
 * @param reached the model whose rows it could reach.
 */
export function refuseUnprotected(
  { context, model }: Rows,
  relation: RelationEntry,
  what: string,
  reached = context.models.get(relation.model),
): void {
  if (!context.filtersTenant || context.bound === undefined) return
  if (reached.tenant === undefined || holdsTenant(context.models, model, relation)) return
  throw tenantUnprotected(model.name, what)
}
