import type { OpenLeaf, RowFinder } from '../../leaves/index.js'
import type { Plain } from './call.js'
import { refuseSealed } from './database-views.js'
import type { Model } from './models.js'
import { ownValue } from './own.js'
import { isAbsent, isPlainObject } from './prisma-values.js'
import type { ReadPlan } from './read.js'
import { foreignRow, tenantRequired } from './refusals.js'
import { addLeaves, holdsEnvelope, type ResultContext, tenantOfRow } from './result.js'
import { canonicalTenant } from './row-tenant.js'

/** One walk over a result, and what it collects. */
export interface ResultWalk extends ResultContext {
  readonly leaves: OpenLeaf[]
  /** Asked for the row of a view that is refused. */
  readonly find?: RowFinder
}

/**
 * Collects what has to be opened in a result, in copies, and gives the result with these in their places. Copied are the
 * rows that something will be changed in, and what leads to them; all else is passed on as it is. What the database or an
 * extension nearer to it returned is never changed: it may be kept there, frozen, or read by somebody else.
 *
 * Goes by the model, not by what was asked for: result extensions may have asked for more. To-one relations that no
 * filter could keep within the tenant are guarded on the way, before anything is opened: a foreign row is made absent, or
 * is an error where there must be one.
 *
 * @param above the tenant of the row that holds this one, for models that do not say theirs.
 */
export function ownRows(
  walk: ResultWalk,
  model: Model,
  plan: ReadPlan | undefined,
  result: unknown,
  above?: string | undefined,
): unknown {
  if (typeof result !== 'object' || result === null) return result
  if (!model.reaches && !changesRows(plan)) return result
  if (!Array.isArray(result)) return ownRow(walk, model, plan, result, above)
  let copy: unknown[] | undefined
  for (let at = 0; at < result.length; at++) {
    const row: unknown = result[at]
    const own = ownRow(walk, model, plan, row, above)
    if (own === row) continue
    copy ??= [...(result as unknown[])]
    copy[at] = own
  }
  return copy ?? result
}

function changesRows(plan: ReadPlan | undefined): plan is ReadPlan {
  return plan !== undefined && (plan.guard !== undefined || plan.added.length > 0 || plan.relations.size > 0)
}

function ownRow(
  walk: ResultWalk,
  model: Model,
  plan: ReadPlan | undefined,
  row: unknown,
  above: string | undefined,
): unknown {
  if (typeof row !== 'object' || row === null) return row
  // Rows come from Prisma as objects of columns and relations.
  const given = row as Plain
  if (plan?.guard !== undefined && isForeign(walk, model, plan.guard, given)) return null
  if (model.unopened !== undefined) refuseSealed(model, model.unopened, given, walk.find)
  const tenant = tenantOfRow(walk, model, given, above)
  let own = plan !== undefined && plan.added.length > 0 ? copyOf(given) : given
  for (const [key, field] of model.encrypted) {
    if (!holdsEnvelope(given[key])) continue
    if (tenant === undefined) throw tenantRequired(model.name, model.tenant?.field)
    if (own === given) own = copyOf(given)
    addLeaves(walk.leaves, own, key, field, tenant)
  }
  for (const [key, relation] of model.sensitive) {
    const nested = given[key]
    if (nested === undefined || nested === null) continue
    const taken = ownRows(walk, walk.models.get(relation.model), plan?.relations.get(key), nested, tenant)
    if (taken === nested) continue
    if (own === given) own = copyOf(given)
    own[key] = taken
  }
  if (plan === undefined) return own
  // Relations that lead to no envelope: they are guarded, and lose what was added to them.
  for (const [key, nestedPlan] of plan.relations) {
    const entry = model.fields.get(key)
    const nested = given[key]
    if (model.sensitive.has(key) || entry?.kind !== 'relation' || nested === undefined || nested === null) continue
    const taken = ownRows(walk, walk.models.get(entry.model), nestedPlan, nested, tenant)
    if (taken === nested) continue
    if (own === given) own = copyOf(given)
    own[key] = taken
  }
  return own
}

/** Throws where a row must be there, and is another tenant's. */
function isForeign(
  { models, bound }: ResultWalk,
  model: Model,
  guard: NonNullable<ReadPlan['guard']>,
  row: Plain,
): boolean {
  if (model.tenant === undefined || bound === undefined) return false
  const own = row[model.tenant.field]
  if (!isAbsent(own) && own !== '' && canonicalTenant(models, own) === bound) return false
  if (guard === 'error') throw foreignRow(model.name, bound)
  return true
}

/** Of the same properties, in the same order, and of the same prototype; not frozen, where the row is. */
function copyOf(row: Plain): Plain {
  const prototype: unknown = Object.getPrototypeOf(row)
  const copy = { ...row }
  return prototype === Object.prototype ? copy : Object.setPrototypeOf(copy, prototype as object | null)
}

/**
 * Takes out what was added to the selection: of copies, which `ownRows` made of all rows that have something added. What
 * a computed field needs stays, out of sight: by `asAsked` Prisma hides it from the caller.
 */
export function stripAdded(plan: ReadPlan, result: unknown): void {
  if (plan.added.length === 0 && plan.relations.size === 0) return
  for (const row of Array.isArray(result) ? result : [result]) {
    if (!isPlainObject(row)) continue
    for (const field of plan.added) {
      if (plan.needed?.includes(field) === true) Object.defineProperty(row, field, { enumerable: false })
      else delete row[field]
    }
    for (const [relation, nested] of plan.relations) stripAdded(nested, row[relation])
  }
}

/**
 * The arguments without what was added to their selections. Prisma goes by them once the result is there: what a computed
 * field needs and the caller did not ask for, it hides.
 */
export function asAsked(plan: ReadPlan, args: unknown): unknown {
  if (!isPlainObject(args)) return args
  const asked: Plain = { ...args }
  const list = isPlainObject(ownValue(args, 'select')) ? 'select' : 'include'
  const [given, omit] = [ownValue(args, list), ownValue(args, 'omit')]
  const selection: Plain | undefined = isPlainObject(given) ? { ...given } : undefined
  if (selection !== undefined) asked[list] = selection
  if (list === 'select') for (const field of plan.added) delete selection?.[field]
  else if (plan.added.length > 0) {
    asked.omit = { ...(isPlainObject(omit) && omit), ...Object.fromEntries(plan.added.map((f) => [f, true])) }
  }
  if (selection !== undefined) {
    for (const [relation, nested] of plan.relations) selection[relation] = asAsked(nested, selection[relation])
  }
  return asked
}
