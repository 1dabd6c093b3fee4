import { ownerOf } from '../../keys/index.js'
import { allRecords, type KeyRecords, recordLine } from '../../operations/index.js'
import { type OptionNames, refuseUnknownOptions } from '../../options/known-options.js'
import type { EncryptionRuntime } from '../../prisma/runtime.js'
import type { TenantId } from '../../tenancy/index.js'
import { withinBounds } from '../bounds.js'
import { recordsFor } from './key-records.js'

/** Which rows `$encryption.exportKeys` writes out. */
export interface ExportKeysOptions {
  /** Only this tenant's. Default: the tenant that the client is bound to, else all. */
  tenant?: TenantId
}

const OPTIONS: OptionNames<ExportKeysOptions> = { tenant: true }

/** `$encryption.exportKeys`. */
export async function* exportKeys(
  runtime: EncryptionRuntime,
  records: KeyRecords | undefined,
  options: ExportKeysOptions = {},
): AsyncGenerator<string> {
  refuseUnknownOptions('$encryption.exportKeys', options, OPTIONS)
  const owner = ownerWithin(runtime, options.tenant)
  let isEmpty = true
  for await (const record of allRecords(recordsFor('$encryption.exportKeys', records), owner)) {
    isEmpty = false
    yield recordLine(record)
  }
  // A misspelt tenant has no rows either.
  if (isEmpty && options.tenant !== undefined) await runtime.keys.known.of(withinBounds(runtime, options.tenant))
}

/** The owner of a tenant's rows; `undefined` for all tenants'. */
export function ownerWithin(runtime: EncryptionRuntime, given: TenantId | undefined): string | undefined {
  const tenant = given === undefined ? runtime.context().bound : withinBounds(runtime, given)
  return tenant === undefined ? undefined : ownerOf(runtime.app, tenant)
}
