/**
 * The shape of a call: all of its arguments but the values in them.
 *
 * What planning depends on is part of the shape: the keys, in their order; whether a value is there, is NULL, or is an object;
 * the names of fields and the words of Prisma's language; and where the tenant stands. What is left out are holes: values that
 * planning passes on, or notes to be sealed, without looking at them.
 */
export type Part = Fixed | HolePart | ObjectPart | ListPart | RowsPart

/** A value that planning looks at, and that says nothing about a row: `true`, `null`, `'desc'`, the name of a field. */
export interface Fixed {
  readonly kind: 'fixed'
  readonly value: unknown
}

/** Any value of a kind. */
export interface HolePart {
  readonly kind: HoleKind
}

/** The keys are compared in their order: Prisma's SQL has the columns in that order, too. */
export interface ObjectPart {
  readonly kind: 'object'
  readonly keys: readonly string[]
  readonly parts: readonly Part[]
}

export interface ListPart {
  readonly kind: 'list'
  readonly items: readonly Part[]
}

/** The rows of a `createMany`, however many: all have the one shape. */
export interface RowsPart {
  readonly kind: 'rows'
  readonly row: ObjectPart
}

/**
 * - `text`, `number`, `bigint`: a value that is not the call's tenant.
 * - `tenant`, `tenant number`, `tenant bigint`: the call's tenant, wherever it stands.
 * - `instance`: a date, bytes or a Decimal.
 * - `values`: a list of any of these.
 * - `document`: the value of a Json field.
 * - `passed`: an argument that is for a later extension, and not read.
 */
export type HoleKind =
  | 'text'
  | 'number'
  | 'bigint'
  | 'tenant'
  | 'tenant number'
  | 'tenant bigint'
  | 'instance'
  | 'values'
  | 'document'
  | 'passed'

/** A shape, and what has to be known of it before it is compared with arguments. */
export interface Pattern {
  readonly root: ObjectPart
  /** Whether the tenant columns of all models that it is about are text. */
  readonly textTenants: boolean
  /** Whether it has documents, in which Prisma's copy of the arguments may have lost instances. */
  readonly documents: boolean
  /** Whether an object of it is empty, or a document: Prisma 6 copies `Prisma.skip` to `{}`. */
  readonly maySkip: boolean
}
