import { countTablesOf } from '../prisma/counted-tables.js'
import type { BaseClient } from '../prisma/intercept.js'
import { jobEntriesOf } from '../prisma/job-entries.js'
import { keyRecordsOf } from '../prisma/key-records.js'
import { leakageTablesOf } from '../prisma/leakage-tables.js'
import type { Delegates } from '../prisma/lookups.js'
import { moveStoreOf, type TransactionalClient } from '../prisma/moved-rows.js'
import type { EncryptionRuntime } from '../prisma/runtime.js'
import { storedJobsOf } from '../prisma/stored-jobs.js'
import { sweptTablesOf } from '../prisma/swept-tables.js'
import type { ModelMap } from '../schema/model-map.js'
import { backfill } from './backfill.js'
import { canDelete } from './census/can-delete.js'
import { census } from './census/census.js'
import { checkTenants } from './check-tenants.js'
import { doctor } from './doctor/doctor.js'
import { eject } from './eject.js'
import type { Encryption } from './encryption.js'
import { partitions } from './jobs/partitions.js'
import { exportKeys } from './keys/export-keys.js'
import { importKeys } from './keys/import-keys.js'
import { replayShred } from './keys/replay-shred.js'
import { shred } from './keys/shred.js'
import { leakage } from './leakage/leakage.js'
import { move } from './move/move.js'
import type { MoveOptions } from './move/options.js'
import { reencrypt } from './reencrypt.js'
import { reindex } from './reindex.js'
import { rewrap } from './rewrap.js'
import { status } from './status.js'
import { forgetJob, jobs } from './stored-jobs.js'
import { verify } from './verify.js'

/** The part of `prisma.$encryption` that jobs and commands call. */
export type MaintenanceFace<M extends ModelMap> = Pick<
  Encryption<M>,
  | 'backfill'
  | 'canDelete'
  | 'census'
  | 'checkTenants'
  | 'doctor'
  | 'eject'
  | 'exportKeys'
  | 'forgetJob'
  | 'importKeys'
  | 'jobs'
  | 'leakage'
  | 'move'
  | 'partitions'
  | 'reencrypt'
  | 'reindex'
  | 'replayShred'
  | 'rewrap'
  | 'shred'
  | 'status'
  | 'verify'
>

/** What is more than half of this package, and is loaded by nobody who only reads and writes rows. */
export function maintenanceFace<M extends ModelMap>(
  runtime: EncryptionRuntime,
  client: BaseClient,
  map: ModelMap,
): MaintenanceFace<M> {
  const { provider } = runtime.models
  const entries = map.jobs === undefined ? undefined : jobEntriesOf(client, map.jobs)
  const base = { runtime, tables: sweptTablesOf(provider, client), entries }
  const { jobs: jobModel } = map
  const storedJobs =
    jobModel === undefined || entries === undefined
      ? undefined
      : { entries, list: () => storedJobsOf(client, provider, jobModel, entries, runtime.app) }
  const counts = countTablesOf(provider, client)
  const leaks = leakageTablesOf(provider, client)
  const records = map.keyTable === undefined ? undefined : keyRecordsOf(client, map.keyTable)
  // The application's own client, which begins transactions.
  const moves = moveStoreOf(runtime.models, client as TransactionalClient)
  return {
    doctor: (options) => doctor(runtime, client as unknown as Delegates, map, options),
    partitions: (options) => partitions(base, ofAnyMap(options)),
    rewrap: (options) => rewrap(base, records, ofAnyMap(options)),
    backfill: (options) => backfill(base, ofAnyMap(options)),
    reencrypt: (options) => reencrypt(base, ofAnyMap(options)),
    reindex: (options) => reindex(base, ofAnyMap(options)),
    eject: (options) => eject(base, ofAnyMap(options)),
    verify: (options) => verify(base, ofAnyMap(options)),
    checkTenants: (options) => checkTenants(base, records, ofAnyMap(options)),
    canDelete: (key, options) => canDelete(runtime, counts, key, options),
    status: (options) => status(runtime, counts, storedJobs?.list, options),
    jobs: () => jobs(runtime, storedJobs),
    forgetJob: (name) => forgetJob(runtime, storedJobs, name),
    census: (options) => census(runtime, counts, options),
    leakage: (options) => leakage(runtime, leaks, options),
    exportKeys: (options) => exportKeys(runtime, records, options),
    importKeys: (lines, options) => importKeys(runtime, records, lines, options),
    move: (options) => move(runtime, moves, options as unknown as MoveOptions),
    shred: (options) => shred(runtime, counts, records, options),
    replayShred: (lines, options) => replayShred(runtime, records, lines, options),
  }
}

/** Options whose names the compiler has checked against a map: verbs look them up in any. */
function ofAnyMap<O>(options: object | undefined): O | undefined {
  return options as O | undefined
}
