import type { WrappedKey } from '../../envelope/index.js'
import type { MaybePromise } from '../../promises/maybe-promise.js'
import type { DataKey } from '../data-key.js'
import type { SealingGrant } from '../sealing/grant.js'

/** The data keys as one call reaches them: outside every transaction, or from inside one. */
export interface CallKeys {
  /**
   * A leased key for some or all of the messages of these sizes (bytes), at least one. Ask again for the rest.
   *
   * Throws or rejects with `ENVELOPE_TENANT_UNKNOWN`, `ENVELOPE_CLOSED`, or the code of what KMS said.
   */
  forSealing(tenant: string, sizes: readonly number[]): MaybePromise<SealingGrant>

  /**
   * The leased key that an envelope names.
   *
   * @param wrappedKey what the envelope carries, of this tenant; `undefined` where it is in the key table.
   *
   * Throws or rejects with `ENVELOPE_DATA_KEY_NOT_FOUND`, `ENVELOPE_DATA_KEY_ERASED`, `ENVELOPE_KEY_TABLE_UNAVAILABLE`,
   * `ENVELOPE_APP_MISMATCH`, `ENVELOPE_CMK_UNTRUSTED`, `ENVELOPE_DATA_KEY_MISMATCH`, `ENVELOPE_UNWRAP_LIMITED`,
   * `ENVELOPE_TENANT_UNKNOWN`, `ENVELOPE_CLOSED`, or the code of what KMS said.
   */
  forOpening(id: string, tenant: string, wrappedKey: WrappedKey | undefined): MaybePromise<DataKey>
}
