import type { IndexKindName, PartKindName } from './names.js'

/** A part of one code point is accepted with `lowEntropy` only. */
export const SHORTEST_PART = 2
export const LONGEST_PART = 16
/** So many indexes of a part on one field, together, give away whole values, and must be accepted. */
export const MANY_PARTS = 3

/** `first(3)`. */
export function partText({
  kind,
  length,
}: {
  readonly kind: PartKindName
  readonly length?: number | undefined
}): string {
  return length === undefined ? kind : `${kind}(${length})`
}

/** Whether a kind is given such a length, or none where it has none. */
export function isLengthOf(kind: IndexKindName, length: unknown): boolean {
  if (kind !== 'first' && kind !== 'last') return length === undefined
  return typeof length === 'number' && Number.isInteger(length) && length >= 1 && length <= LONGEST_PART
}
