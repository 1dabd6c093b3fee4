import type { Model } from './models.js'
import { ownValue } from './own.js'
import { isAbsent, isPlainObject, type Plain } from './prisma-values.js'
import { wrongShape } from './refusals.js'

/**
 * A nested to-one `update` takes the data itself, or `{ where?, data }`: the wrapper. A target with a field named `data`
 * takes both, so it is the wrapper only if the value of `data` could be the target's data.
 */
export function isWrapper(target: Model, item: Plain): boolean {
  const data = ownValue(item, 'data')
  if (!isPlainObject(data)) return false
  if (!Object.keys(item).every((key) => key === 'where' || key === 'data')) return false
  const where = ownValue(item, 'where')
  if (!isAbsent(where) && !isPlainObject(where)) return false
  return !target.fields.has('data') || Object.keys(data).every((key) => target.fields.has(key))
}

/**
 * Leaves Prisma one way to read a wrapper. It takes the first form that fits: a wrapper with a value of a wrong type in
 * it would be stored as the row's own `data` and `where`, in plaintext. No String field accepts this filter as its value.
 */
export function pinWrapper(target: Model, wrapper: Plain): void {
  if (!target.fields.has('data')) return
  if (hasJsonWhere(target)) {
    if (!target.encrypted.has('data') && !target.encrypted.has('where')) return
    throw wrongShape(target.name, 'a nested update', 'the plain data here, since { where, data } is ambiguous')
  }
  // The filter's own conditions stay at its top: further in, Prisma takes `OR: []` for no condition at all.
  const given = ownValue(wrapper, 'where')
  wrapper.where = isPlainObject(given) ? { AND: [], ...given } : {}
}

/** A row that accepts `{ where, data }` as its own data would be stored with our filter in it, and not be filtered. */
export function refuseAmbiguous(target: Model): void {
  if (!target.fields.has('data') || !hasJsonWhere(target)) return
  throw wrongShape(target.name, 'a nested update', 'written in another form here: use a separate call')
}

function hasJsonWhere(target: Model): boolean {
  const where = target.fields.get('where')
  return where?.kind === 'scalar' && where.type === 'Json'
}
