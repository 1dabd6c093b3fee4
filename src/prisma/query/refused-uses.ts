import { EnvelopeQueryError } from '../../errors.js'
import { isIndexable } from '../../values/index.js'
import { wholeIndexes } from './index-choice.js'
import type { Model } from './models.js'

/** The aggregates of a column's values; `_count` is none of them. */
export const AGGREGATES_OF_VALUES = ['_min', '_max', '_avg', '_sum'] as const

/** What cannot be done with a column of ciphertext. */
export type Use =
  | 'ordering'
  | 'relevance'
  | 'distinct'
  | 'grouping'
  | 'having'
  | 'a comparison with it'
  | (typeof AGGREGATES_OF_VALUES)[number]

/** What an index column can do in the field's place: equal values have equal tokens. */
const BY_TOKEN: Partial<Record<Use, (column: string) => string>> = {
  distinct: (column) => `distinct: ['${column}']`,
  grouping: (column) => `by: ['${column}']`,
}

const OTHERWISE: Readonly<Record<Use, string>> = {
  ordering: 'Order by another field, or sort the rows after reading them; take, skip and cursor need another field.',
  relevance: 'Search another field, or after reading.',
  distinct: 'Use another field, or drop duplicates after reading.',
  grouping: 'Group by another field, or after reading.',
  having: 'Only _count of it works here; drop groups after reading.',
  'a comparison with it': 'Compare the two after reading.',
  _min: 'Compute it after reading; _count works.',
  _max: 'Compute it after reading; _count works.',
  _avg: 'Compute it after reading; _count works.',
  _sum: 'Compute it after reading; _count works.',
}

/** Refuses a use of an encrypted field, and says what to do instead. */
export function refusedUse(model: Model, field: string, use: Use): EnvelopeQueryError {
  return new EnvelopeQueryError(
    'ENVELOPE_FILTER_UNSUPPORTED',
    `${model.name}.${field} is encrypted, so ${use} would compare ciphertext. ${byToken(model, field, use)}${bySearch(model, field, use)}${OTHERWISE[use]}`,
    { model: model.name, field },
  )
}

/** Texts in order: those of a tenant, once they have been opened. */
function bySearch({ name, encrypted }: Model, field: string, use: Use): string {
  const found = encrypted.get(field)
  if (use !== 'ordering' || found === undefined || found.list || !found.type.normalizable) return ''
  return `To get the rows of a tenant in its order, use \`$encryption.search('${name}', { orderBy: { ${field}: 'asc' } })\`. `
}

function byToken(model: Model, field: string, use: Use): string {
  const written = BY_TOKEN[use]
  const encrypted = model.encrypted.get(field)
  if (written === undefined || encrypted === undefined || encrypted.list || !isIndexable(encrypted.type)) return ''
  const [index] = wholeIndexes(model, field)
  return index === undefined
    ? `With an index column (@encrypted.index(${field})), that column can be used instead: equal values have equal tokens. `
    : `Its index column has equal tokens for equal values: use ${written(index.field)}. `
}
