import type { ModelMap } from '../../schema/model-map.js'
import type { FieldsOf, OrderedField } from './row-types.js'

/** A filter as in `findMany`: its fields are those of the model. Its values are Prisma's to check. */
export type SearchWhere<M extends ModelMap, N extends keyof M['models']> = string extends keyof M['models']
  ? object
  : { readonly [F in keyof FieldsOf<M, N> | 'AND' | 'OR' | 'NOT']?: unknown }

/** `'asc'`, `'desc'`, or with the place of NULLs. By default that is the database's: last on PostgreSQL in ascending order, else first. */
export type SearchSort =
  | 'asc'
  | 'desc'
  | {
      /** Smallest first, or largest first. */
      readonly sort: 'asc' | 'desc'
      /** Where rows without a value come. */
      readonly nulls?: 'first' | 'last' | undefined
    }

/** One entry of `orderBy`: one field, encrypted or not. */
export type SearchOrder<M extends ModelMap, N extends keyof M['models']> = {
  readonly [F in OrderedField<M, N>]?: SearchSort | undefined
}

/** The primary key of the last row of a page, as JSON can hold it. It contains no encrypted value. */
export type SearchCursor = Readonly<Record<string, string | number | boolean>>

/** One page of a search. */
export interface SearchResult<Row> {
  /** In order. Each has its primary key, and what was selected. */
  rows: Row[]
  /** To be passed to the next search, where there are more rows. */
  cursor?: SearchCursor
}
