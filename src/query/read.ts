import type { Call, Plain } from './call.js'
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
  /** A result extension will compute fields of this selection afterwards, and may need what was added. */
  readonly computed?: boolean
  readonly relations: ReadonlyMap<string, ReadPlan>
}

const NOTHING_ADDED: ReadPlan = { added: [], relations: new Map() }

/**
 * Plans a selection with its filters and orderings: the root of a call, or one relation in `select` or `include`.
 *
 * @param around the tenant that the selection around this one is about.
 */
export function planRead(call: Call, model: Model, args: Plain, around?: string): ReadPlan {
  const tenant = tenantInWhere(call.models, model, args.where) ?? around
  walkWhere(call, model, args.where, around)
  walkWhere(call, model, args.cursor, tenant)
  walkOrderBy(call, model, args.orderBy)
  refuseListed(model, args.distinct, 'distinct')
  return planSelection(call, model, args, tenant)
}

/** Plans `select`, `include` and `omit`. */
export function planSelection(call: Call, model: Model, args: Plain, tenant?: string): ReadPlan {
  const relations = planRelations(call, model, args.select, tenant) ?? planRelations(call, model, args.include, tenant)
  const added = addTenant(call, model, args)
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
    if (key === '_count') walkCounts(call, model, value, tenant)
    const entry = model.fields.get(key)
    if (entry?.kind !== 'relation' || value === false || isAbsent(value)) continue
    const target = call.models.get(entry.model)
    const args = isPlainObject(value) ? value : {}
    const plan = planRead(call, target, args, tenant)
    // `true` stands for the whole row; it has to become an object where something must be added to it.
    if (!isPlainObject(value) && Object.keys(args).length > 0) selection[key] = args
    relations.set(key, plan)
  }
  return relations
}

function walkCounts(call: Call, model: Model, counts: unknown, tenant: string | undefined): void {
  if (!isPlainObject(counts) || !isPlainObject(counts.select)) return
  for (const [relation, value] of Object.entries(counts.select)) {
    const entry = model.fields.get(relation)
    if (entry?.kind !== 'relation' || !isPlainObject(value)) continue
    walkWhere(call, call.models.get(entry.model), value.where, tenant)
  }
}

/** Adds the tenant column where the result holds envelopes, or rows that hold some, without saying whose they are. */
function addTenant(call: Call, model: Model, args: Plain): string[] {
  const { tenant } = model
  if (tenant === undefined) return []
  if (isPlainObject(args.select)) {
    if (args.select[tenant.field] === true || !selectsSensitive(model, args.select)) return []
    args.select[tenant.field] = true
    return [tenant.field]
  }
  if (!model.reaches) return []
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
