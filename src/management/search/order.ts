import { isAbsent } from '../../prisma/internals.js'
import {
  isPlainObject,
  type Model,
  ownValue,
  type Plain,
  unknownArgument,
  wrongShape,
} from '../../prisma/query/index.js'
import { type Compare, compareValues } from './compare.js'
import { cannotOrder, optionInvalid } from './refusals.js'

/** One entry of `orderBy`. */
export interface Ordering {
  readonly field: string
  readonly descending: boolean
  readonly nullsFirst: boolean
}

/**
 * Throws `ENVELOPE_VALUE_INVALID`, `ENVELOPE_ARGUMENT_UNKNOWN`, `ENVELOPE_FILTER_UNSUPPORTED`.
 *
 * @param nullsAreLast where the database puts them in ascending order, if the entry does not say.
 */
export function orderingsOf(model: Model, orderBy: unknown, nullsAreLast: boolean): Ordering[] {
  const entries = isAbsent(orderBy) ? [] : Array.isArray(orderBy) ? orderBy : [orderBy]
  return entries.flatMap((entry: unknown) => {
    if (!isPlainObject(entry)) throw wrongShape(model.name, 'orderBy', 'an object, or a list of objects')
    const given = Object.entries(entry).filter(([, sort]) => !isAbsent(sort))
    if (given.length > 1) throw wrongShape(model.name, 'orderBy', 'a list of objects with one field each')
    return given.map(([field, sort]) => orderingOf(model, field, sort, nullsAreLast))
  })
}

function orderingOf(model: Model, field: string, sort: unknown, nullsAreLast: boolean): Ordering {
  const entry = model.fields.get(field)
  if (entry === undefined) throw unknownArgument(model.name, field, model.fields.keys())
  if (entry.kind === 'relation') throw cannotOrder(model.name, field, 'a relation')
  if (entry.list === true) throw cannotOrder(model.name, field, 'a list')
  if (entry.type === 'Json') throw cannotOrder(model.name, field, 'a document')
  if (isPlainObject(sort)) {
    const unknown = Object.keys(sort).find((key) => key !== 'sort' && key !== 'nulls' && !isAbsent(sort[key]))
    if (unknown !== undefined) throw unknownArgument(model.name, unknown, ['sort', 'nulls'])
  }
  const direction = isPlainObject(sort) ? ownValue(sort, 'sort') : sort
  const nulls = isPlainObject(sort) ? ownValue(sort, 'nulls') : undefined
  if (direction !== 'asc' && direction !== 'desc')
    throw wrongShape(model.name, `the ordering by ${field}`, '"asc" or "desc", or { sort, nulls }')
  if (!isAbsent(nulls) && nulls !== 'first' && nulls !== 'last')
    throw wrongShape(model.name, `\`nulls\` of the ordering by ${field}`, '"first" or "last"')
  const descending = direction === 'desc'
  return { field, descending, nullsFirst: isAbsent(nulls) ? descending === nullsAreLast : nulls === 'first' }
}

/** Compares rows by what `valuesOf` returns of them. */
export function comparing(orderings: readonly Ordering[], texts: Compare<string>): Compare<readonly unknown[]> {
  return (one, other) => {
    for (const [i, { descending, nullsFirst }] of orderings.entries()) {
      const [a, b] = [one[i], other[i]]
      if (a === null || b === null) {
        if (a === b) continue
        return (a === null) === nullsFirst ? -1 : 1
      }
      const difference = compareValues(a, b, texts)
      if (difference !== 0) return descending ? -difference : difference
    }
    return 0
  }
}

/** What a row is ordered by. */
export function valuesOf(orderings: readonly Ordering[], row: Plain): unknown[] {
  return orderings.map(({ field }) => row[field])
}

/** How a language orders texts. Throws `ENVELOPE_VALUE_INVALID` for one that this Node knows nothing of. */
export function textsOf(model: string, locale: unknown, otherwise: Compare<string>): Compare<string> {
  if (isAbsent(locale)) return otherwise
  if (typeof locale !== 'string' || !isSupported(locale))
    throw optionInvalid(
      model,
      "`locale` must be the tag of a language that this Node supports, such as 'de' or 'sv-SE'",
    )
  return new Intl.Collator(locale).compare
}

/** Otherwise `Intl` would take the language of the machine. */
function isSupported(locale: string): boolean {
  try {
    return Intl.Collator.supportedLocalesOf(locale).length > 0
  } catch {
    return false
  }
}
