/**
 * Prisma's own marker objects, told apart by their shape: an application may hold several copies of Prisma's runtime,
 * and this layer imports none of them.
 */

type Shape = Record<string, unknown>

/** An object literal; Prisma gives extensions a clone in which other class instances have become this too. */
export function isPlainObject(value: unknown): value is Shape {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype || isObjectPrototype(prototype)
}

/** Another realm's `Object.prototype`. An object with keys of its own is none: a caller's key `__proto__` put it there. */
function isObjectPrototype(prototype: unknown): boolean {
  return Object.getPrototypeOf(prototype) === null && Object.keys(prototype as object).length === 0
}

/** `undefined` or `Prisma.skip`: as if the key were not there. */
export function isAbsent(value: unknown): boolean {
  return value === undefined || has(value, 'ifUndefined')
}

/** `DbNull`, `JsonNull` or `AnyNull`. */
export function nullMarker(value: unknown): 'DbNull' | 'JsonNull' | 'AnyNull' | undefined {
  if (!has(value, '_getName') || !has(value, '_getNamespace')) return undefined
  const name = value._getName()
  return name === 'DbNull' || name === 'JsonNull' || name === 'AnyNull' ? name : undefined
}

/** `prisma.patient.fields.email`: another column in place of a value. */
export function fieldReference(value: unknown): { model: string; field: string } | undefined {
  if (!has(value, '_toGraphQLInputType')) return undefined
  const { modelName, name } = value as { modelName?: unknown; name?: unknown }
  return typeof modelName === 'string' && typeof name === 'string' ? { model: modelName, field: name } : undefined
}

/** One or many, as Prisma takes them in most places. */
export function each(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value]
}

function has<K extends string>(value: unknown, method: K): value is { [P in K]: () => unknown } {
  // A JSON document never carries functions, so no document is taken for a marker.
  return typeof value === 'object' && value !== null && typeof (value as Shape)[method] === 'function'
}
