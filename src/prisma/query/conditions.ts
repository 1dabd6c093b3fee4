import type { Model } from './models.js'
import { ownValue } from './own.js'
import { each, isAbsent, isPlainObject, type Plain } from './prisma-values.js'

export const COMBINATORS: ReadonlySet<string> = new Set(['AND', 'OR', 'NOT'])

/**
 * Adds an equality to a filter, in place, beside what the filter says of that field already. Where that is the very same,
 * nothing is added: one more condition costs Prisma and the database 30 µs.
 */
export function addEquality(where: Plain, field: string, value: unknown): void {
  const given = ownValue(where, field)
  if (isAbsent(given)) where[field] = value
  else if (given !== value && equalityOf(given) !== value) addCondition(where, { [field]: value })
}

/** Adds a filter to another one, in place: both must hold. */
export function addFilter(where: Plain, filter: Plain): void {
  for (const [key, value] of Object.entries(filter)) {
    if (typeof value !== 'object' || value === null) addEquality(where, key, value)
    else if (isAbsent(ownValue(where, key))) where[key] = value
    else addCondition(where, { [key]: value })
  }
}

/** Makes a filter find nothing. Not by `OR: []`, which Prisma takes for no condition in some places. */
export function meetNothing(model: Model, where: Plain): void {
  const field = model.key[0] ?? [...model.fields].find(([, entry]) => entry.kind === 'scalar')?.[0]
  if (field !== undefined) addCondition(where, { [field]: { in: [] } })
}

/** Adds a condition to a filter, in place: everything that it says already must hold as well. */
export function addCondition(where: Plain, condition: Plain): void {
  const given = ownValue(where, 'AND')
  where.AND = [...(isAbsent(given) ? [] : each(given)), condition]
}

/** The value that a filter of one field requires it to have. */
export function equalityOf(filter: unknown): unknown {
  const value = isPlainObject(filter) && Object.keys(filter).length === 1 ? ownValue(filter, 'equals') : filter
  return isAbsent(value) || value === null || typeof value === 'object' ? undefined : value
}

/**
 * The value of a field in all rows that a filter finds: by an equality, also in a compound unique or inside AND.
 *
 * @param nullable whether NULL is such a value.
 */
export function pinnedIn(model: Model, where: unknown, field: string, nullable = false): unknown {
  if (!isPlainObject(where)) return undefined
  const given = ownValue(where, field)
  const plain = equalityOf(given)
  if (plain !== undefined) return plain
  if (nullable && (given === null || (isPlainObject(given) && isNullEquality(given)))) return null
  for (const [name, fields] of model.compounds) {
    const compound = fields.includes(field) ? ownValue(where, name) : undefined
    const part = isPlainObject(compound) ? ownValue(compound, field) : undefined
    if (!isAbsent(part)) return part
  }
  const both = ownValue(where, 'AND')
  for (const part of both === undefined ? [] : each(both)) {
    const inside = pinnedIn(model, part, field, nullable)
    if (inside !== undefined) return inside
  }
  return undefined
}

/** The values of unique fields in a unique filter, without what is beside them: `{ id: 1 }`, `{ orgId: 'acme', number: 7 }`. */
export function uniqueValues(model: Model, where: Plain): Plain {
  let unique: Plain = {}
  for (const [key, value] of Object.entries(where)) {
    const entry = model.fields.get(key)
    if (isPlainObject(value) && model.compounds.has(key)) unique = { ...unique, ...value }
    else if (entry?.kind === 'scalar' && entry.unique === true && !isAbsent(value)) unique[key] = value
  }
  return unique
}

function isNullEquality(filter: Plain): boolean {
  return Object.keys(filter).length === 1 && ownValue(filter, 'equals') === null
}
