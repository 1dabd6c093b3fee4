import { ejectVerb, type JobReport } from '../operations/index.js'
import type { OptionNames } from '../options/known-options.js'
import type { ModelMap } from '../schema/model-map.js'
import { chosenFieldsOf, type FieldKind } from './jobs/chosen-fields.js'
import type { JobBase } from './jobs/job.js'
import { type ChangingJobOptions, checkJobOptions, JOB_OPTIONS } from './jobs/job-options.js'
import { runValueJob } from './jobs/value-job.js'

/** How `$encryption.eject` goes about it. */
export interface EjectOptions<M extends ModelMap = ModelMap> extends ChangingJobOptions<M> {}

const OPTIONS: OptionNames<EjectOptions> = { ...JOB_OPTIONS, dryRun: true }
const VERB = '$encryption.eject'

const WRITTEN_PLAIN: FieldKind = {
  words: 'with `@encrypted(write: plain)`',
  fits: (model, field) => model.encrypted.get(field)?.writesPlain === true,
}

/** `$encryption.eject`. */
export async function eject(base: JobBase, options: EjectOptions = {}): Promise<JobReport> {
  checkJobOptions(VERB, options, OPTIONS)
  const chosen = chosenFieldsOf(VERB, base.runtime, options, WRITTEN_PLAIN)
  return runValueJob(base, { verb: 'eject', options }, chosen, ejectVerb)
}
