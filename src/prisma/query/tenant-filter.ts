import type { RelationEntry } from '../../schema/model-map.js'
import type { Call, Plain } from './call.js'
import type { Model, Models } from './models.js'
import { objectOr, ownValue } from './own.js'
import { each, isAbsent, isPlainObject } from './prisma-values.js'
import { tenantConflict, tenantUnprotected } from './refusals.js'
import { addCondition, addEquality, columnValue, tenantInWhere } from './row-tenant.js'

/**
 * The second lock: a call that is made for one tenant reaches that tenant's rows only.
 *
 * The first lock is the key: another tenant's envelopes do not open. This one keeps another tenant's rows, plain columns
 * included, out of what the call reads, updates, deletes and connects to. It is no authorization system: it holds fully
 * where the foreign key between two tenant models contains the tenant column (`docs/tenancy.md`).
 */

const COMBINATORS: ReadonlySet<string> = new Set(['AND', 'OR', 'NOT'])

/** The equality that a locked call adds for rows of this model: `{ tenantId: 'acme' }`. */
export function lockOf(call: Call, model: Model): Plain | undefined {
  const { bound } = call.context
  if (!call.locked || bound === undefined || model.tenant === undefined) return undefined
  return { [model.tenant.field]: columnValue(model, model.tenant, bound) }
}

/**
 * Adds the lock to a unique filter, in place: a scalar beside the unique one, since anything else would cost Prisma's
 * batching of `findUnique`.
 */
export function lockUnique(call: Call, model: Model, where: unknown): void {
  const lock = lockOf(call, model)
  if (lock === undefined || model.tenant === undefined || !isPlainObject(where)) return
  const own = tenantInWhere(call.models, model, where)
  if (own !== undefined && call.context.bound !== undefined && own !== call.context.bound) {
    throw tenantConflict(model.name, own, call.context.bound)
  }
  addEquality(where, model.tenant.field, lock[model.tenant.field])
}

/** The filter with the lock added: both must hold. */
export function lockedFilter(call: Call, model: Model, given: unknown): unknown {
  const lock = lockOf(call, model)
  if (lock === undefined || model.tenant === undefined) return given
  const where = objectOr(model.name, 'where', given)
  if (where === undefined) return lock
  addEquality(where, model.tenant.field, lock[model.tenant.field])
  return where
}

/**
 * Adds the lock inside a relation filter, in place, unless the foreign key keeps the two ends in one tenant.
 *
 * Another tenant's rows must be as if they were not there: `every` may not fail for one, a hidden parent is no parent.
 * The caller's filters stay at the top of their relation: further in, Prisma takes `OR: []` for no condition at all.
 */
export function lockRelationFilter(
  call: Call,
  model: Model,
  where: Plain,
  key: string,
  relation: RelationEntry,
  usesWords: boolean,
): void {
  const target = call.models.get(relation.model)
  const lock = lockOf(call, target)
  const filter = ownValue(where, key)
  if (lock === undefined || isAbsent(filter) || holdsTenant(call.models, model, relation)) return
  const locked = (inner: unknown) => lockedFilter(call, target, inner)
  if (filter === null) where[key] = { isNot: lock }
  else if (!isPlainObject(filter)) return
  else if (!usesWords) where[key] = locked(filter)
  else if (relation.list === true) lockListWords(filter, lock, locked)
  else lockRowWords(where, key, filter, lock, locked)
}

type Locked = (filter: unknown) => unknown

function lockRowWords(where: Plain, key: string, filter: Plain, lock: Plain, locked: Locked): void {
  const [is, isNot] = [ownValue(filter, 'is'), ownValue(filter, 'isNot')]
  if (isPlainObject(is)) filter.is = locked(is)
  if (isPlainObject(isNot)) filter.isNot = locked(isNot)
  // No row, or one that must look as if it were not there: either is not one of the tenant's.
  if (is === null) {
    delete filter.is
    addCondition(where, { [key]: { isNot: lock } })
  }
  if (isNot === null) {
    delete filter.isNot
    addCondition(where, { [key]: { is: lock } })
  }
  if (Object.keys(filter).length === 0) delete where[key]
}

function lockListWords(filter: Plain, lock: Plain, locked: Locked): void {
  const [some, none, every] = [ownValue(filter, 'some'), ownValue(filter, 'none'), ownValue(filter, 'every')]
  if (isPlainObject(some)) filter.some = locked(some)
  if (isPlainObject(none)) filter.none = locked(none)
  if (!isPlainObject(every)) return
  // The lock in both branches: Prisma takes an empty filter in an OR, as of `every: {}`, for one that nothing meets.
  const own = meetsNothing(every) ? [every, lock, { NOT: lock }] : [every, lock]
  filter.every = { OR: [{ AND: own }, { NOT: lock }] }
}

/** Whether Prisma takes a filter for one that no row meets: `OR: []`, or an `OR` of filters that hold no condition. */
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
  call: Call,
  model: Model,
  relation: RelationEntry,
  what: string,
  reached = call.models.get(relation.model),
): void {
  if (!call.locked || call.context.bound === undefined) return
  if (reached.tenant === undefined || holdsTenant(call.models, model, relation)) return
  throw tenantUnprotected(model.name, what)
}
