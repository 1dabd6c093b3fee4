import type { RelationEntry } from '../schema/model-map.js'
import type { Call, Plain } from './call.js'
import { holdsTenant, lockedFilter, lockOf, lockUnique } from './lock.js'
import type { Model } from './models.js'
import { isAbsent, isPlainObject } from './prisma-values.js'
import { tenantInWhere } from './tenant.js'
import { refuseListed, walkOrderBy, walkWhere } from './where.js'

/**
 * What a result will hold beyond what was asked for: fields that were added to the selection so that its envelopes can
 * be checked against their rows, to be taken out again.
 */
export interface ReadPlan {
  readonly added: readonly string[]
  /**
   * This is a to-one relation that no filter could keep within the tenant: a foreign row is to look absent where the
   * relation is optional, and is an error where it is not.
   */
  readonly guard?: 'absent' | 'error' | undefined
  /** A result extension will compute fields of this selection afterwards, and may need what was added. */
  readonly computed?: boolean
  readonly relations: ReadonlyMap<string, ReadPlan>
}

const NOTHING_ADDED: ReadPlan = { added: [], relations: new Map() }

/**
 * Plans a selection with its filters and orderings: the root of a call, or one relation in `select` or `include`.
 *
 * @param around the tenant that the selection around this one is about.
 * @param guarded whether the result's rows have to be checked against the tenant, whatever they hold.
 */
export function planRead(call: Call, model: Model, args: Plain, around?: string, guarded = false): ReadPlan {
  const tenant = tenantInWhere(call.models, model, args.where) ?? around
  walkWhere(call, model, args.where, around)
  walkWhere(call, model, args.cursor, tenant)
  walkOrderBy(call, model, args.orderBy)
  refuseListed(model, args.distinct, 'distinct')
  return planSelection(call, model, args, tenant, guarded)
}

/** Plans `select`, `include` and `omit`. */
export function planSelection(call: Call, model: Model, args: Plain, tenant?: string, guarded = false): ReadPlan {
  const relations = planRelations(call, model, args.select, tenant) ?? planRelations(call, model, args.include, tenant)
  const added = addTenant(call, model, args, guarded)
  if (relations === undefined && added.length === 0) return NOTHING_ADDED
  const computed = isPlainObject(args.select) && Object.keys(args.select).some((key) => isComputed(model, key))
  return { added, computed, relations: relations ?? NOTHING_ADDED.relations }
}

function planRelations(
  call: Call,
  model: Model,
  selection: unknown,
  tenant: string | undefined,
): Map<string, ReadPlan> | undefined {
  if (!isPlainObject(selection)) return undefined
  const relations = new Map<string, ReadPlan>()
  for (const [key, value] of Object.entries(selection)) {
    if (key === '_count') selection[key] = planCounts(call, model, value, tenant)
    const entry = model.fields.get(key)
    if (entry?.kind !== 'relation' || value === false || isAbsent(value)) continue
    const target = call.models.get(entry.model)
    const args = isPlainObject(value) ? value : {}
    if (entry.list === true) {
      const where = lockedFilter(call, target, args.where)
      if (where !== args.where) args.where = where
      lockUnique(call, target, args.cursor)
    }
    const guard = guardOf(call, model, entry)
    const plan = { ...planRead(call, target, args, tenant, guard !== undefined), guard }
    // `true` stands for the whole row; it has to become an object where something must be added to it.
    if (!isPlainObject(value) && Object.keys(args).length > 0) selection[key] = args
    relations.set(key, plan)
  }
  return relations
}

/** Counts of related rows: each under the lock of its model, also where all are asked for at once. */
function planCounts(call: Call, model: Model, counts: unknown, tenant: string | undefined): unknown {
  const expanded = counts === true ? allCounts(call, model) : counts
  if (!isPlainObject(expanded) || !isPlainObject(expanded.select)) return counts
  const { select } = expanded
  for (const [relation, value] of Object.entries(select)) {
    const entry = model.fields.get(relation)
    if (entry?.kind !== 'relation' || value === false || isAbsent(value)) continue
    const target = call.models.get(entry.model)
    const args: Plain = isPlainObject(value) ? value : {}
    walkWhere(call, target, args.where, tenant)
    const where = lockedFilter(call, target, args.where)
    if (where === args.where) continue
    args.where = where
    select[relation] = args
  }
  return expanded
}

/** `_count: true`, spelt out where one of the counts has to be locked. */
function allCounts(call: Call, model: Model): Plain | true {
  const select: Plain = {}
  let locked = false
  for (const [name, entry] of model.fields) {
    if (entry.kind !== 'relation' || entry.list !== true) continue
    select[name] = true
    locked ||= lockOf(call, call.models.get(entry.model)) !== undefined
  }
  return locked ? { select } : true
}

/** To-one relations take no filter where they are required, and not in every release where they are not. */
function guardOf(call: Call, model: Model, relation: RelationEntry): ReadPlan['guard'] {
  if (relation.list === true || lockOf(call, call.models.get(relation.model)) === undefined) return undefined
  if (holdsTenant(call.models, model, relation)) return undefined
  return relation.optional === true || relation.fields === undefined ? 'absent' : 'error'
}

/** Adds the tenant column where the result holds envelopes, or rows that hold some, without saying whose they are. */
function addTenant(call: Call, model: Model, args: Plain, guarded: boolean): string[] {
  const { tenant } = model
  if (tenant === undefined) return []
  if (isPlainObject(args.select)) {
    if (args.select[tenant.field] === true || !(guarded || selectsSensitive(model, args.select))) return []
    args.select[tenant.field] = true
    return [tenant.field]
  }
  if (!model.reaches && !guarded) return []
  const local = isPlainObject(args.omit) ? args.omit : undefined
  const choice = local?.[tenant.field]
  const hidden = isAbsent(choice) ? call.globalOmit[lowerFirst(model.name)]?.[tenant.field] === true : choice === true
  if (!hidden) return []
  args.omit = { ...local, [tenant.field]: false }
  return [tenant.field]
}

function selectsSensitive(model: Model, select: Plain): boolean {
  return Object.entries(select).some(([key, value]) => {
    if (value === false || isAbsent(value)) return false
    return model.encrypted.has(key) || model.sensitive.has(key) || isComputed(model, key)
  })
}

/** A field of a result extension: Prisma adds what it needs after this, and that may be an encrypted field. */
function isComputed(model: Model, key: string): boolean {
  return key !== '_count' && !model.fields.has(key)
}

/** Prisma names a model's delegate, and its entry in the client's `omit` option, with a small first letter. */
function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1)
}
