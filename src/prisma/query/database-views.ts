import { looksSealed } from '../../envelope/index.js'
import { EnvelopeConfigError, located } from '../../errors.js'
import type { RowFinder, RowLocation } from '../../leaves/index.js'
import type { Model } from './models.js'
import { isPlainObject, type Plain } from './prisma-values.js'

/**
 * Refuses a row of a view that contains ciphertext: as data it would be a silently wrong answer, and nothing says which
 * model, field and tenant it belongs to. Call it for views only (`unopened`).
 */
export function refuseSealed(model: Model, fields: readonly string[], row: Plain, find: RowFinder | undefined): void {
  for (const field of fields) if (holdsSealed(row[field])) throw sealedInView(model, field, find?.(row))
}

/** The same in what `aggregate`, `groupBy` and `count` return: groups, and the least and greatest values of fields. */
export function refuseSealedGroups(model: Model, result: unknown): void {
  const { unopened } = model
  if (unopened === undefined) return
  const groups: unknown[] = Array.isArray(result) ? result : [result]
  groups.forEach((group, at) => {
    if (!isPlainObject(group)) return
    const find = (): RowLocation => ({ path: Array.isArray(result) ? [at] : [] })
    for (const part of [group, group._min, group._max]) {
      if (isPlainObject(part)) refuseSealed(model, unopened, part, find)
    }
  })
}

/** At any depth of lists and documents, in the names of a document's members too: a view may have aggregated by a column. */
function holdsSealed(value: unknown): boolean {
  if (typeof value === 'string') return looksSealed(value)
  if (typeof value !== 'object' || value === null) return false
  // No recursion: a document may be nested deeper than the stack allows.
  const rest: unknown[] = [value]
  while (rest.length > 0) {
    const next = rest.pop()
    if (typeof next === 'string' || next instanceof Uint8Array) {
      if (looksSealed(next)) return true
    } else if (Array.isArray(next)) for (const item of next) rest.push(item)
    else if (isPlainObject(next)) for (const [name, item] of Object.entries(next)) rest.push(name, item)
  }
  return false
}

function sealedInView(model: Model, field: string, place: RowLocation | undefined): EnvelopeConfigError {
  const { path, key = {} } = place ?? {}
  const error = new EnvelopeConfigError(
    'ENVELOPE_CONFIG_INVALID',
    'This view selects an encrypted column, and a view does not decrypt. Read the field through its model, or the view by ' +
      '$queryRaw and $encryption.openRows; or leave the column out of the view, or this field out of the selection.',
  )
  // The view's key may be such a column itself.
  return located(error, {
    model: model.name,
    field,
    path,
    key: Object.values(key).some(holdsSealed) ? undefined : place?.key,
  })
}
