import { ignoresCase, normalizeForPart } from '../normalize.js'
import { type IndexDefinition, indexTokens } from '../token.js'
import type { IndexKind } from './index-kind.js'
import type { PartKindName } from './names.js'

/** What one kind of part is. */
interface PartOfText {
  readonly name: PartKindName
  readonly operator: 'startsWith' | 'endsWith'
  readonly needles: string
  /** The part of a normalized text; `undefined` where it has none. Never empty. */
  partOf(text: string): string | undefined
  /** The part of every text that begins, or ends, with this one, and of no other; `undefined` where there is no such part. */
  partSought(text: string): string | undefined
}

/**
 * An index over a part of each text. It finds a text where `normalize(text).startsWith(normalize(needle))`, or `endsWith`, and
 * only there: so a needle must be such that its whole is the part, and any other is not answered.
 *
 * A text that has no part, being too short, has the token of the empty text, which no needle has. So the column is NULL only where
 * the field is: `not` is true of such a text as it is of any other, and a row that is not indexed yet can be told from it. Whoever
 * reads the column sees it among other tokens; NULL would have told them.
 */
export function partKind({ name, operator, needles, partOf, partSought }: PartOfText): IndexKind {
  const keep = operator === 'startsWith' ? 'end' : 'start'
  return {
    name,
    operators: { [operator]: 'a value' },
    needles,
    ignoresCase: ({ normalize }) => ignoresCase(normalize),
    canonical: (definition, value) => partOf(normalizeForPart(textOf(definition, value), definition.normalize)) ?? '',
    needle: (definition, sought) =>
      partSought(normalizeForPart(textOf(definition, sought), definition.normalize, keep)),
    tokens: indexTokens,
  }
}

/** Throws `ENVELOPE_VALUE_INVALID`. */
function textOf({ type }: IndexDefinition, value: unknown): string {
  const canonical = type.canonical(value)
  // The schema and the model map have such indexes over text alone.
  if (typeof canonical !== 'string') throw new TypeError('only text has parts')
  return canonical
}
