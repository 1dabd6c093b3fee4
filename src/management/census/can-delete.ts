import { EnvelopeConfigError } from '../../errors.js'
import {
  type CanDeleteReport,
  type CountTables,
  canDelete as search,
  systemTimer,
  Throttle,
} from '../../operations/index.js'
import { type OptionNames, refuseUnknownOptions } from '../../options/known-options.js'
import { canonicalTenant } from '../../prisma/query/index.js'
import type { EncryptionRuntime } from '../../prisma/runtime.js'
import type { TenantId } from '../../tenancy/index.js'
import { beyondBounds } from '../bounds.js'
import { answered } from './answered.js'
import { countedKeys, countTargets } from './targets.js'

/** How `$encryption.canDelete` goes about it. */
export interface CanDeleteOptions {
  /** Counts the wrapped keys and the KMS calls, and has none unwrapped. Default: `false`. */
  dryRun?: boolean
  /** Tenants whose CMKs and index keys are looked at too: of these there may be no value yet. */
  tenants?: Iterable<TenantId>
  /** How many KMS calls to make in a second, at most. Default: no limit of its own. */
  kmsCallsPerSecond?: number
  /** Stops after the calls that are under way. */
  signal?: AbortSignal
  /** Called now and then: how many wrapped keys have been asked about, and how many there are. */
  onProgress?: (progress: { done: number; all: number }) => void
}

const OPTIONS: OptionNames<CanDeleteOptions> = {
  dryRun: true,
  tenants: true,
  kmsCallsPerSecond: true,
  signal: true,
  onProgress: true,
}

/** `$encryption.canDelete`. */
export async function canDelete(
  runtime: EncryptionRuntime,
  tables: CountTables | undefined,
  key: string,
  options: CanDeleteOptions = {},
): Promise<CanDeleteReport> {
  refuseUnknownOptions('$encryption.canDelete', options, OPTIONS)
  const { dryRun = false, kmsCallsPerSecond, signal, onProgress } = options
  if (kmsCallsPerSecond !== undefined && !(Number.isFinite(kmsCallsPerSecond) && kmsCallsPerSecond > 0))
    throw invalid('`kmsCallsPerSecond` must be a number above 0')
  const { bound } = runtime.context()
  if (bound !== undefined) throw beyondBounds(bound)
  if (tables === undefined)
    throw invalid(`it does not run on ${runtime.models.provider}: it needs PostgreSQL, MySQL, MariaDB or SQLite`)
  const { known, proofs } = runtime.keys
  known.refresh()
  const sought = await proofs.sought(key)
  const tenants = [...(options.tenants ?? [])].map((tenant) => canonicalTenant(runtime.models, tenant))
  return answered('$encryption.canDelete', () =>
    search(sought, {
      tables,
      targets: countTargets(runtime, undefined, undefined),
      keys: countedKeys(runtime),
      known,
      proofs,
      tenants,
      dryRun,
      kms: new Throttle(kmsCallsPerSecond, systemTimer),
      timer: systemTimer,
      signal,
      onProgress,
    }),
  )
}

function invalid(what: string): EnvelopeConfigError {
  return new EnvelopeConfigError('ENVELOPE_CONFIG_INVALID', `$encryption.canDelete: ${what}.`)
}
