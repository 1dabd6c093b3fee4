import type { TableRewraps } from '../keys/index.js'
import {
  agreeing,
  type JobReport,
  type KeyRecords,
  MovedKeys,
  placementDecider,
  prefixVerb,
  wrappingDecider,
} from '../operations/index.js'
import type { OptionNames } from '../options/known-options.js'
import type { ModelMap } from '../schema/model-map.js'
import type { TenantId } from '../tenancy/index.js'
import { chosenFields, sweepTarget } from './jobs/chosen-fields.js'
import { type JobBase, jobEntries, jobTenant, kmsThrottle, runJob, tablesFor } from './jobs/job.js'
import { type ChangingJobOptions, checkJobOptions, invalid, JOB_OPTIONS } from './jobs/job-options.js'
import { recordsFor } from './keys/key-records.js'
import type { EncryptedFieldPath, EncryptedModelName } from './model-types.js'

/** How `$encryption.rewrap` goes about it. */
export interface RewrapOptions<M extends ModelMap = ModelMap> extends ChangingJobOptions<M> {
  /** Only this tenant's data keys. Default: those of the tenant that the client is bound to, else of all. */
  tenant?: TenantId
  /** Only rows of these models, and not the key table. Default: all models with encrypted fields, and the key table. */
  models?: readonly EncryptedModelName<M>[]
  /** Only these fields, as `Patient.email`, and not the key table. Default: all encrypted fields of the models. */
  fields?: readonly EncryptedFieldPath<M>[]
  /**
   * Whether each new wrapped key is unwrapped, and compared with the data key that it is for, before it is written. `false` is
   * for a job without `kms:Decrypt`: each wrapped key is then replaced by what KMS made of it, and of it alone. Default: `true`.
   */
  verify?: boolean
  /**
   * Moves values there instead: into the key table (`table`), or out of it (`inline`). No value is read, and data keys stay wrapped as
   * they are. Default: nothing is moved.
   */
  placement?: 'inline' | 'table'
  /** Whether the key table is rewrapped, too. Default: if neither `models`, `fields` nor `partition` is given. */
  keyTable?: boolean
}

/** What `$encryption.rewrap` has done. */
export interface RewrapReport extends JobReport {
  /** Whether what was written has been unwrapped first: not with `verify: false`. */
  readonly verified: boolean
  /** How many rows of the key table were rewrapped (in a dry run: would be), needed it not, and failed. */
  readonly keyTable?: TableRewraps
}

const OPTIONS: OptionNames<RewrapOptions> = {
  ...JOB_OPTIONS,
  dryRun: true,
  verify: true,
  keyTable: true,
  placement: true,
}
const VERB = '$encryption.rewrap'

/** `$encryption.rewrap`. @param records the key table, if the schema has one. */
export async function rewrap(
  base: JobBase,
  records: KeyRecords | undefined,
  options: RewrapOptions = {},
): Promise<RewrapReport> {
  checkJobOptions(VERB, options, OPTIONS)
  if (options.placement !== undefined) return moved(base, records, options, options.placement)
  const { runtime } = base
  const job = { verb: 'rewrap', options }
  const { models, fields, partition, signal, dryRun = false, verify = true } = options
  const tenant = jobTenant(runtime, job)
  const targets = chosenFields(VERB, runtime, options).map(sweepTarget)
  tablesFor(base, job)
  const isWhole = models === undefined && fields === undefined && partition === undefined
  const withKeyTable = (options.keyTable ?? isWhole) && runtime.keyTable !== undefined
  const keyTable = withKeyTable ? await runtime.keys.rewrapTable(tenant, dryRun) : undefined
  // Several machines agree on it, also if each has its own part of the rows.
  const kept = jobEntries(base, { ...job, options: { ...options, partition: undefined } })
  // Without proof, what another process has stored is not used.
  const keys =
    kept === undefined || !verify ? runtime.keys : agreeing(runtime.keys, kept.entries, runtime.app, kept.name)
  const decider = wrappingDecider({ keys, tenant, dryRun, proves: verify, kms: kmsThrottle(job), signal })
  const verb = prefixVerb(decider, { dryRun })
  const report = await runJob(base, job, targets, verb, { tenant: tenant ?? null, verify })
  return { ...report, verified: verify, ...(keyTable !== undefined && { keyTable }) }
}

async function moved(
  base: JobBase,
  records: KeyRecords | undefined,
  options: RewrapOptions,
  placement: 'inline' | 'table',
): Promise<RewrapReport> {
  const { runtime } = base
  if (placement !== 'inline' && placement !== 'table') throw invalid(VERB, "`placement` must be 'inline' or 'table'")
  if (options.verify === false) throw invalid(VERB, 'nothing is moved that was not unwrapped: leave out `verify`')
  if (options.keyTable === true) throw invalid(VERB, 'with `placement` nothing is rewrapped: leave out `keyTable`')
  const table = recordsFor(VERB, records)
  // Its position is not that of a rewrap.
  const job = { verb: 'rewrap', options: { ...options, checkpoint: options.checkpoint ?? `rewrap-${placement}` } }
  const { signal, dryRun = false } = options
  const tenant = jobTenant(runtime, job)
  const targets = chosenFields(VERB, runtime, options).map(sweepTarget)
  // A table that is missing or forbidden is no fault of the rows. While they are visited, the database is waited for.
  await table.page(undefined, undefined, 1)
  const { app, keys } = runtime
  const shared = { app, keys, dryRun, kms: kmsThrottle(job), signal }
  const keyRows = new MovedKeys(records ?? table, { ...shared, now: Date.now })
  const decider = placementDecider({ ...shared, tenant, placement, moved: keyRows })
  const report = await runJob(base, job, targets, prefixVerb(decider, { dryRun }), {
    tenant: tenant ?? null,
    placement,
  })
  return { ...report, verified: true }
}
