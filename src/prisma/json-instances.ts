import { isObject } from './objects.js'
/** Copies of class instances in a call's arguments, each with the instance it is a copy of. */
export type Instances = ReadonlyMap<object, object>

/**
 * Prisma passes extensions a copy of the arguments, in which class instances are plain objects without their methods.
 * Those with a `toJSON()` (a URL, another library's date) would be sealed as something other than what Prisma stores.
 *
 * @param copy the arguments as the extension got them, unchanged.
 * @param original the caller's arguments; not all releases of Prisma expose them.
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

/** Puts the instances back in place of their copies in a JSON value, which is changed in place. */
export function withInstances(value: unknown, instances: Instances): unknown {
  if (instances.size === 0 || !isObject(value) || ArrayBuffer.isView(value)) return value
  const instance = instances.get(value)
  if (instance !== undefined) return instance
  for (const [key, inner] of Object.entries(value)) {
    if (isObject(inner)) Reflect.set(value, key, withInstances(inner, instances))
  }
  return value
}
