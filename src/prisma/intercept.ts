import type { CallKeys } from '../keys/index.js'
import { SealedTexts } from '../leaves/index.js'
import type { LazyRewrap } from '../operations/index.js'
import { isPromise, type MaybePromise } from '../promises/maybe-promise.js'
import type { ComputedFields } from './computed-fields.js'
import { clientInside, globalOmitOf, type InternalParams, isBrokenUpsert, sendAs } from './internals.js'
import { keyRowsOf, unreachableRows } from './key-rows.js'
import { checkAbsences, checkForeignKeys, type Delegates, leaveOutCreations, missingReference } from './lookups.js'
import { openResult } from './open-result.js'
import { checkCursors, settleTenants, tenantsOf } from './owner-lookups.js'
import { planIntercepted } from './plan-intercepted.js'
import {
  asAsked,
  type CreatedRow,
  followFluent,
  foreignRow,
  keyTableRefused,
  type Model,
  type Plain,
  type Plan,
  type PlanCache,
  type PlanContext,
  refuseSealedGroups,
} from './query/index.js'
import { publishRefusal } from './refusals.js'
import type { EncryptionRuntime } from './runtime.js'
import { checkTwins } from './twin-lookups.js'

/** As much of the extended client as is used, but for what is in `internals.ts`. */
export interface BaseClient {
  $extends(extension: unknown): object
  $executeRawUnsafe(sql: string, ...parameters: unknown[]): PromiseLike<number>
  $queryRawUnsafe(sql: string, ...parameters: unknown[]): PromiseLike<unknown>
}

/** What is the same for all calls of an extended client. */
export interface ExtendedClient {
  readonly runtime: EncryptionRuntime
  /** The client before the extension: its calls are not intercepted. */
  readonly client: BaseClient
  readonly rewrap: LazyRewrap | undefined
  readonly computed: ComputedFields
  /** The plans of earlier calls. */
  readonly plans: PlanCache
}

/** One call of a model's operation, as Prisma hands it to an extension. */
export interface Intercepted {
  readonly model: Model
  readonly operation: string
  readonly args: Plain
  readonly internal: InternalParams | undefined
  query(args: Plain): PromiseLike<unknown>
}

const NO_STEPS: readonly string[] = []

/** A call that has been planned. */
interface Planned {
  readonly context: PlanContext
  readonly plan: Plan
  readonly keys: CallKeys
  readonly texts: SealedTexts
  readonly rewrap: LazyRewrap | undefined
}

/** Plans, looks up, seals, sends, opens, rewraps. Nothing is sent before all of the first three are done. */
export async function intercept(extended: ExtendedClient, call: Intercepted): Promise<unknown> {
  try {
    const planned = plan(extended, call)
    const sealed = lookUpAndSeal(extended, call, planned)
    if (sealed !== undefined) await sealed
    const result = await send(planned, call)
    if (call.operation === 'upsert' && result === null) await checkUpserted(extended, call, planned)
    const opened = open(extended, call, planned, result)
    // Awaited here: what does not open is published as well.
    return isPromise(opened) ? await opened : opened
  } catch (error) {
    publishRefusal(extended.runtime.models, call.model, call.operation, error)
    throw error
  }
}

function plan({ runtime, client, rewrap, computed, plans }: ExtendedClient, call: Intercepted): Planned {
  const { model, operation, args, internal } = call
  if (model.ofKeyTable) throw keyTableRefused(model.name, operation)
  const dataPath = internal?.dataPath ?? NO_STEPS
  const rewrapAfter = mayRewrapAfter(call) ? rewrap : undefined
  const context = runtime.planContext(model, {
    globalOmit: globalOmitOf(client),
    rewraps: rewrapAfter !== undefined,
    computed,
    fluent: dataPath.length > 0,
  })
  const planned = planIntercepted(context, { model, operation, args, original: internal?.args, dataPath }, plans)
  return {
    context,
    plan: planned,
    keys: keysOf(runtime, client, internal),
    texts: new SealedTexts(),
    rewrap: rewrapAfter,
  }
}

/** At once where nothing has to be looked up, and the keys are in memory. */
function lookUpAndSeal(extended: ExtendedClient, call: Intercepted, planned: Planned): MaybePromise<void> {
  const { plan, texts, keys } = planned
  const created = createdSoFar(plan, call.internal)
  const asks =
    plan.foreignKeys.length + plan.lates.length + plan.cursors.length + plan.absences.length + plan.twins.length
  return asks === 0 ? extended.runtime.sealAll(plan, texts, keys) : lookUpFirst(extended, call, planned, created)
}

async function lookUpFirst(
  { runtime, client }: ExtendedClient,
  { internal }: Intercepted,
  { context, plan, keys, texts }: Planned,
  created: readonly CreatedRow[],
): Promise<void> {
  const tenant = context.bound ?? context.fallback
  const delegates = delegatesOf(client, internal)
  const { bound } = context
  const missing =
    plan.foreignKeys.length > 0 && bound !== undefined
      ? await checkForeignKeys(delegates, plan.foreignKeys, created, bound)
      : []
  if (plan.lates.length > 0) await sealLate(runtime, keys, plan, texts, delegates, created)
  else await runtime.sealAll(plan, texts, keys)
  const [first] = missing
  if (first !== undefined && bound !== undefined) {
    // Without it, an upsert cannot be sent as an update.
    if (internal === undefined) throw missingReference(first, bound)
    await leaveOutCreations(delegates, missing, bound)
    if (plan.sentAs !== undefined) sendAs(internal, plan.sentAs)
  }
  if (plan.cursors.length > 0) await checkCursors(delegates, plan.cursors)
  // Only now: what must be absent may have to be looked up by index tokens.
  if (plan.absences.length > 0 && tenant !== undefined) await checkAbsences(delegates, plan.absences, tenant)
  if (plan.twins.length > 0) await checkTwins(delegates, runtime.models, plan.twins)
}

/**
 * The database's own upsert did nothing, and Prisma returns null, against its types. Either the tenant filter hides the row,
 * or the row does not meet a condition beside its unique field; then another tenant's may just have been created.
 */
async function checkUpserted(
  { client }: ExtendedClient,
  { internal }: Intercepted,
  { context, plan }: Planned,
): Promise<void> {
  const tenant = context.bound ?? context.fallback
  if (tenant === undefined) return
  const [native] = plan.nativeUpserts
  if (native !== undefined) throw foreignRow(native, tenant)
  await checkAbsences(delegatesOf(client, internal), plan.absences, tenant)
}

function open(
  { runtime, client }: ExtendedClient,
  { model, internal }: Intercepted,
  { context, plan, texts, keys, rewrap }: Planned,
  result: unknown,
): MaybePromise<unknown> {
  // Counts and aggregates contain no rows; `count({ select: { ssn: true } })` returns a number under a field's name.
  if (plan.read === undefined) {
    refuseSealedGroups(model, result)
    return result
  }
  if (plan.read.computes === true && internal !== undefined) internal.args = asAsked(plan.read, internal.args)
  const read = followFluent(runtime.models, { model, plan: plan.read }, internal?.dataPath ?? NO_STEPS)
  return openResult(runtime, context, {
    model: read.model,
    plan: read.plan,
    result,
    texts,
    keys,
    rewrap,
    lookUp: (parents) => tenantsOf(delegatesOf(client, internal), runtime.models, parents),
  })
}

/**
 * Seals a call whose tenants have to be looked up. What is searched for by an index is part of that, so its tokens come first.
 */
async function sealLate(
  runtime: EncryptionRuntime,
  keys: CallKeys,
  { tokens, seals, lates, checks }: Plan,
  texts: SealedTexts,
  client: Delegates,
  created: readonly CreatedRow[],
): Promise<void> {
  await runtime.fillTokens(tokens)
  await settleTenants(client, runtime.models, lates, created)
  for (const check of checks) check()
  const waiting = lates.filter(({ tenant }) => tenant !== undefined)
  await runtime.sealAll(
    {
      tokens: waiting.flatMap((late) => late.tokens),
      seals: [...seals, ...waiting.flatMap((late) => late.seals)],
    },
    texts,
    keys,
  )
}

/**
 * Inside a transaction a rewrap would have to wait for it, or take part in it; where Prisma does not say whether there is
 * one, there may be. What was just deleted is not rewrapped either.
 */
function mayRewrapAfter({ operation, internal }: Intercepted): boolean {
  return operation !== 'delete' && internal !== undefined && internal.transaction === undefined
}

/** Prisma sends a call when `then` is called: awaited as it is, its promise would take a turn more. */
function send({ context, plan }: Planned, { args, query }: Intercepted): PromiseLike<unknown> {
  const [upserted] = plan.filteredUpserts
  const tenant = context.bound ?? context.fallback
  if (upserted === undefined || tenant === undefined) return query(args).then(undefined)
  return query(args).then(undefined, (error: unknown) => {
    throw isBrokenUpsert(error) ? foreignRow(upserted, tenant) : error
  })
}

/** The rows that the calls of one `$transaction([…])` create, by the object with which Prisma lets them wait for each other. */
const batches = new WeakMap<object, CreatedRow[]>()

/**
 * The rows that are sure to exist when the call is made: its own, and those of earlier calls in the same list. A whole list
 * is planned before any of it is sent, and it is sent as a whole or not at all.
 */
function createdSoFar(plan: Plan, internal: InternalParams | undefined): readonly CreatedRow[] {
  const { kind, lock } = internal?.transaction ?? {}
  if (kind !== 'batch' || typeof lock !== 'object' || lock === null) return plan.created
  const rows = batches.get(lock) ?? []
  rows.push(...plan.created)
  batches.set(lock, rows)
  return rows
}

/** The data keys of a call. Batches are outside of every transaction: they are sent when all of their calls are planned. */
function keysOf(
  { keys, keyTable }: EncryptionRuntime,
  client: BaseClient,
  internal: InternalParams | undefined,
): CallKeys {
  if (keyTable === undefined) return keys
  // A release of Prisma that does not say whether there is a transaction: it may hold the only connection.
  if (internal === undefined) return keys.maybeInTransaction()
  const { transaction } = internal
  if (transaction?.kind !== 'itx') return keys
  const inside = clientInside(client, transaction)
  return keys.inTransaction(
    String(transaction.id),
    inside === undefined ? unreachableRows : keyRowsOf(inside, keyTable),
  )
}

/** Inside an interactive transaction another connection would not see its rows, and on SQLite would wait for it for ever. */
function delegatesOf(client: BaseClient, internal: InternalParams | undefined): Delegates {
  const transaction = internal?.transaction
  const inside = transaction?.kind === 'itx' ? clientInside(client, transaction) : undefined
  // A Prisma client has a delegate for every model.
  return (inside ?? client) as Delegates
}
