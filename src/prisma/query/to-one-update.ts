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
 * it would be stored as the row's own `data` and `where`, in clear. No String field takes this filter for its value.
 */
export function pinWrapper(target: Model, wrapper: Plain): void {
  if (!target.fields.has('data')) return
  if (hasJsonWhere(target)) {
    if (!target.encrypted.has('data') && !target.encrypted.has('where')) return
    throw wrongShape(target.name, 'a nested update', 'the data itself here, since { where, data } could be that too')
  }
  // The filter's own conditions stay at its top: further in, Prisma takes `OR: []` for no condition at all.
  const given = ownValue(wrapper, 'where')
  wrapper.where = isPlainObject(given) ? { AND: [], ...given } : {}
}

/** A row that could take `{ where, data }` for its own data would be stored with our filter in it, and not filtered. */
export function refuseAmbiguous(target: Model): void {
  if (!target.fields.has('data') || !hasJsonWhere(target)) return
  throw wrongShape(target.name, 'a nested update', 'another form here: update it by a call of its own')
}

function hasJsonWhere(target: Model): boolean {
  const where = target.fields.get('where')
  return where?.kind === 'scalar' && where.type === 'Json'
}
