import type { RowLocation } from '../../leaves/leaf.js'
import type { Model, Models } from './models.js'
import type { ReadPlan } from './plan.js'
import type { Plain } from './prisma-values.js'

/** Searches a result for one of its rows. Only once something has failed: the walk over a result notes no paths. */
export function findRow(
  models: Models,
  model: Model,
  plan: ReadPlan | undefined,
  result: unknown,
  row: object,
): RowLocation | undefined {
  const path: (string | number)[] = []
  const search = (at: Model, planned: ReadPlan | undefined, found: unknown): RowLocation | undefined => {
    if (typeof found !== 'object' || found === null) return undefined
    if (found === row) return { path: [...path], ...keyOf(at, planned?.added ?? [], found as Plain) }
    const steps: Iterable<[string | number, Model, ReadPlan | undefined, unknown]> = Array.isArray(found)
      ? [...found.entries()].map(([i, one]) => [i, at, planned, one])
      : relationsOf(models, at, planned, found as Plain)
    for (const [step, nextModel, nextPlan, next] of steps) {
      path.push(step)
      const place = search(nextModel, nextPlan, next)
      if (place !== undefined) return place
      path.pop()
    }
    return undefined
  }
  return search(model, plan, result)
}

function* relationsOf(
  models: Models,
  model: Model,
  plan: ReadPlan | undefined,
  row: Plain,
): Generator<[string, Model, ReadPlan | undefined, unknown]> {
  for (const [name, entry] of model.fields) {
    if (entry.kind === 'relation') yield [name, models.get(entry.model), plan?.relations.get(name), row[name]]
  }
}

/**
 * The row's primary key, unless parts of it were added to the selection, or are dates or bytes. No field of it is encrypted.
 *
 * @param columnOf the name under which a raw row holds a field.
 */
export function keyOf(
  model: Model,
  added: readonly string[],
  row: Plain,
  columnOf: (field: string) => string | undefined = (field) => field,
): { key?: Record<string, string | number> } {
  const key: Record<string, string | number> = {}
  for (const field of model.key) {
    const column = columnOf(field)
    const value = column === undefined || added.includes(field) ? undefined : row[column]
    if (typeof value === 'bigint') key[field] = String(value)
    else if (typeof value === 'string' || typeof value === 'number') key[field] = value
    else return {}
  }
  return model.key.length === 0 ? {} : { key }
}
