/**
 * Rows of one model that a job visits by itself: those whose key comes after one, up to another and with it, in the
 * database's own order. Each key is a list of texts, one for each field of the primary key.
 */
export interface Partition {
  /** The Prisma model. */
  readonly model: string
  /** Without it, from the first row. */
  readonly after?: readonly string[]
  /** Without it, to the last row. */
  readonly last?: readonly string[]
}
