import type { WrappedKey } from '../../envelope/index.js'
import { andThen, type MaybePromise } from '../../promises/maybe-promise.js'
import type { DataKey, FoundKey } from '../data-key.js'
import { unpackWrappedKey } from '../packed-wrapped-key.js'
import type { SealingGrant } from '../sealing/grant.js'
import type { KeyRows } from '../table/key-rows.js'
import type { KeyTable, Sections } from '../table/key-table.js'
import { RowLookups } from '../table/row-lookups.js'
import type { CallKeys } from './call-keys.js'

/** What an interactive transaction needs of the data keys. */
interface Keys {
  grant(tenant: string, sizes: readonly number[], outside: boolean): MaybePromise<SealingGrant>
  open(
    id: string,
    tenant: string,
    wrappedKey: WrappedKey | undefined,
    look: () => MaybePromise<FoundKey>,
  ): MaybePromise<DataKey>
}

/**
 * The data keys from inside an interactive transaction. Nothing here waits for a connection outside of it, which might be
 * the only one: a key of the key table seals if it is in memory, else a value is sealed inline.
 */
export class TransactionKeys implements CallKeys {
  readonly #lookups: RowLookups
  readonly #sections: Sections

  constructor(
    private readonly keys: Keys,
    private readonly table: KeyTable,
    rows: KeyRows,
    transaction: string,
  ) {
    this.#lookups = new RowLookups(rows)
    this.#sections = table.sectionsOf(transaction)
  }

  forSealing(tenant: string, sizes: readonly number[]): MaybePromise<SealingGrant> {
    return andThen(this.keys.grant(tenant, sizes, false), (grant) => {
      if (grant.placement === 'table') this.#sections.set(grant.key.id, unpackWrappedKey(grant.key.wrappedKey))
      return grant
    })
  }

  forOpening(id: string, tenant: string, wrappedKey: WrappedKey | undefined): MaybePromise<DataKey> {
    return this.keys.open(id, tenant, wrappedKey, () =>
      this.table.findInside(this.#lookups, this.#sections, id, tenant),
    )
  }
}
