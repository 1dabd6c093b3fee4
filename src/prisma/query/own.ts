import { isAbsent, isPlainObject, type Plain } from './prisma-values.js'
import { unknownArgument, wrongShape } from './refusals.js'

/**
 * What a caller's object itself contains under a key, never what it inherits. Prisma sends own keys only: a filter that is
 * read from a prototype would be checked here, and be missing from the SQL.
 */
export function ownValue(holder: object, key: string): unknown {
  return Object.hasOwn(holder, key) ? (holder as Plain)[key] : undefined
}

/**
 * An argument that is an object, where it is given. Prisma itself refuses `null`; anything else would be printed in its
 * error. Throws `ENVELOPE_VALUE_INVALID`.
 */
export function objectIn(model: string, holder: object, key: string): Plain | undefined {
  return objectOr(model, key, ownValue(holder, key))
}

/** The same for a value that has been read already; `name` is what the error calls it. */
export function objectOr(model: string, name: string, value: unknown): Plain | undefined {
  if (isPlainObject(value)) return value
  if (isAbsent(value) || value === null) return undefined
  throw wrongShape(model, name, 'an object')
}

/** A copy of a caller's arguments that may be planned in place. Values that are no literals stay what they are. */
export function copyOfArguments(given: unknown): unknown {
  if (Array.isArray(given)) return given.map(copyOfArguments)
  if (!isPlainObject(given)) return given
  return Object.fromEntries(Object.entries(given).map(([key, value]) => [key, copyOfArguments(value)]))
}

/**
 * Refuses an own key `__proto__` of a call's arguments. Prisma copies their top level key by key, which makes its value
 * the prototype of the copy, and then sends the copy without it.
 *
 * @param original the arguments of which `copy` was made, where Prisma shows them.
 */
export function refusePrototype(model: string, copy: Plain, original: unknown): void {
  const named = typeof original === 'object' && original !== null && Object.hasOwn(original, '__proto__')
  if (named || !isPlainObject(copy)) throw unknownArgument(model, '__proto__')
}
