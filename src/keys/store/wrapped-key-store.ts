import type { WrappedKey } from '../../envelope/index.js'
import type { MaybePromise } from '../../promises/maybe-promise.js'

/** Whose values a data key seals. */
export interface KeyOwner {
  readonly tenant: string
}

/** Where wrapped keys live: what a data key is sealed with, and found by, when it is not in memory. */
export interface WrappedKeyStore {
  /**
   * The data key under which an owner's new values are to be sealed.
   *
   * @param generate has KMS generate one. What it returns must be stored before it seals anything: a value whose wrapped key
   *   is lost cannot be opened again.
   */
  obtain<Generated>(owner: KeyOwner, generate: () => Promise<Generated>): Promise<Generated>

  /**
   * The wrapped key of the data key with this id (hexadecimal), to open an envelope.
   *
   * @param carried what the envelope itself carries.
   */
  find(id: string, carried: WrappedKey): MaybePromise<WrappedKey>
}
