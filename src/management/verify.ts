import { type JobReport, verifyVerb } from '../operations/index.js'
import type { OptionNames } from '../options/known-options.js'
import type { ModelMap } from '../schema/model-map.js'
import { chosenFields } from './jobs/chosen-fields.js'
import { type JobBase, jobCipher, jobTenant, runJob } from './jobs/job.js'
import { checkJobOptions, JOB_OPTIONS, type JobOptions } from './jobs/job-options.js'
import { valueTargets } from './jobs/value-targets.js'

/** How `$encryption.verify` goes about it. */
export interface VerifyOptions<M extends ModelMap = ModelMap> extends JobOptions<M> {}

const OPTIONS: OptionNames<VerifyOptions> = JOB_OPTIONS
const VERB = '$encryption.verify'

/** `$encryption.verify`. */
export async function verify(base: JobBase, options: VerifyOptions = {}): Promise<JobReport> {
  checkJobOptions(VERB, options, OPTIONS)
  const job = { verb: 'verify', options }
  const tenant = jobTenant(base.runtime, job)
  const targets = valueTargets(base.runtime, chosenFields(VERB, base.runtime, job.options), tenant)
  const verb = verifyVerb({ targets, tenant, cipher: jobCipher(base.runtime, job) })
  return runJob(base, job, targets, verb, { verb: 'verify', tenant: tenant ?? null })
}
