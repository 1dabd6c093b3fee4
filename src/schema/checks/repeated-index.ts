import { partText } from '../../search/index.js'
import type { AnnotatedField } from '../annotated-fields.js'
import type { IndexAnnotation } from '../annotations.js'

/**
 * A column that holds what an earlier one does: it costs a token on each write, and no search needs it. No error: a column that
 * is to take another's place, to be unique or under another name, is filled while both are there.
 */
export function repeatedIndexWarnings(
  { model, field, index }: AnnotatedField,
  annotated: readonly AnnotatedField[],
): string[] {
  if (index === undefined) return []
  const [first] = annotated.filter(
    (one) => one.model === model && !one.broken && one.index !== undefined && isSame(one.index, index),
  )
  if (first === undefined || first.field === field) return []
  return [
    `${first.field.name} is an index of ${index.source} with the same options already, and each write fills both. Drop one of them, unless it is about to take the place of the other.`,
  ]
}

function isSame(one: IndexAnnotation, other: IndexAnnotation): boolean {
  return one.source === other.source && definitionOf(one) === definitionOf(other)
}

/** What decides which values are found, and by whom. */
function definitionOf({ options: { part, scope = 'tenant', normalize = [] } }: IndexAnnotation): string {
  return [part === undefined ? '' : partText(part), scope, ...normalize].join()
}
