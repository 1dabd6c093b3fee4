import { isSkip } from './internals.js'
import { isObject } from './objects.js'

/**
 * Puts `Prisma.skip` back into Prisma's copy of a call's arguments. Prisma 6 copies it to `{}`, which would be sealed as
 * a document, or refused; Prisma 7 keeps it, and nothing is changed. Changes the copy in place.
 *
 * @param copy the arguments as the extension got them.
 * @param original the caller's arguments; not all releases of Prisma expose them.
 */
export function keepSkips(copy: unknown, original: unknown): void {
  if (!isObject(copy) || !isObject(original) || ArrayBuffer.isView(original)) return
  for (const [key, value] of Object.entries(copy)) {
    if (!isObject(value)) continue
    const given: unknown = Reflect.get(original, key)
    if (value === given) continue
    if (isSkip(given)) Reflect.set(copy, key, given)
    else keepSkips(value, given)
  }
}
