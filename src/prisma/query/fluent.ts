import type { Call, Plain } from './call.js'
import type { Model, Models } from './models.js'
import { ownValue } from './own.js'
import { isPlainObject } from './prisma-values.js'
import { guardOf, type ReadPlan } from './read.js'
import { tenantUnprotected } from './refusals.js'
import { lockedFilter } from './tenant-filter.js'

/** The relations that a fluent call goes along, from Prisma's `['select', 'mentor', 'select', 'clinic']`. */
function stepsOf(dataPath: readonly string[]): readonly string[] {
  return dataPath.filter((_, at) => at % 2 === 1)
}

/**
 * Keeps a fluent call within the tenant on its way. `patient.findUnique(…).mentor().clinic()` gives the clinic alone: its
 * result would not tell that the mentor is another tenant's, as it does where the mentor is selected.
 */
export function guardFluent(call: Call, model: Model, plan: ReadPlan, args: Plain, dataPath: readonly string[]): void {
  let at: { model: Model; plan: ReadPlan; args: Plain } = { model, plan, args }
  for (const field of stepsOf(dataPath).slice(0, -1)) {
    const entry = at.model.fields.get(field)
    const nested = at.plan.relations.get(field)
    const selection = ownValue(at.args, 'select') ?? ownValue(at.args, 'include')
    const nestedArgs = isPlainObject(selection) ? ownValue(selection, field) : undefined
    if (entry?.kind !== 'relation' || nested === undefined || !isPlainObject(nestedArgs)) return
    const target = call.models.get(entry.model)
    const guard = guardOf(call, at.model, entry)
    if (guard === 'error') throw tenantUnprotected(at.model.name, `a fluent call beyond ${field}`)
    if (guard === 'absent') nestedArgs.where = lockedFilter(call, target, ownValue(nestedArgs, 'where'))
    at = { model: target, plan: nested, args: nestedArgs }
  }
}

/**
 * The model and plan of what a call really returns: `patient.findUnique(…).visits()` arrives as a call on Patient, but
 * its result is the visits.
 */
export function followFluent(
  models: Models,
  model: Model,
  plan: ReadPlan,
  dataPath: readonly string[],
): { model: Model; plan: ReadPlan | undefined } {
  let at: { model: Model; plan: ReadPlan | undefined } = { model, plan }
  for (const field of stepsOf(dataPath)) {
    const entry = at.model.fields.get(field)
    if (entry?.kind !== 'relation') break
    at = { model: models.get(entry.model), plan: at.plan?.relations.get(field) }
  }
  return at
}
