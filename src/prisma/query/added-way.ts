import { addScalars, computesAny, mustShow, neededOf, selectsNothing, type TenantShown } from './added-fields.js'
import { ownValue } from './own.js'
import { tenantSelection } from './ownership.js'
import type { ReadPlan } from './plan.js'
import { isAbsent, isPlainObject, type Plain } from './prisma-values.js'
import type { Rows } from './walk.js'

type Relations = ReadonlyMap<string, ReadPlan> | undefined

/** What was added to a selection so that the result says which tenant owns its rows. */
export interface AddedWay {
  /** Of these rows: the relation on the way, if the caller did not select it, and foreign keys. */
  readonly added: readonly string[]
  /** The plans of the relations, with what was added further on the way. */
  readonly relations: Relations
  /** Whether a filter of the caller's may hide a row on the way. */
  readonly hidden: boolean
}

/** Adds the rows on the way to the tenant to a selection, in place, if their tenant has to be shown. */
export function addWay(rows: Rows, args: Plain, shown: TenantShown, relations: Relations): AddedWay | undefined {
  const { model } = rows
  const select = ownValue(args, 'select')
  if (model.step === undefined || selectsNothing(select) || !mustShow(model, select, shown)) return undefined
  return mergeWay(rows, args, relations)
}

/**
 * Prisma has no aliases: what is needed is merged into what the caller selects of the relation on the way, or else added whole,
 * `envelope: { select: { orgId: true } }`.
 *
 * @param relations the plans of what the caller selects.
 */
function mergeWay(rows: Rows, args: Plain, relations: Relations): AddedWay {
  const { context, model } = rows
  const { tenant, step } = model
  if (tenant !== undefined) return { added: addScalars(rows, args, [tenant.field]), relations, hidden: false }
  if (step === undefined) return { added: [], relations, hidden: false }
  const parent = context.models.get(step.entry.model)
  const optional = step.entry.optional === true
  // An optional relation may be empty because there is no row, or because of a filter: the foreign key tells.
  const keys = optional ? addScalars(rows, args, step.fields) : []
  const list = isPlainObject(ownValue(args, 'select')) ? 'select' : 'include'
  const selection = ownValue(args, list)
  const given = isPlainObject(selection) ? selection : {}
  const nested = ownValue(given, step.name)
  if (nested === false || isAbsent(nested) || nested === null) {
    args[list] = { ...given, [step.name]: { select: tenantSelection(context.models, parent) } }
    return { added: [...keys, step.name], relations, hidden: false }
  }
  const inside = isPlainObject(nested) ? nested : {}
  const before = relations?.get(step.name)
  const further = mergeWay({ context, model: parent }, inside, before?.relations)
  // `true` means the whole row; it becomes an object where something was added.
  if (inside !== nested && Object.keys(inside).length > 0) given[step.name] = inside
  const below = further.relations ?? new Map<string, ReadPlan>()
  const needed = [...(before?.needed ?? []), ...neededOf({ context, model: parent }, inside, further.added)]
  const merged: ReadPlan = {
    ...before,
    added: [...new Set([...(before?.added ?? []), ...further.added])],
    needed,
    computes: needed.length > 0 || computesAny(below),
    relations: below,
  }
  return {
    added: keys,
    relations: new Map([...(relations ?? []), [step.name, merged]]),
    hidden: (optional && !isAbsent(ownValue(inside, 'where'))) || further.hidden,
  }
}
