import { type JobReport, verifyVerb } from '../operations/index.js'
import type { ModelMap } from '../schema/model-map.js'
import { chosenFields } from './jobs/chosen-fields.js'
import type { JobBase } from './jobs/job.js'
import { checkJobOptions, JOB_OPTIONS, type JobOptions } from './jobs/job-options.js'
import { runValueJob } from './jobs/value-job.js'

/** How `$encryption.verify` goes about it. */
export interface VerifyOptions<M extends ModelMap = ModelMap> extends JobOptions<M> {}

const VERB = '$encryption.verify'

/** `$encryption.verify`. */
export async function verify(base: JobBase, options: VerifyOptions = {}): Promise<JobReport> {
  checkJobOptions<VerifyOptions>(VERB, options, JOB_OPTIONS)
  return runValueJob(base, { verb: 'verify', options }, chosenFields(VERB, base.runtime, options), verifyVerb)
}
