import { appTag, decodeWrappedKey, type WrappedKey } from '../../envelope/index.js'
import { EnvelopeKeyError } from '../../errors.js'
import { assertOwnApps } from '../another-apps.js'
import type { KeyRow } from './key-rows.js'
import { ownerOf } from './owner.js'

/**
 * The wrapped key of a row, for a value of this tenant.
 *
 * Throws `ENVELOPE_DATA_KEY_NOT_FOUND`, also for another tenant's row; `ENVELOPE_DATA_KEY_ERASED`, `ENVELOPE_APP_MISMATCH`,
 * and what `decodeWrappedKey` throws.
 */
export function wrappedKeyIn(row: KeyRow | undefined, app: string, tenant: string): WrappedKey {
  if (row === undefined || row.owner !== ownerOf(app, tenant)) throw keyNotFound(tenant)
  if (row.section.length === 0) throw erased(tenant)
  const wrappedKey = decodeWrappedKey(row.wrapTag, row.section)
  // The owner says both already; the section is what KMS authenticates.
  if (wrappedKey.context.tenant !== tenant) throw keyNotFound(tenant)
  assertOwnApps(app, appTag(app), wrappedKey)
  return wrappedKey
}

/** For a value that names a key of a key table, where there is none. */
export function noKeyTable(tenant: string): EnvelopeKeyError {
  return new EnvelopeKeyError(
    'ENVELOPE_DATA_KEY_NOT_FOUND',
    'The data key of this value is in a key table, and this schema has none. Add the models that `prisma-envelope sql --keys` prints, or restore the value if it was damaged.',
    { tenant },
  )
}

function keyNotFound(tenant: string): EnvelopeKeyError {
  return new EnvelopeKeyError(
    'ENVELOPE_DATA_KEY_NOT_FOUND',
    "The key table has no data key of this tenant and application that this value could be opened with. If the value was read from a replica that lags behind, try again. If the key table was restored from a backup that is older than the row, restore its rows from a later one; if the value was copied from another tenant's row, restore the value.",
    { tenant, retryable: true },
  )
}

function erased(tenant: string): EnvelopeKeyError {
  return new EnvelopeKeyError(
    'ENVELOPE_DATA_KEY_ERASED',
    'The data key of this value was erased on purpose, and with it all values that were sealed under it. They cannot be opened again: delete them.',
    { tenant },
  )
}
