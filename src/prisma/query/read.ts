import type { RelationEntry } from '../../schema/model-map.js'
import type { Call, Plain } from './call.js'
import { addIndexColumns } from './index-columns.js'
import type { Model } from './models.js'
import { objectIn, objectOr, ownValue } from './own.js'
import { isAbsent, isPlainObject } from './prisma-values.js'
import { tenantInWhere } from './row-tenant.js'
import { isComputed, lowerFirst } from './selection.js'
import { checkNames, checkSelected, checkSimple, checkYesOrNo, refuseUnknownKeys } from './shapes.js'
import { holdsTenant, lockedFilter, lockOf, lockUnique } from './tenant-filter.js'
import { refuseListed, walkOrderBy, walkUniqueWhere, walkWhere } from './where.js'

/**
 * What a result will hold beyond what was asked for: fields that were added to the selection so that its envelopes can
 * be checked against their rows, to be taken out again.
 */
export interface ReadPlan {
  readonly added: readonly string[]
  /**
   * No filter could keep these rows within the tenant. Those of a to-one relation: a foreign row is to look absent where
   * the relation is optional, and is an error where it is not. Any, where the database takes spellings of two tenants
   * for the same: an error.
   */
  readonly guard?: 'absent' | 'error' | undefined
  /** Of what was added: what a result extension will need afterwards to compute its fields. */
  readonly needed?: readonly string[]
  /** Whether there is such a field here or below. */
  readonly computes?: boolean
  readonly relations: ReadonlyMap<string, ReadPlan>
}

const RELATION_ARGUMENTS: ReadonlySet<string> = new Set([
  ...['where', 'orderBy', 'cursor', 'take', 'skip', 'distinct'],
  ...['select', 'include', 'omit'],
])
const SELECT: ReadonlySet<string> = new Set(['select'])
const WHERE: ReadonlySet<string> = new Set(['where'])

const NOTHING_ADDED: ReadPlan = { added: [], relations: new Map() }

/**
 * Plans a selection with its filters and orderings: the root of a call, or one relation in `select` or `include`.
 *
 * @param around the tenant that the selection around this one is about.
 * @param guarded whether the result's rows have to be checked against the tenant, whatever they hold.
 */
export function planRead(call: Call, model: Model, args: Plain, around?: string, guarded = false): ReadPlan {
  const where = ownValue(args, 'where')
  const tenant = tenantInWhere(call.models, model, where) ?? around
  walkWhere(call, model, where, around)
  walkUniqueWhere(call, model, ownValue(args, 'cursor'), tenant, 'cursor')
  walkOrderBy(call, model, ownValue(args, 'orderBy'))
  const distinct = ownValue(args, 'distinct')
  refuseListed(model, distinct, 'distinct')
  checkNames(model, 'distinct', distinct)
  return planSelection(call, model, args, tenant, guarded)
}

/** Plans `select`, `include` and `omit`. */
export function planSelection(call: Call, model: Model, args: Plain, tenant?: string, guarded = false): ReadPlan {
  const select = objectIn(model.name, args, 'select')
  const included = planRelations(call, model, objectIn(model.name, args, 'include'), tenant)
  const relations = planRelations(call, model, select, tenant) ?? included
  checkSelected(model.name, 'omit', ownValue(args, 'omit'))
  // Under the lock the database has compared the tenant column: a filter in roots and lists, the foreign key where it holds
  // the tenant; all other rows are guarded. What the rows hold is still compared with the bound tenant.
  const locked = lockOf(call, model) !== undefined
  const folds = model.tenant?.folds === true && locked
  const showTenant = guarded || folds ? 'always' : locked ? 'never' : 'with envelopes'
  const added = [...addFields(call, model, args, showTenant), ...addIndexColumns(call, model, args)]
  if (relations === undefined && added.length === 0 && !folds) return NOTHING_ADDED
  const needed = added.length === 0 ? added : neededOf(call, model, args, added)
  const computes =
    needed.length > 0 || (relations !== undefined && [...relations.values()].some((plan) => plan.computes))
  const below = relations ?? NOTHING_ADDED.relations
  return { added, needed, computes, relations: below, ...(folds && { guard: 'error' }) }
}

function neededOf({ computed }: Call, model: Model, args: Plain, added: readonly string[]): readonly string[] {
  if (computed === undefined) return []
  const select = ownValue(args, 'select')
  const selected = isPlainObject(select) && Object.keys(select).some((key) => isComputed(model, key))
  return added.filter((field) => computed.need(model.name, args, field, selected))
}

function planRelations(
  call: Call,
  model: Model,
  selection: Plain | undefined,
  tenant: string | undefined,
): Map<string, ReadPlan> | undefined {
  if (selection === undefined) return undefined
  const relations = new Map<string, ReadPlan>()
  for (const [key, value] of Object.entries(selection)) {
    if (key === '_count') {
      selection[key] = planCounts(call, model, value, tenant)
      continue
    }
    const entry = model.fields.get(key)
    if (entry?.kind !== 'relation') {
      checkYesOrNo(model.name, key, value)
      continue
    }
    if (value === false || isAbsent(value)) continue
    const target = call.models.get(entry.model)
    const args = value === true ? {} : (objectOr(model.name, key, value) ?? {})
    refuseUnknownKeys(target.name, args, RELATION_ARGUMENTS)
    checkSimple(target.name, args)
    if (entry.list === true) {
      const given = ownValue(args, 'where')
      const where = lockedFilter(call, target, given)
      if (where !== given) args.where = where
      lockUnique(call, target, ownValue(args, 'cursor'))
    }
    const guard = guardOf(call, model, entry)
    const planned = planRead(call, target, args, tenant, guard !== undefined)
    const plan = { ...planned, guard: guard ?? planned.guard }
    // `true` stands for the whole row; it has to become an object where something must be added to it.
    if (value === true && Object.keys(args).length > 0) selection[key] = args
    relations.set(key, plan)
  }
  return relations
}

/** Counts of related rows: each under the lock of its model, also where all are asked for at once. */
function planCounts(call: Call, model: Model, counts: unknown, tenant: string | undefined): unknown {
  const expanded = counts === true ? allCounts(call, model) : counts
  if (typeof expanded === 'boolean') return counts
  const counted = objectOr(model.name, '_count', expanded) ?? {}
  refuseUnknownKeys(model.name, counted, SELECT)
  const select = objectIn(model.name, counted, 'select')
  if (select === undefined) return counts
  for (const [relation, value] of Object.entries(select)) {
    const entry = model.fields.get(relation)
    if (entry?.kind !== 'relation') {
      checkYesOrNo(model.name, relation, value)
      continue
    }
    if (value === false || isAbsent(value)) continue
    const target = call.models.get(entry.model)
    const args = value === true ? {} : (objectOr(model.name, relation, value) ?? {})
    refuseUnknownKeys(target.name, args, WHERE)
    const given = ownValue(args, 'where')
    walkWhere(call, target, given, tenant)
    const where = lockedFilter(call, target, given)
    if (where === given) continue
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
export function guardOf(call: Call, model: Model, relation: RelationEntry): ReadPlan['guard'] {
  if (relation.list === true || lockOf(call, call.models.get(relation.model)) === undefined) return undefined
  if (holdsTenant(call.models, model, relation)) return undefined
  return relation.optional === true ? 'absent' : 'error'
}

/**
 * Adds what the result does not say of its rows by itself: whose they are, where it holds envelopes, or rows that hold
 * some; and which they are, where its envelopes may be rewrapped after it.
 */
function addFields(call: Call, model: Model, args: Plain, showTenant: 'always' | 'never' | 'with envelopes'): string[] {
  const [select, omit] = [ownValue(args, 'select'), ownValue(args, 'omit')]
  // Prisma refuses a selection of nothing; with a field of ours in it, it would return rows of nothing.
  if (isPlainObject(select) && !Object.values(select).some((value) => value !== false && !isAbsent(value))) return []
  const wanted: string[] = []
  const shown = showTenant === 'always' || (showTenant === 'with envelopes' && reachesEnvelopes(model, select))
  if (model.tenant !== undefined && shown) wanted.push(model.tenant.field)
  if (call.rewraps === true && readsEncrypted(call, model, args)) wanted.push(...model.key)
  const added = [...new Set(wanted)].filter((field) => isLeftOut(call, model, args, field))
  if (added.length === 0) return added
  if (isPlainObject(select)) for (const field of added) select[field] = true
  else args.omit = { ...(isPlainObject(omit) && omit), ...Object.fromEntries(added.map((f) => [f, false])) }
  return added
}

/** Whether the rows themselves, without what they relate to, hold envelopes. */
function readsEncrypted(call: Call, model: Model, args: Plain): boolean {
  if (model.encrypted.size === 0) return false
  const select = ownValue(args, 'select')
  if (isPlainObject(select) && Object.keys(select).some((key) => isComputed(model, key))) return true
  return [...model.encrypted.keys()].some((field) => !isLeftOut(call, model, args, field))
}

/** Whether a scalar field is not in the result, by `select`, `omit`, or the client's `omit` option. */
function isLeftOut(call: Call, model: Model, args: Plain, field: string): boolean {
  const [select, omit] = [ownValue(args, 'select'), ownValue(args, 'omit')]
  if (isPlainObject(select)) return ownValue(select, field) !== true
  const choice = isPlainObject(omit) ? ownValue(omit, field) : undefined
  return isAbsent(choice) ? call.globalOmit[lowerFirst(model.name)]?.[field] === true : choice === true
}

/** Whether the rows, or those that come with them, may hold envelopes. */
function reachesEnvelopes(model: Model, select: unknown): boolean {
  if (!isPlainObject(select)) return model.reaches
  return Object.entries(select).some(([key, value]) => {
    if (value === false || isAbsent(value)) return false
    return model.encrypted.has(key) || model.sensitive.has(key) || isComputed(model, key)
  })
}
