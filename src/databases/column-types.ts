/** What the native types of a database's columns can hold. */
export interface ColumnTypes {
  /** The text and binary types that can hold any envelope. A length in the schema is checked as well. */
  readonly roomy: PerKind<readonly string[]>
  /** What to write in place of a type that is too short. */
  readonly remedy: PerKind<string>
  /** The type of a text column without a native type, if that is too short for an envelope. */
  readonly shortDefaultText?: string
  /** How many characters a text column without a native type can hold, if that is limited. */
  readonly defaultTextLength?: number
  /** The types whose length is one character or byte if none is given. */
  readonly lengthOne?: readonly string[]
  /** The text types that return what was written and compare all of it: those that a tenant column may have. */
  readonly faithfulText: readonly string[]
  /** Whether a binary column of unbounded length can be a key. Prisma reports this only during the migration. */
  readonly unboundedKeys: boolean
  /** The type of a binary value of a known length, if a column without a native type cannot be a key. */
  readonly keyBytes?: 'Binary' | 'VarBinary'
  /** Whether Prisma accepts `Bytes` as an id. */
  readonly bytesIds: boolean
  /** Whether a unique column may hold any number of NULLs. */
  readonly manyNulls: boolean
}

interface PerKind<T> {
  readonly text: T
  readonly bytes: T
}

/** A column's native type as in the Prisma schema: its name, and its arguments as text. */
type NativeType = readonly [name: string, args: readonly string[]]

/** The length in `@db.VarChar(n)` and similar types; `undefined` if unbounded. */
export function declaredLength({ lengthOne }: ColumnTypes, native: NativeType | null | undefined): number | undefined {
  const [name, args] = native ?? ['', []]
  const first = args[0]
  if (first !== undefined) return first.toLowerCase() === 'max' ? undefined : Number(first)
  return lengthOne?.includes(name) === true ? 1 : undefined
}
