import type { EncryptedEntry, ModelMap } from '../schema/model-map.js'

/** Types that are derived from a model map, for `$encryption`. If the compiler does not know the map, any name is allowed. */

/** The models of a map that have encrypted fields. */
export type EncryptedModelName<M extends ModelMap> = string extends keyof M['models']
  ? string
  : {
      [N in keyof M['models'] & string]: EncryptedFieldName<M, N> extends never ? never : N
    }[keyof M['models'] & string]

type FieldsOf<M extends ModelMap, N extends keyof M['models']> = M['models'][N]['fields']

/** The encrypted fields of a model. */
export type EncryptedFieldName<M extends ModelMap, N extends keyof M['models']> = string extends keyof FieldsOf<M, N>
  ? string
  : {
      [F in keyof FieldsOf<M, N> & string]: FieldsOf<M, N>[F] extends { encrypted: object } ? F : never
    }[keyof FieldsOf<M, N> & string]

/** An encrypted field with its model: `Patient.email`. */
export type EncryptedFieldPath<M extends ModelMap> = string extends keyof M['models']
  ? string
  : { [N in EncryptedModelName<M>]: `${N}.${EncryptedFieldName<M, N>}` }[EncryptedModelName<M>]

/** How a field is stored: an envelope in its text form or as bytes; for a list, one for each element. */
export type SealedField<
  M extends ModelMap,
  N extends keyof M['models'],
  F extends keyof FieldsOf<M, N>,
  Bytes extends Uint8Array = Uint8Array<ArrayBuffer>,
> = FieldsOf<M, N>[F] extends { list: true } ? (string | Bytes)[] : string | Bytes

/** A JSON document as it is read. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue }

/** A JSON document may contain whatever can be written as JSON, including Prisma's markers for null. */
type JsonInput = object | string | number | boolean | bigint | null

type ValueTypeName = EncryptedEntry['type']

interface WrittenTypes {
  text: string
  json: JsonInput
  bytes: Uint8Array
}

interface ReadTypes {
  text: string
  json: JsonValue
  bytes: Uint8Array<ArrayBuffer>
}

type OfType<Types extends Record<ValueTypeName, unknown>, Entry> = Entry extends {
  encrypted: { type: infer T extends ValueTypeName }
}
  ? Types[T]
  : unknown
type OfField<Types extends Record<ValueTypeName, unknown>, Entry> = Entry extends { list: true }
  ? OfType<Types, Entry>[]
  : OfType<Types, Entry>

/** A value of an encrypted field that is to be sealed. */
export type PlainValue<M extends ModelMap, N extends keyof M['models'], F extends keyof FieldsOf<M, N>> = OfField<
  WrittenTypes,
  FieldsOf<M, N>[F]
>

/** A value of an encrypted field as it is read. */
export type OpenedValue<M extends ModelMap, N extends keyof M['models'], F extends keyof FieldsOf<M, N>> = OfField<
  ReadTypes,
  FieldsOf<M, N>[F]
>

/** The index columns over a field. */
export type IndexName<M extends ModelMap, N extends keyof M['models'], F> = string extends keyof FieldsOf<M, N>
  ? string
  : {
      [I in keyof FieldsOf<M, N> & string]: FieldsOf<M, N>[I] extends { index: { source: F } } ? I : never
    }[keyof FieldsOf<M, N> & string]

/** The encrypted fields that have an index. */
export type IndexedFieldName<M extends ModelMap, N extends keyof M['models']> = string extends keyof FieldsOf<M, N>
  ? string
  : {
      [F in keyof FieldsOf<M, N> & string]: IndexName<M, N, F> extends never ? never : F
    }[keyof FieldsOf<M, N> & string]

/** The encrypted field behind a key of a raw row: by the field's name, or the column's. */
type FieldOfKey<M extends ModelMap, N extends keyof M['models'], K> = string extends keyof FieldsOf<M, N>
  ? never
  : {
      [F in keyof FieldsOf<M, N>]: FieldsOf<M, N>[F] extends { encrypted: object }
        ? K extends F | FieldsOf<M, N>[F]['column' & keyof FieldsOf<M, N>[F]]
          ? F
          : never
        : never
    }[keyof FieldsOf<M, N>]

/** A raw row with its encrypted columns opened; other columns, and NULLs, stay as they are. */
export type OpenedRow<M extends ModelMap, N extends keyof M['models'], R> = {
  [K in keyof R]: FieldOfKey<M, N, K> extends infer F extends keyof FieldsOf<M, N>
    ? [F] extends [never]
      ? R[K]
      : OpenedValue<M, N, F> | (null extends R[K] ? null : never) | Extract<R[K], undefined>
    : R[K]
}
