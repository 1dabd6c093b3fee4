import { addScalars, mustShow, selectsNothing, type TenantShown } from './added-fields.js'
import { ownValue } from './own.js'
import { tenantSelection } from './ownership.js'
import type { ReadPlan } from './plan.js'
import { isAbsent, isPlainObject, type Plain } from './prisma-values.js'
import type { Rows } from './walk.js'

/** What was added to a selection so that the result says whose its rows are. */
export interface AddedWay {
  /** Of these rows: the relation on the way, if the caller did not select it, and foreign keys. */
  readonly added: readonly string[]
  /** The plans of the relations, with what was added further on the way. */
  readonly relations: ReadonlyMap<string, ReadPlan> | undefined
  /** Whether a filter of the caller's may hide a row on the way. */
  readonly hidden: boolean
}

/**
 * Adds the rows on the way to the tenant to a selection, in place: `envelope: { select: { orgId: true } }`. Prisma has no
 * aliases, so it is merged into what the caller selects of that relation.
 */
export function addWay(
  rows: Rows,
  args: Plain,
  shown: TenantShown,
  relations: ReadonlyMap<string, ReadPlan> | undefined,
): AddedWay | undefined {
  const { context, model } = rows
  const select = ownValue(args, 'select')
  if (model.step === undefined || selectsNothing(select) || !mustShow(model, select, shown)) return undefined
  return merged(rows, args, relations) ?? { added: [], relations, hidden: false }

  function merged({ model: at }: Rows, given: Plain, planned: AddedWay['relations']): AddedWay | undefined {
    const { tenant, step } = at
    const here = { context, model: at }
    if (tenant !== undefined)
      return { added: addScalars(here, given, [tenant.field]), relations: planned, hidden: false }
    if (step === undefined) return undefined
    const parent = context.models.get(step.entry.model)
    const optional = step.entry.optional === true
    // An optional relation may be empty because there is no row, or because of a filter: the foreign key tells.
    const keys = optional ? addScalars(here, given, step.fields) : []
    const list = isPlainObject(ownValue(given, 'select')) ? 'select' : 'include'
    const selection = ownValue(given, list)
    const nested = isPlainObject(selection) ? ownValue(selection, step.name) : undefined
    if (nested === false || isAbsent(nested) || nested === null) {
      const way = { select: tenantSelection(context.models, parent) }
      given[list] = { ...(isPlainObject(selection) && selection), [step.name]: way }
      return { added: [...keys, step.name], relations: planned, hidden: false }
    }
    // The object that was walked, or \`true\`.
    const inside = isPlainObject(nested) ? nested : {}
    const further = merged({ context, model: parent }, inside, planned?.get(step.name)?.relations)
    if (!isPlainObject(nested) && Object.keys(inside).length > 0) (selection as Plain)[step.name] = inside
    const hides = optional && !isAbsent(ownValue(inside, 'where'))
    const before = planned?.get(step.name) ?? { added: [], relations: new Map() }
    const plan: ReadPlan = {
      ...before,
      added: [...new Set([...before.added, ...(further?.added ?? [])])],
      relations: further?.relations ?? before.relations,
    }
    return {
      added: keys,
      relations: new Map([...(planned ?? []), [step.name, plan]]),
      hidden: hides || further?.hidden === true,
    }
  }
}
