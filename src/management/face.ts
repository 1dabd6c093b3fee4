import type { LazyRewrap } from '../operations/index.js'
import type { BaseClient } from '../prisma/intercept.js'
import type { Delegates } from '../prisma/lookups.js'
import { lowerFirst } from '../prisma/query/index.js'
import type { EncryptionRuntime } from '../prisma/runtime.js'
import type { ModelMap } from '../schema/model-map.js'
import { close } from './close.js'
import type { Encryption } from './encryption.js'
import { evict } from './evict.js'
import { indexCheck } from './index-check.js'
import { indexToken } from './index-token.js'
import type { MaintenanceFace } from './maintenance-face.js'
import { open } from './open.js'
import { openRows } from './open-rows.js'
import { seal } from './seal.js'
import type { Rows } from './search/pages.js'
import { stats } from './stats.js'
import { tenantOf } from './tenant-of.js'

/**
 * `prisma.$encryption`: each verb has a file of its own. What no request needs is loaded when it is first called.
 *
 * @param client the one that was extended: its calls are not intercepted.
 */
export function managementFace<M extends ModelMap>(
  runtime: EncryptionRuntime,
  rewrap: LazyRewrap | undefined,
  client: BaseClient,
  map: ModelMap,
): Encryption<M> {
  let loading: Promise<MaintenanceFace<M>> | undefined
  const maintenance = (): Promise<MaintenanceFace<M>> => {
    loading ??= import('./maintenance-face.js').then(({ maintenanceFace }) => maintenanceFace<M>(runtime, client, map))
    return loading
  }
  const delegates = client as unknown as Delegates
  return {
    seal: (model, field, value, options) => seal(runtime, model, field, value, options),
    open: (model, field, stored, options) => open(runtime, model, field, stored, options),
    index: (model, field, value, options) => indexToken(runtime, model, field, value, options),
    indexCheck: (tenant) => indexCheck(runtime, tenant),
    tenantOf: (model, where) => tenantOf(runtime, delegates, model, where),
    openRows: (model, rows) => openRows(runtime, model, rows),
    search: searchOf<M>(runtime),
    doctor: async (options) => (await maintenance()).doctor(options),
    partitions: async (options) => (await maintenance()).partitions(options),
    rewrap: async (options) => (await maintenance()).rewrap(options),
    backfill: async (options) => (await maintenance()).backfill(options),
    reencrypt: async (options) => (await maintenance()).reencrypt(options),
    reindex: async (options) => (await maintenance()).reindex(options),
    eject: async (options) => (await maintenance()).eject(options),
    verify: async (options) => (await maintenance()).verify(options),
    jobs: async () => (await maintenance()).jobs(),
    forgetJob: async (name) => (await maintenance()).forgetJob(name),
    checkTenants: async (options) => (await maintenance()).checkTenants(options),
    move: async (options) => (await maintenance()).move(options),
    status: async (options) => (await maintenance()).status(options),
    canDelete: async (key, options) => (await maintenance()).canDelete(key, options),
    census: async (options) => (await maintenance()).census(options),
    leakage: async (options) => (await maintenance()).leakage(options),
    exportKeys: async function* (options) {
      yield* (await maintenance()).exportKeys(options)
    },
    importKeys: async (lines, options) => (await maintenance()).importKeys(lines, options),
    shred: async (options) => (await maintenance()).shred(options),
    replayShred: async (lines, options) => (await maintenance()).replayShred(lines, options),
    idle: async () => void (await Promise.all([rewrap?.idle(), runtime.keys.idle()])),
    stats: () => stats(runtime, rewrap),
    evict: (tenant) => evict(runtime, tenant),
    close: () => close(runtime, rewrap),
  }
}

/** Called with the client that it was read from: that of a transaction, or one that further extensions have extended. */
function searchOf<M extends ModelMap>(runtime: EncryptionRuntime): Encryption<M>['search'] {
  const onClient = async (model: string, options: unknown, client?: object): Promise<unknown> => {
    const { search } = await import('./search/search.js')
    // The client before the extension would read the rows of all tenants, and ciphertext.
    if (client === undefined) throw new Error('search was called past the view of its client')
    // A Prisma client has a delegate for every model.
    return search(runtime, model, options, (name) => Reflect.get(client, lowerFirst(name)) as Rows)
  }
  // Views add the client; the types of rows are computed from the caller's map.
  return onClient as unknown as Encryption<M>['search']
}
