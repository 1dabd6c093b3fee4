import { isObject } from './objects.js'
/** Copies of class instances in a call's arguments, each with the instance it is a copy of. */
export type Instances = ReadonlyMap<object, object>

/**
 * Prisma gives extensions a copy of the arguments, in which class instances are plain objects without their methods.
 * Those with a `toJSON()` (a URL, a date of another library) would so be sealed as something else than Prisma stores.
 *
 * @param copy the arguments as the extension got them, not yet changed.
 * @param original the arguments as they were given; not all releases of Prisma show them.
 */
export function instancesIn(copy: unknown, original: unknown, found = new Map<object, object>()): Instances {
  if (!isObject(copy) || !isObject(original) || ArrayBuffer.isView(original)) return found
  const lostItsMethods = Object.getPrototypeOf(copy) !== Object.getPrototypeOf(original)
  if (lostItsMethods && typeof Reflect.get(original, 'toJSON') === 'function') {
    found.set(copy, original)
    return found
  }
  for (const [key, value] of Object.entries(copy)) {
    if (isObject(value)) instancesIn(value, Reflect.get(original, key), found)
  }
  return found
}

/** A JSON value in which copies are instances again. Changes it in place. */
export function withInstances(value: unknown, instances: Instances): unknown {
  if (instances.size === 0 || !isObject(value) || ArrayBuffer.isView(value)) return value
  const instance = instances.get(value)
  if (instance !== undefined) return instance
  for (const [key, inner] of Object.entries(value)) {
    if (isObject(inner)) Reflect.set(value, key, withInstances(inner, instances))
  }
  return value
}
