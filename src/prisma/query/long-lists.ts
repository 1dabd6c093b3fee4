import { isAbsent, isPlainObject, type Plain } from './prisma-values.js'

/**
 * Lists in a filter that is put beneath an `OR` of ours, once for each branch.
 *
 * A statement with more parameters than the database takes is sent by Prisma as several, each with a part of its longest list, and
 * the rows of all of them are returned, or updated. That is right only where each row must be in that list. Beneath `OR`, a row of the
 * other branch is found by each of the statements, and beneath `NOT` by those that leave its value out; and two lists reach the limit
 * where the caller's one does not. So long lists are taken apart: where the longest list is short, splitting it is of no use, and
 * Prisma refuses the call (P2029).
 */

/** Values in a list that is left as it is: too few to matter among the parameters of a statement. */
const FEW = 16
/** Conditions that a long list becomes, at most: Prisma needs 0.1 ms for each. */
const CONDITIONS = 1_000
/** With more values than these, two lists come within the length of a part of what PostgreSQL takes, 32,767. */
export const MOST_VALUES = 16_000

/** The lists by which a filter of one field compares. */
export function listsIn(filter: unknown): unknown[][] {
  if (!isPlainObject(filter)) return []
  return Object.values(filter).flatMap((value) => (Array.isArray(value) ? [value] : listsIn(value)))
}

/** @param conditionOf the condition for a part of the filter. */
export function withoutLongLists(filter: unknown, conditionOf: (part: unknown) => Plain): Plain {
  const isLong = isPlainObject(filter) && listsIn(filter).some(({ length }) => length > FEW)
  return isLong ? { AND: conditionsOf(filter, false, conditionOf) } : conditionOf(filter)
}

/** @param inverted within `not`, each operator is inverted by itself. */
function conditionsOf(filter: Plain, inverted: boolean, conditionOf: (part: unknown) => Plain): Plain[] {
  const conditions: Plain[] = []
  for (const [operator, value] of Object.entries(filter)) {
    if (isAbsent(value) || operator === 'mode') continue
    if (operator === 'not' && isPlainObject(value)) {
      conditions.push(...conditionsOf(value, !inverted, conditionOf))
      continue
    }
    const parts = partsOf(value).map((part) =>
      conditionOf(inverted ? { not: { [operator]: part } } : { [operator]: part }),
    )
    // To be in a list is to be in one of its parts; not to be in it, in none of them.
    conditions.push(parts.length > 1 ? { [(operator === 'in') === inverted ? 'AND' : 'OR']: parts } : { AND: parts })
  }
  return conditions
}

function partsOf(value: unknown): unknown[] {
  if (!Array.isArray(value) || value.length <= FEW) return [value]
  const length = Math.ceil(value.length / CONDITIONS)
  return Array.from({ length: Math.ceil(value.length / length) }, (_, i) => value.slice(i * length, (i + 1) * length))
}

/** The filter as it is for a column that is NULL: each list says what its first value says. */
export function ofNull(filter: unknown): unknown {
  if (!isPlainObject(filter)) return filter
  return Object.fromEntries(
    Object.entries(filter).map(([operator, value]) => [
      operator,
      Array.isArray(value) ? value.slice(0, 1) : ofNull(value),
    ]),
  )
}
