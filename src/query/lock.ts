import type { RelationEntry } from '../schema/model-map.js'
import type { Call, Plain } from './call.js'
import type { Model, Models } from './models.js'
import { each, isAbsent, isPlainObject } from './prisma-values.js'
import { tenantConflict, tenantUnprotected } from './refusals.js'
import { columnValue, tenantInWhere } from './tenant.js'

/**
 * The second lock: a call that is made for one tenant reaches that tenant's rows only.
 *
 * The first lock is the key: another tenant's envelopes do not open. This one keeps another tenant's rows, plain columns
 * included, out of what the call reads, updates, deletes and connects to. It is no authorization system: it holds fully
 * where the foreign key between two tenant models contains the tenant column (`docs/tenancy.md`).
 */

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
  addLock(model.tenant.field, where, lock)
}

/** The filter with the lock added: both must hold. */
export function lockedFilter(call: Call, model: Model, where: unknown): unknown {
  const lock = lockOf(call, model)
  if (lock === undefined || model.tenant === undefined) return where
  if (!isPlainObject(where)) return lock
  addLock(model.tenant.field, where, lock)
  return where
}

function addLock(field: string, where: Plain, lock: Plain): void {
  if (isAbsent(where[field])) where[field] = lock[field]
  else where.AND = [...(isAbsent(where.AND) ? [] : each(where.AND)), lock]
}

/**
 * Adds the lock inside a relation filter, in place.
 *
 * Another tenant's rows must be as if they were not there: `every` may not fail for one, a hidden parent is no parent.
 */
export function lockRelationFilter(
  call: Call,
  where: Plain,
  key: string,
  relation: RelationEntry,
  usesWords: boolean,
): void {
  const target = call.models.get(relation.model)
  const lock = lockOf(call, target)
  const filter = where[key]
  if (lock === undefined || isAbsent(filter)) return
  if (filter === null) {
    delete where[key]
    addCondition(where, absentRow(key, lock))
    return
  }
  if (!isPlainObject(filter)) return
  if (relation.list === true) {
    lockWords(filter, lock)
    return
  }
  if (!usesWords) {
    where[key] = lockedFilter(call, target, filter)
    return
  }
  lockRowWords(where, key, filter, lock)
}

function lockRowWords(where: Plain, key: string, filter: Plain, lock: Plain): void {
  const { is, isNot } = filter
  if (isPlainObject(is)) filter.is = { AND: [is, lock] }
  if (isPlainObject(isNot)) filter.isNot = { AND: [isNot, lock] }
  if (is === null) {
    delete filter.is
    addCondition(where, absentRow(key, lock))
  }
  if (isNot === null) {
    delete filter.isNot
    addCondition(where, { [key]: { is: lock } })
  }
  if (Object.keys(filter).length === 0) delete where[key]
}

function lockWords(filter: Plain, lock: Plain): void {
  for (const word of ['some', 'none']) {
    const inner = filter[word]
    if (isPlainObject(inner)) filter[word] = { AND: [inner, lock] }
  }
  // The lock in both branches: Prisma takes an empty filter in an OR, as of `every: {}`, for one that nothing meets.
  const { every } = filter
  if (isPlainObject(every)) filter.every = { OR: [{ AND: [every, lock] }, { NOT: lock }] }
}

/** No row there, or one that must look as if it were not. */
function absentRow(relation: string, lock: Plain): Plain {
  return { OR: [{ [relation]: null }, { [relation]: { isNot: lock } }] }
}

function addCondition(where: Plain, condition: Plain): void {
  where.AND = [...(isAbsent(where.AND) ? [] : each(where.AND)), condition]
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

/** Refuses what a bound call cannot keep within its tenant, unless the foreign key does. */
export function refuseUnprotected(call: Call, model: Model, relation: RelationEntry, what: string): void {
  if (!call.locked || call.context.bound === undefined) return
  const target = call.models.get(relation.model)
  if (target.tenant === undefined || holdsTenant(call.models, model, relation)) return
  throw tenantUnprotected(model.name, what)
}
