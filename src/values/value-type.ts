import type { EnvelopeColumn, Plaintext } from '../envelope/index.js'
import type { ValueTypeName } from './names.js'

/** Everything this library knows about one type of encrypted values. */
export interface ValueType {
  readonly name: ValueTypeName
  /** Prisma's names for the scalar types that have these values. */
  readonly prismaTypes: readonly string[]
  /** The kind of column that holds the envelopes. */
  readonly column: EnvelopeColumn
  /** Whether a value may itself be an object, a list or null: then its shape does not show what the caller means. */
  readonly structured: boolean
  /** Whether the canonical form is text, to which an index's normalizers apply. */
  readonly normalizable: boolean
  /** Whether the plaintext is the caller's value itself, and `decode` changes nothing. */
  readonly verbatim: boolean
  /** Whether Prisma returns a value like this from such a column that holds plaintext: then it is the value itself. */
  isStored(value: unknown): boolean
  /** Turns a value into the plaintext that is sealed. Throws `ENVELOPE_VALUE_INVALID`. */
  encode(value: unknown): Plaintext
  /**
   * Turns what was opened, text from a column of text or JSON and bytes from one of bytes, into the value. Throws
   * `ENVELOPE_MALFORMED` if another writer sealed something else.
   */
  decode(opened: Plaintext): unknown
  /**
   * The form that equal values share, from which index tokens are derived. Left out for types
   * that cannot be indexed. Throws `ENVELOPE_VALUE_INVALID`.
   */
  canonical?(value: unknown): Plaintext
  /** The value of a literal default in the Prisma schema, created anew each time. */
  literal(written: string): unknown
}

/** A value type that can be indexed. */
export type IndexableType = ValueType & Required<Pick<ValueType, 'canonical'>>

export function isIndexable(type: ValueType): type is IndexableType {
  return type.canonical !== undefined
}
