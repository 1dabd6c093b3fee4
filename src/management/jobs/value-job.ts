import type { JobReport, SweepVerb, ValueCipher, ValueTarget } from '../../operations/index.js'
import type { ChosenModel } from './chosen-fields.js'
import { type Job, type JobBase, jobCipher, jobTenant, runJob } from './job.js'
import { valueTargets } from './value-targets.js'

/** What a verb over values works with. */
export interface ValueJob {
  readonly targets: readonly ValueTarget[]
  readonly tenant: string | undefined
  readonly dryRun: boolean
  readonly cipher: ValueCipher
}

/** Several of what is in memory at a time, so that the database has something to do while values are sealed. */
const BATCH = 4_000

/**
 * Runs a verb that reads values over the rows of these models.
 *
 * @param identity what its position is good for, beside the verb, the tenant and the rows.
 */
export async function runValueJob(
  base: JobBase,
  job: Job,
  chosen: readonly ChosenModel[],
  verbOf: (work: ValueJob) => SweepVerb,
  identity: Readonly<Record<string, unknown>> = {},
): Promise<JobReport> {
  const tenant = jobTenant(base.runtime, job)
  const targets = valueTargets(base.runtime, chosen, tenant)
  const cipher = jobCipher(base.runtime, job)
  const verb = verbOf({ targets, tenant, dryRun: job.options.dryRun ?? false, cipher })
  return runJob(base, job, targets, verb, { verb: job.verb, tenant: tenant ?? null, ...identity }, BATCH)
}
