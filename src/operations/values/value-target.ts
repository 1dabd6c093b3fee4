import type { StoredRow } from '../../databases/index.js'
import type { EnvelopeError } from '../../errors.js'
import type { EncryptedField, EnvelopeAt, IndexField, OpenedEach, SealLeaf, TokenLeaf } from '../../leaves/index.js'
import type { MaybePromise } from '../../promises/maybe-promise.js'
import type { SweepTarget } from '../sweep/parts.js'

/** A model whose values are read. */
export interface ValueTarget extends SweepTarget {
  /** The field behind each of the table's columns. */
  readonly encrypted: readonly EncryptedField[]
  /** The index behind each of its index columns. */
  readonly indexes: readonly IndexField[]
  /**
   * The tenant that owns a row; `undefined` where nothing says so. Throws `EnvelopeTenantError` where the row says what no tenant is
   * called.
   *
   * @param named the tenant that its envelopes name, where they do.
   */
  tenantOf(row: StoredRow, named: () => string | undefined): string | undefined
}

/** How values are opened, sealed and indexed. What lies above implements it, and hands it in. */
export interface ValueCipher {
  /** Each by itself. */
  open(values: readonly EnvelopeAt[]): Promise<(OpenedEach | EnvelopeError)[]>
  seal(leaves: readonly SealLeaf[]): MaybePromise<void>
  fillTokens(leaves: readonly TokenLeaf[]): MaybePromise<void>
}
