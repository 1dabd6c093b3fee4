import { forgetEntries, type JobEntries, type StoredJob } from '../operations/index.js'
import type { EncryptionRuntime } from '../prisma/runtime.js'
import { beyondBounds } from './bounds.js'
import { answered } from './census/answered.js'
import { invalid } from './jobs/job-options.js'
import type { JobStatus } from './status.js'

/** The model where jobs keep their positions, where the schema has one. */
export interface StoredJobs {
  readonly entries: JobEntries
  list(): Promise<StoredJob[]>
}

/** `$encryption.jobs`. */
export async function jobs(runtime: EncryptionRuntime, stored: StoredJobs | undefined): Promise<JobStatus[]> {
  const verb = '$encryption.jobs'
  const { list } = storedFor(verb, runtime, stored)
  return answered(verb, list)
}

/** `$encryption.forgetJob`. */
export async function forgetJob(
  runtime: EncryptionRuntime,
  stored: StoredJobs | undefined,
  name: string,
): Promise<void> {
  const verb = '$encryption.forgetJob'
  const { entries, list } = storedFor(verb, runtime, stored)
  const all = await answered(verb, list)
  if (!all.some(({ job }) => job === name)) {
    const known = all.map(({ job }) => JSON.stringify(job)).join(', ')
    throw invalid(verb, `no job keeps a position under this name${known === '' ? '' : `; there are ${known}`}`)
  }
  await answered(verb, () => forgetEntries(entries, runtime.app, name))
}

/** Jobs are of all tenants. */
function storedFor(verb: string, runtime: EncryptionRuntime, stored: StoredJobs | undefined): StoredJobs {
  const { bound } = runtime.context()
  if (bound !== undefined) throw beyondBounds(bound)
  if (stored !== undefined) return stored
  throw invalid(verb, 'this schema has no model for jobs. `prisma-envelope sql --jobs` prints it')
}
