import { importRecords, type KeyImportReport, type KeyRecords } from '../../operations/index.js'
import { type OptionNames, refuseUnknownOptions } from '../../options/known-options.js'
import type { EncryptionRuntime } from '../../prisma/runtime.js'
import type { TenantId } from '../../tenancy/index.js'
import { ownerWithin } from './export-keys.js'
import { recordsFor } from './key-records.js'

/** How `$encryption.importKeys` goes about it. */
export interface ImportKeysOptions {
  /** Only this tenant's rows. Default: the tenant that the client is bound to, else all. */
  tenant?: TenantId
  /** Whether a tombstone of the file erases the data key that is in the table. That cannot be undone. Default: `false`. */
  tombstones?: boolean
  /** Counts what would be done, and changes nothing. Default: `false`. */
  dryRun?: boolean
}

const OPTIONS: OptionNames<ImportKeysOptions> = { tenant: true, tombstones: true, dryRun: true }

/** `$encryption.importKeys`. */
export async function importKeys(
  runtime: EncryptionRuntime,
  records: KeyRecords | undefined,
  lines: Iterable<string> | AsyncIterable<string>,
  options: ImportKeysOptions = {},
): Promise<KeyImportReport> {
  refuseUnknownOptions('$encryption.importKeys', options, OPTIONS)
  const { tombstones = false, dryRun = false } = options
  const erased = new Set<string>()
  try {
    return await importRecords(recordsFor('$encryption.importKeys', records), lines, {
      app: runtime.app,
      owner: ownerWithin(runtime, options.tenant),
      tombstones,
      dryRun,
      now: new Date(),
      erased: (tenant) => erased.add(tenant),
    })
  } finally {
    if (!dryRun) for (const tenant of erased) runtime.keys.evict(tenant)
  }
}
