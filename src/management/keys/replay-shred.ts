import { type KeyRecords, type ReplayReport, replayErased, systemTimer } from '../../operations/index.js'
import { type OptionNames, refuseUnknownOptions } from '../../options/known-options.js'
import type { EncryptionRuntime } from '../../prisma/runtime.js'
import type { TenantId } from '../../tenancy/index.js'
import { ownerWithin } from './export-keys.js'
import { recordsFor } from './key-records.js'
import { type ErasureWait, waitOf } from './shred.js'

/** How `$encryption.replayShred` goes about it. */
export interface ReplayShredOptions extends ErasureWait {
  /** Only this tenant's keys. Default: the tenant that the client is bound to, else all. */
  tenant?: TenantId
  /** Counts what would be erased, and changes nothing. Default: `false`. */
  dryRun?: boolean
}

const OPTIONS: OptionNames<ReplayShredOptions> = {
  tenant: true,
  dryRun: true,
  wait: true,
  transactionTimeout: true,
  signal: true,
  onWait: true,
}

const VERB = '$encryption.replayShred'

/** `$encryption.replayShred`. */
export async function replayShred(
  runtime: EncryptionRuntime,
  records: KeyRecords | undefined,
  lines: Iterable<string> | AsyncIterable<string>,
  options: ReplayShredOptions = {},
): Promise<ReplayReport> {
  refuseUnknownOptions(VERB, options, OPTIONS)
  const { dryRun = false, signal, onWait } = options
  return replayErased(recordsFor(VERB, records), systemTimer, lines, {
    app: runtime.app,
    owner: ownerWithin(runtime, options.tenant),
    dryRun,
    wait: waitOf(VERB, runtime, options),
    signal,
    onWait,
    now: new Date(),
    evict: (tenant) => runtime.keys.evict(tenant),
  })
}
