import type { CountTables, JobEntries, LazyRewrap, SweptTables } from '../operations/index.js'
import type { Delegates } from '../prisma/lookups.js'
import type { EncryptionRuntime } from '../prisma/runtime.js'
import type { ModelMap } from '../schema/model-map.js'
import { canDelete } from './census/can-delete.js'
import { census } from './census/census.js'
import { close } from './close.js'
import { doctor } from './doctor/doctor.js'
import type { Encryption } from './encryption.js'
import { evict } from './evict.js'
import { indexCheck } from './index-check.js'
import { indexToken } from './index-token.js'
import { partitions } from './jobs/partitions.js'
import { open } from './open.js'
import { openRows } from './open-rows.js'
import { rewrap as rewrapAll } from './rewrap.js'
import { seal } from './seal.js'
import { stats } from './stats.js'
import { tenantOf } from './tenant-of.js'
import { verify } from './verify.js'

/** `prisma.$encryption`: each verb has a file of its own. */
export function managementFace<M extends ModelMap>(
  runtime: EncryptionRuntime,
  rewrap: LazyRewrap | undefined,
  client: Delegates,
  map: ModelMap,
  tables: SweptTables | undefined,
  entries: JobEntries | undefined,
  counts: CountTables | undefined,
): Encryption<M> {
  const jobs = { runtime, tables, entries }
  return {
    seal: (model, field, value, options) => seal(runtime, model, field, value, options),
    open: (model, field, stored, options) => open(runtime, model, field, stored, options),
    index: (model, field, value, options) => indexToken(runtime, model, field, value, options),
    indexCheck: (tenant) => indexCheck(runtime, tenant),
    tenantOf: (model, where) => tenantOf(runtime, client, model, where),
    openRows: (model, rows) => openRows(runtime, model, rows),
    doctor: (options) => doctor(runtime, client, map, options),
    partitions: (options) => partitions(jobs, ofAnyMap(options)),
    rewrap: (options) => rewrapAll(jobs, ofAnyMap(options)),
    verify: (options) => verify(jobs, ofAnyMap(options)),
    canDelete: (key, options) => canDelete(runtime, counts, key, options),
    census: (options) => census(runtime, counts, options),
    idle: async () => void (await Promise.all([rewrap?.idle(), runtime.keys.idle()])),
    stats: () => stats(runtime, rewrap),
    evict: (tenant) => evict(runtime, tenant),
    close: () => close(runtime, rewrap),
  }
}

/** Options whose names the compiler has checked against a map: verbs look them up in any. */
function ofAnyMap<O>(options: object | undefined): O | undefined {
  return options as O | undefined
}
