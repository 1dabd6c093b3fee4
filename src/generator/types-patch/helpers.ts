/**
 * The types that patched declarations use, at the end of each patched file and local to it: exported ones would clash between
 * the models' files. The parameter F, and the first one of the last three, is what Prisma wrote: it is only kept, so that the
 * patch can be undone.
 */
export const helpers = `
/** Prisma's unique input, or one that has a field of S, which Prisma takes for a filter only. */
type PrismaEnvelopeUnique<O extends object, K extends string, S extends object> =
  | Prisma.AtLeast<O, K>
  | { [F in keyof S]: O & Pick<S, F> }[keyof S]

/** Prisma's compound key, or one that has S where that has the index column I. */
type PrismaEnvelopeCompound<O, S extends object, I extends string> = O extends unknown
  ? (O & { [F in keyof S]?: never }) | (Omit<O, I> & S & { [F in I]?: never })
  : never

/** The filter F of an encrypted field with values V, as far as an index answers it. */
type PrismaEnvelopeEquality<F, V, M extends string> = V | (PrismaEnvelopeEqual<V> & Pick<F, Extract<keyof F, M>>)
type PrismaEnvelopeEqual<V> = {
  equals?: V
  in?: Extract<V, string | Uint8Array>[] | Exclude<V, string | Uint8Array | null>
  notIn?: Extract<V, string | Uint8Array>[] | Exclude<V, string | Uint8Array | null>
  not?: V | PrismaEnvelopeEqual<V>
}

/** The same with the operators O, of which C in any letter case; \`equals\` among them stands for all forms of equality. */
type PrismaEnvelopeParts<F, V, O extends string, C extends string> =
  | PrismaEnvelopeWhole<V, O>
  | (PrismaEnvelopePart<V, O> & { mode?: never })
  | ([C] extends [never]
      ? never
      : PrismaEnvelopePart<V, C> & { [P in Exclude<O, C>]?: never } & Pick<F, Extract<keyof F, "mode">>)
type PrismaEnvelopeWhole<V, O extends string> = "equals" extends O ? V : Exclude<V, string | Uint8Array>
type PrismaEnvelopePart<V, O extends string> = ("equals" extends O
  ? Omit<PrismaEnvelopeEqual<V>, "not">
  : { equals?: PrismaEnvelopeWhole<V, O>; in?: never; notIn?: never }) & {
  [P in Exclude<O, "equals">]?: Extract<V, string>
} & { not?: PrismaEnvelopeWhole<V, O> | PrismaEnvelopePart<V, O> }

/** The filter F of an encrypted field without an index: only NULL can be found. */
type PrismaEnvelopeNullCheck<F, V> = PrismaEnvelopeNull<Exclude<V, string | Uint8Array>>
type PrismaEnvelopeNull<N> = N | { equals?: N; not?: PrismaEnvelopeNull<N> }
type PrismaEnvelopeDocument<F, V> = V | { equals?: V | typeof Prisma.DbNull; not?: V | typeof Prisma.DbNull }
type PrismaEnvelopeList<F, V> = V | { isEmpty?: V | boolean; equals?: V | null }

/** The filter F of groups by their values of an encrypted field: only how many there are. */
type PrismaEnvelopeCount<F, V> = Exclude<V, string | Uint8Array | null> | Pick<F, Extract<keyof F, "_count">>

/** An encrypted field has no order and no extremes. */
type PrismaEnvelopeNone<T> = never

/** An index column is computed. */
type PrismaEnvelopeComputed<T> = never

/** The fields of an enumeration that are not encrypted. */
type PrismaEnvelopePlain<T, E extends string> = Exclude<T, E>
`
