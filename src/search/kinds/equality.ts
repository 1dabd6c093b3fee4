import { ignoresCase } from '../normalize.js'
import { canonicalValue, indexTokens } from '../token.js'
import type { IndexKind } from './index-kind.js'

/** Finds equal values, however a filter puts that. */
export const equality: IndexKind = {
  name: 'equality',
  operators: { equals: 'a value', not: 'a value', in: 'a list of values', notIn: 'a list of values' },
  ignoresCase: ({ normalize }) => ignoresCase(normalize),
  canonical: canonicalValue,
  needle: canonicalValue,
  tokens: indexTokens,
}
