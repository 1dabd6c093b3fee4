/**
 * SELECTs that show what a database has, for `$encryption.doctor()`: of everything that the database user may see. Names are
 * those of the properties of a row.
 */
export interface Inspection {
  /** {@link FoundColumn} */
  readonly columns: string
  /** `name`, of constraints, or of triggers where a guard is one. */
  readonly guards: string
  /** `schema`, `table`, `name`: what fires when a row is updated. */
  readonly updateTriggers: string
  /** `now`: the server's clock, in milliseconds since 1970. Left out where that is this machine's. */
  readonly clock?: string
}

/** A column as the database describes it. */
export interface FoundColumn {
  /** The database schema, in which `own` ones need no name. */
  readonly schema: string | null
  readonly own: unknown
  readonly table: string
  readonly column: string
  /** The type's name, without a length. */
  readonly type: string
  /** In characters or bytes; `null` where it is unlimited, or the type has none. */
  readonly length: unknown
  readonly collation: string | null
}
