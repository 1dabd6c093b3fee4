import { EnvelopeQueryError } from '../../errors.js'
import { isAbsent } from '../../prisma/internals.js'
import { isPlainObject, type Model } from '../../prisma/query/index.js'
import { matchInstead } from './refusals.js'

const COMBINATORS: ReadonlySet<string> = new Set(['AND', 'OR', 'NOT'])

/** Whether a filter says anything of rows: also `{ members: { some: {} } }`, which is met by those that have one. */
export function hasCondition(where: unknown): boolean {
  if (Array.isArray(where)) return where.some(hasCondition)
  if (!isPlainObject(where)) return false
  return Object.entries(where).some(([key, value]) => {
    if (COMBINATORS.has(key)) return hasCondition(value)
    return isPlainObject(value) ? Object.values(value).some((one) => !isAbsent(one)) : !isAbsent(value)
  })
}

/** What a search says of an error that a call with its `where` has thrown. */
export function refusedIn(model: Model, where: unknown, error: unknown): unknown {
  if (!(error instanceof EnvelopeQueryError) || error.code !== 'ENVELOPE_FILTER_UNSUPPORTED') return error
  const field = error.model === model.name && error.field !== undefined ? model.encrypted.get(error.field) : undefined
  const isCompared = field !== undefined && !field.list && !field.type.structured
  return isCompared && namesField(where, field.field) ? matchInstead(field, error) : error
}

/** Whether a filter is about a field of these rows, and not of others that they are related to: `match` is about no others. */
function namesField(where: unknown, field: string): boolean {
  if (Array.isArray(where)) return where.some((part) => namesField(part, field))
  if (!isPlainObject(where)) return false
  return Object.entries(where).some(
    ([key, value]) => key === field || (COMBINATORS.has(key) && namesField(value, field)),
  )
}
