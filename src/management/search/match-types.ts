import type { ModelMap } from '../../schema/model-map.js'
import type { FieldsOf } from './row-types.js'

/** A filter of an encrypted text. All of its conditions must hold. */
export interface TextMatch {
  /** The text itself, or NULL. */
  readonly equals?: string | null | undefined
  /** Not this text, or not what the filter says; `null`: there is a value. */
  readonly not?: string | null | Omit<TextMatch, 'mode'> | undefined
  /** One of these texts. */
  readonly in?: readonly string[] | undefined
  /** None of these texts. */
  readonly notIn?: readonly string[] | undefined
  /** Anywhere in it. The empty text is in every one. */
  readonly contains?: string | undefined
  /** At its beginning. */
  readonly startsWith?: string | undefined
  /** At its end. */
  readonly endsWith?: string | undefined
  /** After this text, in the order of `locale`. */
  readonly gt?: string | undefined
  /** After this text, or the same. */
  readonly gte?: string | undefined
  /** Before this text. */
  readonly lt?: string | undefined
  /** Before this text, or the same. */
  readonly lte?: string | undefined
  /** Whether letter case counts: it comes before the `mode` of the search. */
  readonly mode?: 'default' | 'insensitive' | undefined
}

/** A filter of encrypted bytes. */
export interface BytesMatch {
  /** These bytes, or NULL. */
  readonly equals?: Uint8Array | null | undefined
  /** Not these bytes, or not what the filter says; `null`: there is a value. */
  readonly not?: Uint8Array | null | BytesMatch | undefined
  /** One of these. */
  readonly in?: readonly Uint8Array[] | undefined
  /** None of these. */
  readonly notIn?: readonly Uint8Array[] | undefined
}

interface Matches {
  text: string | null | TextMatch
  bytes: Uint8Array | null | BytesMatch
  json: never
}

type FieldMatch<Entry> = Entry extends { list: true }
  ? never
  : Entry extends { encrypted: { type: infer T extends keyof Matches } }
    ? Matches[T]
    : never

/** The encrypted fields that can be compared: neither lists nor documents. */
type MatchedField<M extends ModelMap, N extends keyof M['models']> = string extends keyof FieldsOf<M, N>
  ? string
  : { [F in keyof FieldsOf<M, N> & string]: FieldMatch<FieldsOf<M, N>[F]> extends never ? never : F }[keyof FieldsOf<
      M,
      N
    > &
      string]

/** What opened values have to meet: `AND`, `OR` and `NOT` over filters of encrypted fields. */
export type SearchMatch<M extends ModelMap, N extends keyof M['models']> = string extends keyof FieldsOf<M, N>
  ? object
  : {
      readonly [F in MatchedField<M, N>]?: FieldMatch<FieldsOf<M, N>[F]> | undefined
    } & {
      /** All of these. */
      readonly AND?: SearchMatch<M, N> | readonly SearchMatch<M, N>[] | undefined
      /** One of these at least. */
      readonly OR?: readonly SearchMatch<M, N>[] | undefined
      /** None of these. */
      readonly NOT?: SearchMatch<M, N> | readonly SearchMatch<M, N>[] | undefined
    }
