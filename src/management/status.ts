import { databaseOf } from '../databases/index.js'
import { EnvelopeError, type EnvelopeErrorCode } from '../errors.js'
import type { CountTables, StoredJob } from '../operations/index.js'
import { type OptionNames, refuseUnknownOptions } from '../options/known-options.js'
import { canonicalTenant } from '../prisma/query/index.js'
import type { EncryptionRuntime } from '../prisma/runtime.js'
import type { TenantId } from '../tenancy/index.js'
import { census } from './census/census.js'
import type { CensusGroup, CensusTotals } from './census/report.js'

/** What `$encryption.status` looks at. */
export interface StatusOptions {
  /** Tenants whose CMKs are looked at though there may be no value of theirs. */
  tenants?: Iterable<TenantId>
  /** How many KMS calls to make in a second, at most: one DescribeKey for each CMK of the tenants that are named. Default: no limit of its own. */
  kmsCallsPerSecond?: number
}

/** A model with encrypted fields. */
export interface ModelStatus {
  /** Its name. */
  readonly model: string
  /** Its encrypted fields. */
  readonly fields: readonly string[]
  /** Its index columns. */
  readonly indexes: readonly string[]
}

/** A tenant, by what its values say. */
export interface TenantStatus {
  /** The tenant. */
  readonly tenant: string
  /** How many values it has. */
  readonly values: number
  /** How many of these are wrapped under another CMK than its current one, or under old key material. */
  readonly outdated: number
  /** Its current CMK, as the configuration names it. */
  readonly cmk?: string
  /** The state of that CMK, as KMS has it: `Enabled`; or the code of the error that it answered with. */
  readonly state?: string
}

/** A job that has begun and is not done. */
export interface JobStatus {
  /** The name under which it keeps its position. */
  readonly job: string
  /** The model that it is at, and the primary key that it is after; left out where it has not said so. */
  readonly position?: { readonly model: string; readonly after?: readonly string[] }
  /** When it last said so, in ISO 8601. */
  readonly changedAt: string
}

/** What `$encryption.status` has found. */
export interface Status {
  /** The option `app`. */
  readonly app: string
  /** The database. */
  readonly database: string
  /** The models with encrypted fields. */
  readonly models: readonly ModelStatus[]
  /** Whether the schema has a key table. */
  readonly keyTable: boolean
  /** Sums of a census. */
  readonly totals: CensusTotals
  /** How many tenants there are that have values. */
  readonly tenantCount: number
  /** The first 20 of them: those with most values that are out of date, then the largest. */
  readonly tenants: readonly TenantStatus[]
  /** Jobs that are not done, where the schema has a model for them. */
  readonly jobs: readonly JobStatus[]
}

const OPTIONS: OptionNames<StatusOptions> = { tenants: true, kmsCallsPerSecond: true }
const LISTED = 20

/** `$encryption.status`. */
export async function status(
  runtime: EncryptionRuntime,
  counts: CountTables | undefined,
  storedJobs: (() => Promise<StoredJob[]>) | undefined,
  options: StatusOptions = {},
): Promise<Status> {
  refuseUnknownOptions('$encryption.status', options, OPTIONS)
  const { kmsCallsPerSecond } = options
  const { models, app, keyTable } = runtime
  const named = [...(options.tenants ?? [])].map((tenant) => canonicalTenant(models, tenant))
  const { groups, totals } = await census(runtime, counts, {
    tenants: named,
    ...(kmsCallsPerSecond !== undefined && { kmsCallsPerSecond }),
  })
  const tenants = tenantsOf(groups, named)
  const listed: TenantStatus[] = []
  for (const tenant of tenants.slice(0, LISTED)) listed.push({ ...tenant, ...(await cmkOf(runtime, tenant.tenant)) })
  return {
    app,
    database: databaseOf(models.provider)?.name ?? models.provider,
    models: models.all.flatMap(({ name, encrypted, indexColumns, unopened }) =>
      encrypted.size === 0 || unopened !== undefined
        ? []
        : [{ model: name, fields: [...encrypted.keys()], indexes: [...indexColumns] }],
    ),
    keyTable: keyTable !== undefined,
    totals,
    tenantCount: tenants.filter(({ values }) => values > 0).length,
    tenants: listed,
    jobs: runtime.context().bound === undefined ? ((await storedJobs?.()) ?? []) : [],
  }
}

function tenantsOf(groups: readonly CensusGroup[], named: readonly string[]): TenantStatus[] {
  const all = new Map<string, { values: number; outdated: number }>(
    named.map((tenant) => [tenant, { values: 0, outdated: 0 }]),
  )
  for (const { tenant, values, current } of groups) {
    if (tenant === undefined) continue
    const sums = all.get(tenant) ?? { values: 0, outdated: 0 }
    all.set(tenant, { values: sums.values + values, outdated: sums.outdated + (current === false ? values : 0) })
  }
  return [...all]
    .map(([tenant, sums]) => ({ tenant, ...sums }))
    .sort((a, b) => b.outdated - a.outdated || b.values - a.values)
}

/** What the census has had described is not asked about again. */
async function cmkOf({ keys }: EncryptionRuntime, tenant: string): Promise<Pick<TenantStatus, 'cmk' | 'state'>> {
  let cmk: string | undefined
  try {
    const cmks = await keys.known.of(tenant)
    cmk = cmks.current
    return { cmk, state: (await keys.known.describe(tenant, cmks, cmk)).state }
  } catch (error) {
    if (!(error instanceof EnvelopeError)) throw error
    const code: EnvelopeErrorCode = error.code
    return { ...(cmk !== undefined && { cmk }), state: code }
  }
}
