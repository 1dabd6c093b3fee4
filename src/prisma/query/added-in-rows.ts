import { ownValue } from './own.js'
import { selectionOf } from './ownership.js'
import type { ReadPlan } from './plan.js'
import { isPlainObject, type Plain } from './prisma-values.js'

/** A row of a result, in our copy, that contains more than was asked for. */
export interface RowWithAdded {
  readonly row: Plain
  readonly plan: ReadPlan
}

/**
 * Takes out what was added to the selection. What a computed field needs stays, hidden: by `asAsked` Prisma hides it from
 * the caller.
 */
export function stripAdded(rows: readonly RowWithAdded[]): void {
  for (const { row, plan } of rows) {
    for (const field of plan.added) {
      if (plan.needed?.includes(field) === true) Object.defineProperty(row, field, { enumerable: false })
      else delete row[field]
    }
  }
}

/**
 * The arguments without what was added to their selections. Prisma uses them once there is a result: what a computed
 * field needs and the caller did not ask for, it hides.
 */
export function asAsked(plan: ReadPlan, args: unknown): unknown {
  if (!isPlainObject(args)) return args
  const asked: Plain = { ...args }
  const list = isPlainObject(ownValue(args, 'select')) ? 'select' : 'include'
  const [given, omit] = [ownValue(args, list), ownValue(args, 'omit')]
  const selection: Plain | undefined = isPlainObject(given) ? { ...given } : undefined
  if (selection !== undefined) asked[list] = selection
  // With `include`, scalars were added by `omit`, and a relation to what is included.
  const scalars = plan.added.filter((field) => selection === undefined || !Object.hasOwn(selection, field))
  if (selection !== undefined) for (const field of plan.added) delete selection[field]
  if (list === 'include' && scalars.length > 0) {
    asked.omit = { ...(isPlainObject(omit) && omit), ...selectionOf(scalars) }
  }
  if (list === 'include' && selection !== undefined && Object.keys(selection).length === 0) delete asked.include
  if (selection !== undefined) {
    for (const [relation, nested] of plan.relations) selection[relation] = asAsked(nested, selection[relation])
  }
  return asked
}
