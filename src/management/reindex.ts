import { type JobReport, reindexVerb } from '../operations/index.js'
import type { OptionNames } from '../options/known-options.js'
import type { ModelMap } from '../schema/model-map.js'
import { chosenFieldsOf, INDEXED } from './jobs/chosen-fields.js'
import type { JobBase } from './jobs/job.js'
import { type ChangingJobOptions, checkJobOptions, JOB_OPTIONS } from './jobs/job-options.js'
import { runValueJob } from './jobs/value-job.js'

/** How `$encryption.reindex` goes about it. */
export interface ReindexOptions<M extends ModelMap = ModelMap> extends ChangingJobOptions<M> {}

const OPTIONS: OptionNames<ReindexOptions> = { ...JOB_OPTIONS, dryRun: true }
const VERB = '$encryption.reindex'

/** `$encryption.reindex`. */
export async function reindex(base: JobBase, options: ReindexOptions = {}): Promise<JobReport> {
  checkJobOptions(VERB, options, OPTIONS)
  const chosen = chosenFieldsOf(VERB, base.runtime, options, INDEXED)
  return runValueJob(base, { verb: 'reindex', options }, chosen, reindexVerb)
}
