import { maintenanceOf } from '../databases/index.js'
import { entryId, type JobEntries, type StoredJob, storedJob } from '../operations/index.js'
import { lowerFirst, type Plain } from './query/index.js'

interface JobGroups {
  groupBy(args: Plain): PromiseLike<{ job: string; _max: { changedAt: Date | null } }[]>
}

/** How many jobs are listed. */
const MOST = 50

/** The jobs that keep a position in the model for jobs, the last ones first. @param client one that is not extended. */
export async function storedJobsOf(
  client: object,
  provider: string,
  model: string,
  entries: JobEntries,
  app: string,
): Promise<StoredJob[]> {
  const jobs = (client as Readonly<Record<string, JobGroups | undefined>>)[lowerFirst(model)]
  if (jobs === undefined) throw new Error(`the client has no model ${model}`)
  const found = await jobs.groupBy({
    by: ['job'],
    _max: { changedAt: true },
    orderBy: { _max: { changedAt: 'desc' } },
    take: MOST,
  })
  const shown = maintenanceOf(provider).sweep?.shown ?? String
  const all: StoredJob[] = []
  for (const { job, _max } of found) {
    const state = await entries.find(entryId('job', app, job))
    // Another application may have a job of this name.
    if (state !== undefined) all.push(storedJob(job, state, _max.changedAt ?? new Date(0), shown))
  }
  return all
}
