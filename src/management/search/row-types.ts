import type { ModelMap } from '../../schema/model-map.js'
import type { JsonValue } from '../model-types.js'

/** Types of rows, derived from a model map. If the compiler does not know the map, any name is allowed. */

export type FieldsOf<M extends ModelMap, N extends keyof M['models']> = M['models'][N]['fields']

/** Prisma's scalar types, as they are read. An enum is read as one of its names. */
interface Scalars {
  String: string
  Int: number
  Float: number
  BigInt: bigint
  Boolean: boolean
  DateTime: Date
  Json: JsonValue
  Bytes: Uint8Array<ArrayBuffer>
  Decimal: DecimalValue
}

/** As much of a `Prisma.Decimal` as is there whatever client was generated. */
export interface DecimalValue {
  /** All of its digits. */
  toFixed(places?: number): string
  /** What is nearest to it. */
  toNumber(): number
  /** As JavaScript writes numbers. */
  toString(): string
}

type Scalar<T> = T extends keyof Scalars ? Scalars[T] : string
type Listed<Entry, Value> = Entry extends { list: true } ? Value[] : Value
type OrNull<Entry> = Entry extends { optional: true } ? null : never

/** The value of a scalar field as it is read. */
export type FieldValue<Entry> = Entry extends { kind: 'scalar'; type: infer T }
  ? Listed<Entry, Scalar<T>> | OrNull<Entry>
  : never

/** The fields by which rows can be ordered: neither relations, lists nor documents. */
export type OrderedField<M extends ModelMap, N extends keyof M['models']> = string extends keyof FieldsOf<M, N>
  ? string
  : {
      [F in keyof FieldsOf<M, N> & string]: FieldsOf<M, N>[F] extends
        | { kind: 'relation' }
        | { list: true }
        | { type: 'Json' }
        ? never
        : F
    }[keyof FieldsOf<M, N> & string]

/** A selection as in `findMany`: fields, and relations with a selection of their own. */
export type SearchSelect<M extends ModelMap, N extends keyof M['models']> = string extends keyof FieldsOf<M, N>
  ? object
  : {
      readonly [F in keyof FieldsOf<M, N>]?: FieldsOf<M, N>[F] extends {
        kind: 'relation'
        model: infer T extends string
      }
        ? boolean | RelationSelect<M, T> | undefined
        : boolean | undefined
    } & {
      /** How many rows relations lead to. */
      readonly _count?: boolean | { readonly select: Readonly<Record<string, unknown>> } | undefined
    }

interface RelationSelect<M extends ModelMap, N extends string> {
  /** Fields and relations of it. Default: all of its fields. */
  readonly select?: SearchSelect<M, N> | undefined
  /** As in `findMany`. */
  readonly where?: object | undefined
  /** As in `findMany`. */
  readonly orderBy?: object | readonly object[] | undefined
  /** As in `findMany`. */
  readonly take?: number | undefined
  /** As in `findMany`. */
  readonly skip?: number | undefined
}

/** What is neither left out nor `false`. */
type Chosen<S> = { [F in keyof S]: S[F] extends true | object ? F : never }[keyof S]

type SelectedField<M extends ModelMap, Entry, S> = Entry extends { kind: 'relation'; model: infer T extends string }
  ?
      | Listed<Entry, S extends { select: infer Below extends object } ? Selected<M, T, Below> : WholeRow<M, T>>
      | OrNull<Entry>
  : FieldValue<Entry>

type Selected<M extends ModelMap, N extends keyof M['models'], S> = {
  [F in Chosen<S>]: F extends keyof FieldsOf<M, N>
    ? SelectedField<M, FieldsOf<M, N>[F], S[F]>
    : F extends '_count'
      ? Record<string, number>
      : unknown
}

/** A row with all that Prisma reads of it by default. */
type WholeRow<M extends ModelMap, N extends keyof M['models']> = {
  [F in keyof FieldsOf<M, N> as FieldsOf<M, N>[F] extends { kind: 'scalar' } ? F : never]: FieldValue<FieldsOf<M, N>[F]>
}

/** The primary key of a row. */
export type KeyOf<M extends ModelMap, N extends keyof M['models']> = {
  [F in M['models'][N]['key'][number]]: F extends keyof FieldsOf<M, N> ? FieldValue<FieldsOf<M, N>[F]> : unknown
}

/** A row that was found: its primary key, and what was selected. */
export type SearchRow<M extends ModelMap, N extends keyof M['models'], S> = string extends keyof M['models']
  ? Record<string, unknown>
  : { [F in keyof (KeyOf<M, N> & Selected<M, N, S>)]: (KeyOf<M, N> & Selected<M, N, S>)[F] }
