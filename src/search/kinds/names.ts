/** The names of the kinds of index, as the model map has them. Imports nothing: the map's types are written out for users. */
export const indexKindNames = ['equality', 'first', 'last', 'domain'] as const
export type IndexKindName = (typeof indexKindNames)[number]

/** The kinds that are computed from a part of a text. */
export type PartKindName = Exclude<IndexKindName, 'equality'>

/** A part of a text, as the schema writes it: `first(3)`, `last(4)`, `domain`. */
export interface Part {
  readonly kind: PartKindName
  /** Of `first` and `last`: how many code points. */
  readonly length?: number
}
