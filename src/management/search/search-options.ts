import type { ModelMap } from '../../schema/model-map.js'
import type { EncryptedModelName } from '../model-types.js'
import type { TenantOption } from '../tenant-option.js'
import type { SearchMatch } from './match-types.js'
import type { SearchSelect } from './row-types.js'
import type { SearchCursor, SearchOrder, SearchWhere } from './search-types.js'

/** What `$encryption.search` looks for, and what it returns. All of it may be left out: then all rows of the tenant are returned. */
export interface SearchOptions<
  M extends ModelMap = ModelMap,
  N extends EncryptedModelName<M> = EncryptedModelName<M>,
  S = SearchSelect<M, N>,
> extends TenantOption {
  /** A filter as in `findMany`, which the database applies: plain columns, relations, and encrypted fields that have an index. */
  where?: SearchWhere<M, N> | undefined
  /**
   * What the opened values have to meet: `AND`, `OR` and `NOT` over filters of encrypted fields, such as `{ contains: 'ann' }`. As in SQL,
   * NULL meets no comparison, nor its opposite. `%` and `_` are letters.
   */
  match?: SearchMatch<M, N> | undefined
  /** `'insensitive'`: `match` ignores letter case. A filter's own `mode` comes first. Default: `'default'`. */
  mode?: 'default' | 'insensitive' | undefined
  /** By fields of the model, encrypted or not: `{ name: 'asc' }`, `{ age: { sort: 'desc', nulls: 'last' } }`, or a list of such. Default: by primary key. */
  orderBy?: SearchOrder<M, N> | readonly SearchOrder<M, N>[] | undefined
  /** The language whose order texts have, as a BCP 47 tag: `'de'`. For `orderBy`, and for `gt` and its like in `match`. Default: by code point. */
  locale?: string | undefined
  /** What to read of the rows that are returned, beside their primary key: fields and relations, as in `findMany`. Default: nothing. */
  select?: S | undefined
  /** The `cursor` of the previous page: the rows after it are returned. */
  cursor?: SearchCursor | undefined
  /** The most rows to return. Default: all. */
  take?: number | undefined
  /** Of more rows than this under `where`, none is read. Up to 30,000. Default: 10,000. */
  max?: number | undefined
  /** Ends the search between two pages of rows. */
  signal?: AbortSignal | undefined
}
