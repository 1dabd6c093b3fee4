import type { PlanContext } from './context.js'
import type { Model, Models } from './models.js'
import { ownValue } from './own.js'
import type { ReadPlan } from './plan.js'
import { isPlainObject, type Plain } from './prisma-values.js'
import { guardOf } from './read.js'
import { tenantUnprotected } from './refusals.js'
import { filterWhere } from './tenant-filter.js'

/** What a call, or a step of a fluent call, reads. */
export interface Read {
  readonly model: Model
  readonly plan: ReadPlan | undefined
}

/** The relations that a fluent call goes along, from Prisma's `['select', 'mentor', 'select', 'clinic']`. */
function stepsOf(dataPath: readonly string[]): readonly string[] {
  return dataPath.filter((_, at) => at % 2 === 1)
}

/**
 * Keeps a fluent call within the tenant on its way. `patient.findUnique(…).mentor().clinic()` returns the clinic alone:
 * its result would not show that the mentor is another tenant's, as it does where the mentor is selected.
 */
export function guardFluent(
  context: PlanContext,
  { model, plan }: Read,
  args: Plain,
  dataPath: readonly string[],
): void {
  let at: Read & { readonly args: Plain } = { model, plan, args }
  for (const field of stepsOf(dataPath).slice(0, -1)) {
    const entry = at.model.fields.get(field)
    const nested = at.plan?.relations.get(field)
    const selection = ownValue(at.args, 'select') ?? ownValue(at.args, 'include')
    const nestedArgs = isPlainObject(selection) ? ownValue(selection, field) : undefined
    if (entry?.kind !== 'relation' || nested === undefined || !isPlainObject(nestedArgs)) return
    const target = context.models.get(entry.model)
    const guard = guardOf({ context, model: at.model }, entry)
    if (guard === 'error') throw tenantUnprotected(at.model.name, `a fluent call beyond ${field}`)
    if (guard === 'absent') filterWhere({ context, model: target }, nestedArgs)
    at = { model: target, plan: nested, args: nestedArgs }
  }
}

/**
 * The model and plan of what a call really returns: `patient.findUnique(…).visits()` arrives as a call on Patient, but
 * its result is the visits.
 */
export function followFluent(models: Models, { model, plan }: Read, dataPath: readonly string[]): Read {
  let at: Read = { model, plan }
  for (const field of stepsOf(dataPath)) {
    const entry = at.model.fields.get(field)
    if (entry?.kind !== 'relation') break
    at = { model: models.get(entry.model), plan: at.plan?.relations.get(field) }
  }
  return at
}
