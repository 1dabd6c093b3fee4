/** What the native types of a database's columns can hold. */
export interface ColumnTypes {
  /** The text and binary types that hold any envelope. A length is looked at where the schema says one. */
  readonly roomy: PerKind<readonly string[]>
  /** What to write in place of a type that holds none. */
  readonly remedy: PerKind<string>
  /** What a text column is without a native type, where that holds no envelope. */
  readonly shortDefaultText?: string
  /** The types that are one character or byte long where no length is given. */
  readonly lengthOne?: readonly string[]
  /** The text types that return what was written, and compare all of it: those that a tenant column may have. */
  readonly faithfulText: readonly string[]
  /** Whether a binary column without a bound can be a key. Prisma does not say before the migration. */
  readonly unboundedKeys: boolean
  /** Whether a unique column holds any number of NULLs. */
  readonly manyNulls: boolean
}

interface PerKind<T> {
  readonly text: T
  readonly bytes: T
}

/** A column's native type as the Prisma schema writes it: its name, and its arguments as text. */
export type NativeType = readonly [name: string, args: readonly string[]]

/** The length of `@db.VarChar(n)` and its like; `undefined` where there is no bound. */
export function declaredLength({ lengthOne }: ColumnTypes, native: NativeType | null | undefined): number | undefined {
  const [name, args] = native ?? ['', []]
  const first = args[0]
  if (first !== undefined) return first.toLowerCase() === 'max' ? undefined : Number(first)
  return lengthOne?.includes(name) === true ? 1 : undefined
}
