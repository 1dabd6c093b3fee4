import { type IndexCheck, isPlaintext, type OpenColumns, type RowFinder } from '../../leaves/index.js'
import type { RelationEntry } from '../../schema/model-map.js'
import type { RowWithAdded } from './added-in-rows.js'
import type { ResultContext } from './context.js'
import { refuseSealed } from './database-views.js'
import type { Model } from './models.js'
import { isOwned, type ParentFinder, tenantInRow } from './ownership.js'
import type { ReadPlan } from './plan.js'
import type { Plain } from './prisma-values.js'
import { foreignRow, ownerNotThere, tenantRequired } from './refusals.js'
import { addLeaves, copyOf, holdsEnvelope, indexesIn, tenantOfRow } from './result-rows.js'

/** The one walk over a result, and what it collects. */
export interface ResultWalk {
  readonly context: ResultContext
  /** What has to be opened. */
  readonly leaves: OpenColumns
  /** Index columns to compare with their values once these are opened. `undefined` where that is not wanted. */
  readonly checks: IndexCheck[] | undefined
  /** Rows that something was added to, which is taken out of them at the end. */
  readonly added: RowWithAdded[]
  /** Finds the owner of a row whose parent a caller's filter hides. */
  readonly parents?: ParentFinder | undefined
  /** Asked for the row of a view that is refused. */
  readonly find?: RowFinder
}

/**
 * Collects what has to be done in a result, in copies, and returns the result with these in it. Rows are copied if
 * something will be changed in them, or compared with what is, and so is what leads to them; all else is passed on as it
 * is. What the database or an inner extension returned is never changed: it may be kept there, frozen, or read by somebody
 * else.
 *
 * Follows the model, not the caller's selection: result extensions may have requested more. To-one relations that no
 * filter could keep within the tenant are guarded on the way, before anything is opened: another tenant's row is made
 * absent, or is an error where there must be one.
 *
 * @param above the tenant of the row that contains this one.
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
  if (!changesRows(plan) && walk.checks === undefined && holdsNothing(model, given)) return row
  if (plan?.guard !== undefined && isForeign(walk, model, plan.guard, given)) return null
  if (model.unopened !== undefined) refuseSealed(model, model.unopened, given, walk.find)
  const tenant = tenantOfRow(walk, model, plan, given, above)
  let own = given
  if (plan !== undefined && plan.added.length > 0) {
    own = copyOf(given)
    walk.added.push({ row: own, plan })
  }
  for (const [key, field] of model.encrypted) {
    if (!holdsEnvelope(given[key], field.list)) continue
    if (tenant === undefined)
      throw model.step === undefined
        ? tenantRequired(model.name, model.tenant?.field)
        : ownerNotThere(model.name, model.step.name)
    if (own === given) own = copyOf(given)
    addLeaves(walk.leaves, own, key, field, tenant)
  }
  if (walk.checks !== undefined) {
    for (const index of indexesIn(model, given)) {
      if (own === given) own = copyOf(given)
      const { source } = index
      const mayBeEmpty = source.legacy !== undefined && isPlaintext(source, given[source.field])
      walk.checks.push({ row: own, index, tenant, ...(mayBeEmpty && { mayBeEmpty }) })
    }
  }
  for (const [key, relation] of model.sensitive) {
    const nested = given[key]
    if (nested === undefined || nested === null) continue
    const taken = ownRelated(walk, relation, plan?.relations.get(key), nested, tenant)
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
    const taken = ownRelated(walk, entry, nestedPlan, nested, tenant)
    if (taken === nested) continue
    if (own === given) own = copyOf(given)
    own[key] = taken
  }
  return own
}

/** Whether a row contains neither envelopes nor rows that may. A list of a thousand such rows costs next to nothing. */
function holdsNothing({ watched, unopened }: Model, row: Plain): boolean {
  if (unopened !== undefined) return false
  for (const field of watched) {
    const value = row[field]
    if (value !== undefined && value !== null) return false
  }
  return true
}

function ownRelated(
  walk: ResultWalk,
  relation: RelationEntry,
  plan: ReadPlan | undefined,
  rows: unknown,
  tenant: string | undefined,
): unknown {
  return ownRows(walk, walk.context.models.get(relation.model), plan, rows, tenant)
}

/** Throws where a row must be there, and is another tenant's. */
function isForeign(
  { context: { models, bound }, parents }: ResultWalk,
  model: Model,
  guard: NonNullable<ReadPlan['guard']>,
  row: Plain,
): boolean {
  if (bound === undefined || !isOwned(model)) return false
  if (tenantInRow(models, model, row, parents) === bound) return false
  if (guard === 'error') throw foreignRow(model.name, bound)
  return true
}
