import { SealedTexts } from '../leaves/index.js'
import type { LazyRewrap } from '../operations/index.js'
import type { ComputedFields } from './computed-fields.js'
import { checkAbsent, checkLinks, type Delegates } from './lookups.js'
import {
  asAsked,
  type Call,
  type CreatedRow,
  followFluent,
  foreignRow,
  type GlobalOmit,
  guardFluent,
  type Model,
  type Plain,
  refuseSealedGroups,
} from './query/index.js'
import type { EncryptionRuntime } from './runtime.js'

/** The client that was extended, as far as it is used: private parts are used only where they are there. */
export interface BaseClient {
  readonly _globalOmit?: GlobalOmit
  readonly _createItxClient?: (transaction: unknown) => unknown
  $extends(extension: unknown): object
  $executeRawUnsafe(sql: string, ...parameters: unknown[]): PromiseLike<number>
}

/** One call of a model's operation, as Prisma hands it to an extension. */
export interface Intercepted {
  readonly model: Model
  readonly operation: string
  readonly args: Plain
  readonly internal: Internal | undefined
  readonly computed: ComputedFields
  query(args: Plain): PromiseLike<unknown>
}

/** What Prisma tells extensions beside the documented parts. Not promised: each is used only where it is there. */
export interface Internal {
  readonly dataPath?: readonly string[]
  /** What the call nearest to the database was made with; Prisma goes by it once there is a result. */
  args?: unknown
  readonly transaction?: { readonly kind?: string; readonly lock?: unknown }
}

/** Plans, seals, makes the call, opens. Nothing is sent before all of the first two are done. */
export async function intercept(
  runtime: EncryptionRuntime,
  client: BaseClient,
  rewrap: LazyRewrap | undefined,
  intercepted: Intercepted,
): Promise<unknown> {
  const { model, operation, args, internal, computed } = intercepted
  const rewrapAfter = mayRewrapAfter(operation, internal) ? rewrap : undefined
  const rewraps = rewrapAfter !== undefined
  const call = runtime.newCall(model, { globalOmit: client._globalOmit ?? {}, rewraps, computed })
  const plan = runtime.plan(call, model, operation, args, internal?.args)
  const dataPath = internal?.dataPath ?? []
  if (plan !== undefined) guardFluent(call, model, plan, args, dataPath)
  const { bound, fallback } = call.context
  const created = createdSoFar(call, internal)
  if (call.links.length > 0 && bound !== undefined) {
    await checkLinks(delegatesOf(client, internal), call.links, created, bound)
  }
  const texts = new SealedTexts()
  const sealed = runtime.sealAll(call, texts)
  if (sealed !== undefined) await sealed
  const tenant = bound ?? fallback
  const checkOthers =
    tenant === undefined || call.absent.length === 0
      ? undefined
      : () => checkAbsent(delegatesOf(client, internal), runtime.models, call.absent, tenant)
  if (checkOthers !== undefined) await checkOthers()
  const result = await send(call, intercepted)
  if (operation === 'upsert' && result === null && tenant !== undefined) {
    // The database's own upsert did nothing, and Prisma gives null, against its types: the lock hides the row, or the row
    // does not meet a condition beside its unique field. In the latter case another tenant's may have come in between.
    const [native] = call.nativeUpserts
    if (native !== undefined) throw foreignRow(native, tenant)
    await checkOthers?.()
  }
  // Counts and aggregates hold no rows; `count({ select: { ssn: true } })` gives a number under a field's name.
  if (plan === undefined) {
    refuseSealedGroups(model, result)
    return result
  }
  if (plan.computes === true && internal !== undefined) internal.args = asAsked(plan, internal.args)
  const unpacked = followFluent(runtime.models, model, plan, dataPath)
  return runtime.openAll(call, unpacked.model, unpacked.plan, result, texts, rewrapAfter)
}

/**
 * Inside a transaction a rewrap would have to wait for it, or take part in it; where Prisma does not say whether there is
 * one, there may be. What was just deleted is not rewrapped either.
 */
function mayRewrapAfter(operation: string, internal: Internal | undefined): boolean {
  return operation !== 'delete' && internal !== undefined && internal.transaction === undefined
}

function send(call: Call, { args, query }: Intercepted): PromiseLike<unknown> {
  const [upserted] = call.lockedUpserts
  const tenant = call.context.bound ?? call.context.fallback
  if (upserted === undefined || tenant === undefined) return query(args)
  return query(args).then(undefined, (error: unknown) => {
    throw isBrokenUpsert(error) ? foreignRow(upserted, tenant) : error
  })
}

/** What Prisma reports for a nested upsert whose filter does not match: a missing table or column, or a query of no result. */
const brokenUpsert = new Set(['P2021', 'P2022', 'P2039'])

/** The same from the database, where Prisma 6 passes its error on: of SQLite, and of PostgreSQL (table, column). */
const brokenSql = new Set(['1', '42P01', '42703'])

function isBrokenUpsert(error: unknown): boolean {
  const code = propertyOf(error, 'code')
  if (code !== undefined) return brokenUpsert.has(String(code))
  return brokenSql.has(String(propertyOf(propertyOf(error, 'cause'), 'originalCode')))
}

function propertyOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
}

/** The rows that the calls of one `$transaction([…])` create, by what Prisma lets them wait for each other with. */
const batches = new WeakMap<object, CreatedRow[]>()

/**
 * The rows that are sure to be there when the call is made: its own, and those of calls before it in the same list. All
 * of a list is planned before any of it is sent, and a list is sent as a whole or not at all.
 */
function createdSoFar(call: Call, internal: Internal | undefined): readonly CreatedRow[] {
  const { kind, lock } = internal?.transaction ?? {}
  if (kind !== 'batch' || typeof lock !== 'object' || lock === null) return call.created
  const rows = batches.get(lock) ?? []
  rows.push(...call.created)
  batches.set(lock, rows)
  return rows
}

/** Inside an interactive transaction another connection would not see its rows, and on SQLite wait for it for ever. */
function delegatesOf(client: BaseClient, internal: Internal | undefined): Delegates {
  const transaction = internal?.transaction
  const inside = transaction?.kind === 'itx' ? client._createItxClient?.(transaction) : undefined
  // A Prisma client has a delegate for every model.
  return (inside ?? client) as Delegates
}
