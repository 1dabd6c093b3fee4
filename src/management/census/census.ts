import { EnvelopeConfigError } from '../../errors.js'
import { CmkNames, type CountTables, census as count } from '../../operations/index.js'
import { type OptionNames, refuseUnknownOptions } from '../../options/known-options.js'
import { canonicalTenant } from '../../prisma/query/index.js'
import type { EncryptionRuntime } from '../../prisma/runtime.js'
import type { ModelMap } from '../../schema/model-map.js'
import type { TenantId } from '../../tenancy/index.js'
import { withinBounds } from '../bounds.js'
import type { EncryptedModelName } from '../model-types.js'
import { answered } from './answered.js'
import { type CensusReport, totalsOf } from './report.js'
import { countedKeys, countTargets } from './targets.js'

/** What `$encryption.census` counts, and what it tells apart. */
export interface CensusOptions<M extends ModelMap = ModelMap> {
  /** Only this tenant's values. Default: those of the tenant that the client is bound to, else of all. */
  tenant?: TenantId
  /** Only values of these models, and not the key table. Default: all models with encrypted fields, and the key table. */
  models?: readonly EncryptedModelName<M>[]
  /** Only the field of this name, in each of these models. */
  field?: string
  /** What is told apart beside model, field, CMK, key material, suite and placement. Default: `['tenant']`. */
  by?: readonly ('tenant' | 'data-key')[]
  /** How many groups are told apart for each field, at most: the largest. The others are summed up. Default: 2,000. */
  maxGroups?: number
  /** Tenants whose CMKs are named too. Default: those that are seen; without `'tenant'` in `by`, none are seen. */
  tenants?: Iterable<TenantId>
  /** Whether KMS is asked what the configured CMKs are: one DescribeKey for each. Default: `true`. */
  describe?: boolean
  /** How many KMS calls to make in a second, at most. Default: no limit of its own. */
  kmsCallsPerSecond?: number
  /** Stops after the field that is under way. */
  signal?: AbortSignal
  /** Called before each field is counted. */
  onProgress?: (progress: CensusProgress) => void
}

/** How far a census is. */
export interface CensusProgress {
  /** The model. */
  readonly model: string
  /** The field that is about to be counted. */
  readonly field: string
  /** How many fields have been. */
  readonly done: number
  /** How many there are. */
  readonly all: number
}

const OPTIONS: OptionNames<CensusOptions> = {
  tenant: true,
  models: true,
  field: true,
  by: true,
  maxGroups: true,
  tenants: true,
  describe: true,
  kmsCallsPerSecond: true,
  signal: true,
  onProgress: true,
}

const MAX_GROUPS = 2_000
const MOST_GROUPS = 100_000

/** `$encryption.census`. */
export async function census<M extends ModelMap>(
  runtime: EncryptionRuntime,
  tables: CountTables | undefined,
  options: CensusOptions<M> = {},
): Promise<CensusReport> {
  checkOptions(options)
  const takenAt = new Date().toISOString()
  const { models, field, by = ['tenant'], maxGroups = MAX_GROUPS, signal, onProgress } = options
  const { bound } = runtime.context()
  const tenant = options.tenant === undefined ? bound : withinBounds(runtime, options.tenant)
  const targets = countTargets(runtime, models, field)
  if (tables === undefined) throw unsupported(runtime.models.provider)
  const counted = await answered('$encryption.census', () =>
    count(tables, targets, {
      tenant,
      byTenant: by.includes('tenant'),
      byDataKey: by.includes('data-key'),
      most: maxGroups,
      keys: countedKeys(runtime),
      countsKeys: models === undefined && field === undefined,
      signal,
      onField: onProgress,
    }),
  )
  // A misspelt tenant has no values either.
  if (tenant !== undefined && counted.finished && counted.values.length === 0) await runtime.keys.known.of(tenant)
  const names = new CmkNames()
  runtime.keys.known.refresh()
  for (const { wrapTag, named } of counted.keys ?? []) {
    if (wrapTag !== undefined && named !== undefined) names.learn(wrapTag, named)
  }
  const tenants = new Set([...(options.tenants ?? [])].map((one) => canonicalTenant(runtime.models, one)))
  for (const group of [...counted.values, ...(counted.keys ?? [])]) {
    if (group.tenant !== undefined) tenants.add(group.tenant)
  }
  if (tenant !== undefined) tenants.add(tenant)
  const { describe: describes = true, kmsCallsPerSecond } = options
  await names.ask(runtime.keys.known, tenants, { describes, kmsCallsPerSecond, signal })
  const groups = counted.values.map(({ wrapTag, ...group }) => ({
    ...group,
    ...names.of(wrapTag, group.tenant ?? tenant),
  }))
  const keys = counted.keys?.map(({ wrapTag, named: _named, ...group }) => ({
    ...group,
    ...names.of(wrapTag, group.tenant ?? tenant),
  }))
  return {
    takenAt,
    finished: counted.finished && signal?.aborted !== true,
    totals: totalsOf(groups),
    groups,
    ...(keys !== undefined && { keyTable: keys }),
  }
}

function checkOptions<M extends ModelMap>(options: CensusOptions<M>): void {
  refuseUnknownOptions('$encryption.census', options, OPTIONS)
  const { by = [], maxGroups = MAX_GROUPS, kmsCallsPerSecond } = options
  const unknown = by.find((one) => one !== 'tenant' && one !== 'data-key')
  if (unknown !== undefined) throw invalid("`by` may have 'tenant' and 'data-key'")
  if (!(Number.isInteger(maxGroups) && maxGroups > 0 && maxGroups <= MOST_GROUPS))
    throw invalid(`\`maxGroups\` must be a whole number from 1 to ${MOST_GROUPS}`)
  if (kmsCallsPerSecond !== undefined && !(Number.isFinite(kmsCallsPerSecond) && kmsCallsPerSecond > 0))
    throw invalid('`kmsCallsPerSecond` must be a number above 0')
}

function invalid(what: string): EnvelopeConfigError {
  return new EnvelopeConfigError('ENVELOPE_CONFIG_INVALID', `$encryption.census: ${what}.`)
}

function unsupported(provider: string): EnvelopeConfigError {
  return new EnvelopeConfigError(
    'ENVELOPE_CONFIG_INVALID',
    `$encryption.census does not run on ${provider}: it needs PostgreSQL, MySQL, MariaDB or SQLite.`,
  )
}
