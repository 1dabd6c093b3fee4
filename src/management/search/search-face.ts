import type { ModelMap } from '../../schema/model-map.js'
import type { EncryptedModelName } from '../model-types.js'
import type { SearchRow, SearchSelect } from './row-types.js'
import type { SearchOptions } from './search-options.js'
import type { SearchResult } from './search-types.js'

/** The part of `prisma.$encryption` that searches within a tenant. */
export interface SearchFace<M extends ModelMap = ModelMap> {
  /**
   * Searches the rows of one tenant by what their encrypted fields contain, and orders them by it: the rows under `where` are read and
   * opened, a thousand at a time, and tested in this process. It goes through the client that it is called on, also inside a transaction,
   * and reaches what `findMany` reaches there.
   *
   * @example
   * ```ts
   * const { rows, cursor } = await acme.$encryption.search('Patient', {
   *   where: { status: 'ACTIVE' },
   *   match: { OR: [{ name: { contains: q } }, { email: { contains: q } }] },
   *   mode: 'insensitive',
   *   orderBy: { name: 'asc' },
   *   locale: 'de',
   *   select: { name: true, email: true },
   *   take: 20,
   * })
   * ```
   * @returns the rows in order, with their primary keys; and where there are more than `take`, the cursor of the next page.
   * @throws `ENVELOPE_TENANT_REQUIRED` if no tenant is set, `ENVELOPE_SEARCH_TOO_LARGE` if there are more than `max` rows under `where`,
   * before one is read, `ENVELOPE_SEARCH_CURSOR_GONE` if the cursor's row is not under `where` any more, `ENVELOPE_FILTER_UNSUPPORTED` for
   * a field that is not encrypted, or has no order, `ENVELOPE_ARGUMENT_UNKNOWN`, `ENVELOPE_VALUE_INVALID`, `ENVELOPE_TENANT_CONFLICT`,
   * `ENVELOPE_TENANT_UNPROTECTED` on a bound client for a model whose rows all tenants share, without a `where`,
   * `ENVELOPE_CONFIG_INVALID`; for a value that does not open, what `findMany` throws; and the reason of `signal`.
   */
  search<N extends EncryptedModelName<M>, const S extends SearchSelect<M, N> = Record<never, never>>(
    model: N,
    options?: SearchOptions<M, N, S>,
  ): Promise<SearchResult<SearchRow<M, N, S>>>
}
