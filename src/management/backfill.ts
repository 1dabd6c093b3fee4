import { backfillVerb, type JobReport } from '../operations/index.js'
import type { OptionNames } from '../options/known-options.js'
import type { ModelMap } from '../schema/model-map.js'
import { chosenFieldsOf, SEALED } from './jobs/chosen-fields.js'
import type { JobBase } from './jobs/job.js'
import { type ChangingJobOptions, checkJobOptions, invalid, JOB_OPTIONS } from './jobs/job-options.js'
import { runValueJob } from './jobs/value-job.js'

/** How `$encryption.backfill` goes about it. */
export interface BackfillOptions<M extends ModelMap = ModelMap> extends ChangingJobOptions<M> {
  /**
   * What becomes of a value that begins as an envelope does, and is none: `'skip'` reports it, `'seal'` takes it for plaintext. It may be
   * a text that somebody wrote, or an envelope that was damaged or cut off. Default: `'skip'`.
   */
  malformed?: 'skip' | 'seal'
}

const OPTIONS: OptionNames<BackfillOptions> = { ...JOB_OPTIONS, dryRun: true, malformed: true }
const VERB = '$encryption.backfill'

/** `$encryption.backfill`. */
export async function backfill(base: JobBase, options: BackfillOptions = {}): Promise<JobReport> {
  checkJobOptions(VERB, options, OPTIONS)
  const { malformed = 'skip' } = options
  if (malformed !== 'skip' && malformed !== 'seal') throw invalid(VERB, "`malformed` must be 'skip' or 'seal'")
  const chosen = chosenFieldsOf(VERB, base.runtime, options, SEALED)

  return runValueJob(base, { verb: 'backfill', options }, chosen, (work) => backfillVerb({ ...work, malformed }), {
    malformed,
  })
}
