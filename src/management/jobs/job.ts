import type { RowKey } from '../../databases/index.js'
import {
  type JobEntries,
  type JobReport,
  KmsThrottle,
  type SweepTarget,
  type SweepVerb,
  type SweptTables,
  storedCheckpoint,
  sweep,
  systemTimer,
  Throttle,
  type ValueCipher,
} from '../../operations/index.js'
import type { EncryptionRuntime } from '../../prisma/runtime.js'
import { withinBounds } from '../bounds.js'
import { type ChangingJobOptions, invalid } from './job-options.js'
import type { Partition } from './partition.js'

/** What jobs run on. */
export interface JobBase {
  readonly runtime: EncryptionRuntime
  /** `undefined` where it is not known how the database visits the rows of a table. */
  readonly tables: SweptTables | undefined
  /** Where positions are kept. `undefined` where the schema has no model for that. */
  readonly entries: JobEntries | undefined
}

/** The job's name among the verbs, and its options, which have been checked. */
export interface Job {
  readonly verb: string
  readonly options: ChangingJobOptions
}

/** The tenant whose rows a job visits; `undefined` for all. Throws `ENVELOPE_TENANT_BOUND`. */
export function jobTenant(runtime: EncryptionRuntime, { options: { tenant } }: Job): string | undefined {
  return tenant === undefined ? runtime.context().bound : withinBounds(runtime, tenant)
}

export function kmsThrottle({ options: { kmsCallsPerSecond } }: Job): Throttle {
  return new Throttle(kmsCallsPerSecond, systemTimer)
}

/** How the values of a job are opened, sealed and indexed. */
export function jobCipher(runtime: EncryptionRuntime, job: Job): ValueCipher {
  const cipher: ValueCipher = {
    open: (values) => runtime.openEach(values, runtime.keys),
    seal: (leaves) => runtime.seal(leaves),
    fillTokens: (leaves) => runtime.fillTokens(leaves),
  }
  if (job.options.kmsCallsPerSecond === undefined) return cipher
  const throttle = new KmsThrottle(kmsThrottle(job), job.options.signal)
  const keys = throttle.keys(runtime.keys)
  return { open: (values) => runtime.openEach(values, keys), ...throttle.sealing(cipher) }
}

/** Where a job's position is kept, and under which name. */
export function jobEntries(
  { entries }: JobBase,
  { verb, options }: Job,
): { entries: JobEntries; name: string } | undefined {
  const { checkpoint: name = verb, dryRun = false, partition } = options
  return name === false || partition !== undefined || dryRun || entries === undefined ? undefined : { entries, name }
}

/**
 * Sweeps the tables. Throws `ENVELOPE_CONFIG_INVALID` on a database whose tables cannot be swept.
 *
 * @param identity what the position is good for, beside the rows that are visited.
 * @param batch how many rows are visited before the position is saved, at most.
 */
export async function runJob(
  base: JobBase,
  job: Job,
  targets: readonly SweepTarget[],
  verb: SweepVerb,
  identity: Readonly<Record<string, unknown>>,
  batch?: number,
): Promise<JobReport> {
  const { options } = job
  const tables = tablesFor(base, job)
  const tenant = jobTenant(base.runtime, job)
  // One that is misspelt has no rows, and nothing would be found wrong with them.
  if (tenant !== undefined) await base.runtime.keys.known.of(tenant)
  const kept = jobEntries(base, job)
  const checkpoint =
    kept &&
    storedCheckpoint(
      kept.entries,
      { app: base.runtime.app, name: kept.name, targets, options: identity },
      options.restart ?? false,
    )
  const { signal, onProgress, rowsPerSecond, partition } = options
  const chosen = partition === undefined ? targets : targetsIn(job, targets, partition)
  return sweep(tables, chosen, verb, { signal, onProgress, rowsPerSecond, checkpoint, batch })
}

/** Of these, the rows of a partition. */
function targetsIn({ verb }: Job, targets: readonly SweepTarget[], { model, after, last }: Partition): SweepTarget[] {
  const target = targets.find((one) => one.model === model)
  const isKey = (key: RowKey | undefined): boolean => key === undefined || key.length === target?.table.key.length
  if (target === undefined || !isKey(after) || !isKey(last))
    throw invalid(`$encryption.${verb}`, '`partition` is of another schema: divide the rows again')
  return [{ ...target, within: { after, last } }]
}

/** Throws `ENVELOPE_CONFIG_INVALID` on a database whose tables cannot be swept. */
export function tablesFor({ runtime, tables }: JobBase, { verb }: Job): SweptTables {
  if (tables !== undefined) return tables
  const more = verb === 'rewrap' ? '. Rows are rewrapped when they are read (docs/rotation.md)' : ''
  const what = `it does not run on ${runtime.models.provider}: it needs PostgreSQL, MySQL, MariaDB or SQLite${more}`
  throw invalid(`$encryption.${verb}`, what)
}
