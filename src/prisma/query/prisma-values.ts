export { fieldReference, isAbsent, nullMarker } from '../internals.js'

/** Arguments and rows while they are walked: objects of anything. */
export type Plain = Record<string, unknown>

/** An object literal; Prisma hands extensions a clone in which instances of other classes have become this too. */
export function isPlainObject(value: unknown): value is Plain {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype || isObjectPrototype(prototype)
}

/** Another realm's `Object.prototype`. An object with keys of its own is none: a caller's key `__proto__` put it there. */
function isObjectPrototype(prototype: unknown): boolean {
  return Object.getPrototypeOf(prototype) === null && Object.keys(prototype as object).length === 0
}

/** One or many, as Prisma takes them in most places. */
export function each(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value]
}
