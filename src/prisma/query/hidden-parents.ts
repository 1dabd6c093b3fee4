import type { Model, Models } from './models.js'
import { tenantInRow } from './ownership.js'
import type { ReadPlan } from './plan.js'
import type { Plain } from './prisma-values.js'

/** A row that determines which tenant owns another row, and that is not in the result. */
export interface HiddenParent {
  readonly model: Model
  readonly reference: Plain
}

/**
 * The parents of rows that are not in a result because a filter of the caller's hides them: `include: { team: { where: … } }` is
 * null both for a row without a team and for one whose team does not meet the filter.
 */
export function hiddenParents(
  models: Models,
  model: Model,
  plan: ReadPlan | undefined,
  result: unknown,
): HiddenParent[] {
  if (plan?.hides !== true || typeof result !== 'object' || result === null) return []
  if (Array.isArray(result)) return result.flatMap((row) => hiddenParents(models, model, plan, row))
  const found: HiddenParent[] = []
  // Rows come from Prisma as objects of columns and relations.
  const row = result as Plain
  if (plan.owner?.from === 'way' && plan.owner.hidden) {
    tenantInRow(models, model, row, (parent, reference) => {
      found.push({ model: parent, reference })
      return undefined
    })
  }
  for (const [name, below] of plan.relations) {
    const entry = model.fields.get(name)
    if (entry?.kind === 'relation') found.push(...hiddenParents(models, models.get(entry.model), below, row[name]))
  }
  return found
}
