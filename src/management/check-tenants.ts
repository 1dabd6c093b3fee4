import { ownerOf } from '../keys/index.js'
import { checkTenantsVerb, type JobReport, type KeyRecords } from '../operations/index.js'
import type { ModelMap } from '../schema/model-map.js'
import { chosenFields } from './jobs/chosen-fields.js'
import type { JobBase } from './jobs/job.js'
import { checkJobOptions, JOB_OPTIONS, type JobOptions } from './jobs/job-options.js'
import { runValueJob } from './jobs/value-job.js'
import { recordsFor } from './keys/key-records.js'

/** How `$encryption.checkTenants` goes about it. */
export interface CheckTenantsOptions<M extends ModelMap = ModelMap> extends Omit<JobOptions<M>, 'kmsCallsPerSecond'> {}

const VERB = '$encryption.checkTenants'
const { kmsCallsPerSecond: _, ...OPTIONS } = JOB_OPTIONS

/** `$encryption.checkTenants`. */
export async function checkTenants(
  base: JobBase,
  records: KeyRecords | undefined,
  options: CheckTenantsOptions = {},
): Promise<JobReport> {
  checkJobOptions<CheckTenantsOptions>(VERB, options, OPTIONS)
  const { runtime } = base
  const find = records === undefined ? undefined : recordsFor(VERB, records).find
  return runValueJob(base, { verb: 'check-tenants', options }, chosenFields(VERB, runtime, options), (work) =>
    checkTenantsVerb({
      ...work,
      ownerOf: (tenant) => ownerOf(runtime.app, tenant),
      owners: async (ids) => new Map((await find?.(ids))?.map((key) => [key.id, key])),
    }),
  )
}
