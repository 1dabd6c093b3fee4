import type { Decode, EnvelopeColumn, Plaintext } from '../envelope/index.js'
import type { ValueTypeName } from './names.js'

/** All that this library knows of one type of encrypted values. */
export interface ValueType {
  readonly name: ValueTypeName
  /** Prisma's names of the scalar types whose values these are. */
  readonly prismaTypes: readonly string[]
  /** The kind of column that holds the envelopes. */
  readonly column: EnvelopeColumn
  /** Whether a value may itself be an object, a list or null: its shape then tells nothing about what is meant. */
  readonly structured: boolean
  /** Whether the plaintext is the value itself, as the caller gave it. */
  readonly verbatim: boolean
  /** A value as what is sealed. Throws `ENVELOPE_VALUE_INVALID`. */
  encode(value: unknown): Plaintext
  /** The value behind the bytes that were opened. Throws `ENVELOPE_MALFORMED` where another writer sealed something else. */
  readonly decode: Decode
  /**
   * The one form that equal values share, which stands for them in an index; normalizers apply where it is text. Left out
   * where there is none: then there is no index over such a field. Throws `ENVELOPE_VALUE_INVALID`.
   */
  canonical?(value: unknown): Plaintext
  /** The value that a literal default of the Prisma schema stands for, made anew each time. */
  literal(written: string): unknown
}

/** A type of values that an index can be over. */
export type IndexableType = ValueType & Required<Pick<ValueType, 'canonical'>>

export function isIndexable(type: ValueType): type is IndexableType {
  return type.canonical !== undefined
}
