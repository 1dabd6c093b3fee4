/** The names of the kinds of index, as the model map has them. Imports nothing: the map's types are written out for users. */
export const indexKindNames = ['equality'] as const
export type IndexKindName = (typeof indexKindNames)[number]
