import { LRUCache } from 'lru-cache'
import type { WrappedKey } from '../../envelope/index.js'
import { EnvelopeError } from '../../errors.js'
import type { FoundKey } from '../data-key.js'
import type { KeyRow, KeyRows } from './key-rows.js'
import { keyTableUnavailable } from './key-table-failure.js'
import { wrappedKeyIn } from './openable-row.js'
import { RowLookups } from './row-lookups.js'

/** Interactive transactions whose sections are kept: an entry goes with the oldest, not with the transaction's end. */
const MAX_TRANSACTIONS = 1_000

/** Wrapped keys by data-key id. */
export type Sections = Map<string, WrappedKey>

/** What of the key table is needed to open values. */
export class KeyTable {
  readonly #outside: RowLookups
  readonly #sections = new LRUCache<string, Sections>({ max: MAX_TRANSACTIONS })

  /** @param found told of each row that was read outside of transactions. */
  constructor(
    readonly rows: KeyRows,
    private readonly app: string,
    private readonly found: (row: KeyRow, wrappedKey: WrappedKey) => void,
  ) {
    this.#outside = new RowLookups(rows)
  }

  /** The wrapped key of a data key. */
  async find(id: string, tenant: string): Promise<FoundKey> {
    const { row, wrappedKey } = await this.#read(this.#outside, id, tenant)
    this.found(row, wrappedKey)
    return { wrappedKey, isSeen: true }
  }

  /** The same by a transaction's own client: another connection might have to wait for this transaction to end. */
  async findInside(lookups: RowLookups, sections: Sections, id: string, tenant: string): Promise<FoundKey> {
    const kept = sections.get(id)
    // The id is what a row says: a value that was copied from another tenant's names that tenant's key.
    if (kept?.context.tenant === tenant) return { wrappedKey: kept, isSeen: false }
    return { wrappedKey: (await this.#read(lookups, id, tenant)).wrappedKey, isSeen: true }
  }

  /**
   * What a transaction has sealed under, to be read by itself: its snapshot may be older than the key's row.
   *
   * @param transaction its id.
   */
  sectionsOf(transaction: string): Sections {
    const earlier = this.#sections.get(transaction)
    if (earlier !== undefined) return earlier
    const sections: Sections = new Map()
    this.#sections.set(transaction, sections)
    return sections
  }

  async #read(lookups: RowLookups, id: string, tenant: string): Promise<{ row: KeyRow; wrappedKey: WrappedKey }> {
    try {
      const row = await lookups.find(id)
      const wrappedKey = wrappedKeyIn(row, this.app, tenant)
      if (row === undefined) throw new Error('a row was not found, and has a wrapped key')
      return { row, wrappedKey }
    } catch (error) {
      throw error instanceof EnvelopeError ? error : keyTableUnavailable(tenant, error)
    }
  }
}
