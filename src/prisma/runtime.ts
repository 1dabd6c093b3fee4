import { type Suite, suites } from '../envelope/index.js'
import { EnvelopeConfigError, EnvelopeTenantError } from '../errors.js'
import { type DataKeyStats, DataKeys, type IndexKeys } from '../keys/index.js'
import {
  fillTokens,
  type IndexCheck,
  type LeafGroup,
  type OpenLeaf,
  openLeaves,
  putAt,
  type RowFinder,
  type SealedTexts,
  type SealLeaf,
  sealLeaves,
  type TokenLeaf,
  valueAt,
  verifyIndexes,
} from '../leaves/index.js'
import type { LazyRewrap } from '../operations/index.js'
import { ambientTenant, strayTenant, type TenantId } from '../tenancy/index.js'
import { checkOptions, type FieldEncryptionOptions } from './encryption-options.js'
import { type Instances, instancesIn, withInstances } from './json-instances.js'
import {
  type Call,
  canonicalTenant,
  collectIndexChecks,
  compileModels,
  findRow,
  type IndexColumns,
  type Model,
  type Models,
  ownRows,
  type Plain,
  planCall,
  type ReadPlan,
  type ResultWalk,
  refusePrototype,
  stripAdded,
  type TenantContext,
  tenantRequired,
} from './query/index.js'
import { keepSkips } from './skips.js'
import { StaleRows } from './stale-rows.js'

/** What a client's encryption has done so far. */
export interface EncryptionStats extends DataKeyStats {
  /** Values sealed. The texts that a call has just sealed are not opened again to return them. */
  sealed: number
  /** Values opened. */
  opened: number
}

/** The state behind one extended client: its models, its data keys, and what it has done. */
export class EncryptionRuntime {
  readonly models: Models
  readonly keys: DataKeys
  readonly #suite: Suite
  readonly #tenant: FieldEncryptionOptions['tenant']
  readonly #requireTenant: boolean
  readonly #scoped: boolean
  readonly #checksLinks: boolean
  readonly #indexColumns: IndexColumns
  readonly #passed: ReadonlySet<string>
  #sealed = 0
  #opened = 0

  constructor(options: FieldEncryptionOptions) {
    checkOptions(options)
    this.models = compileModels(options.models)
    checkIndexCmk(this.models, options)
    this.keys = new DataKeys(options)
    this.#suite = suites[options.suite ?? 'aes-256-gcm']
    this.#tenant = options.tenant
    this.#requireTenant = options.requireTenant ?? false
    this.#scoped = options.scope ?? true
    this.#checksLinks = options.links !== 'off'
    this.#passed = new Set(options.passArguments)
    this.#indexColumns = { omit: options.indexColumns === 'omit', verify: options.verifyIndexes ?? false }
  }

  /** Whose call this is, as far as the client and the context say. */
  context(): TenantContext {
    const ambient = ambientTenant()
    const bound = ambient === undefined ? undefined : canonicalTenant(this.models, ambient)
    return { bound, fallback: bound === undefined ? this.#fallback() : undefined }
  }

  /** Throws `ENVELOPE_TENANT_REQUIRED` where the client insists on a tenant. */
  newCall(model: Model, { globalOmit, rewraps, computed }: Pick<Call, 'globalOmit' | 'rewraps' | 'computed'>): Call {
    const context = this.context()
    if (context.bound === undefined) refuseStray(model)
    if (this.#requireTenant && context.bound === undefined && context.fallback === undefined) {
      throw tenantRequired(model.name, undefined)
    }
    return {
      models: this.models,
      context,
      locked: this.#scoped,
      checksLinks: this.#checksLinks,
      searchable: this.keys.index !== undefined,
      indexColumns: this.#indexColumns,
      globalOmit,
      ...(rewraps !== undefined && { rewraps }),
      ...(computed !== undefined && { computed }),
      passed: this.#passed,
      seals: [],
      tokens: [],
      links: [],
      created: [],
      absent: [],
      nativeUpserts: [],
      lockedUpserts: [],
    }
  }

  /**
   * Plans a call in place; gives what its result will hold.
   *
   * @param original the arguments of which Prisma made `args` as a copy, where it shows them.
   */
  plan(call: Call, model: Model, operation: string, args: Plain, original: unknown): ReadPlan | undefined {
    refusePrototype(model.name, args, original)
    keepSkips(args, original)
    // Before planning, which may put parts of the arguments elsewhere.
    const writes = Object.hasOwn(args, 'data') || Object.hasOwn(args, 'create')
    const instances = writes ? instancesIn(args, original) : undefined
    const plan = planCall(call, model, operation, args)
    if (instances !== undefined) restoreInstances(call.seals, instances)
    return plan
  }

  /** Seals all values and computes all tokens of a planned call. */
  sealAll(call: Call, texts: SealedTexts): void | Promise<void> {
    return both(this.fillTokens(call.tokens), this.seal(call.seals, texts))
  }

  /** Opens what a result holds, in copies, and gives the result with these. */
  openAll(
    call: Call,
    model: Model,
    plan: ReadPlan | undefined,
    result: unknown,
    texts: SealedTexts,
    rewrap: LazyRewrap | undefined,
  ): unknown | Promise<unknown> {
    const { bound, fallback } = call.context
    // The result, until its rows are in copies.
    let own = result
    const find: RowFinder = (row) => findRow(this.models, model, plan, own, row)
    const walk: ResultWalk = { models: this.models, bound, fallback, leaves: [], find }
    own = ownRows(walk, model, plan, result)
    const { leaves } = walk
    const checks: IndexCheck[] = []
    if (this.#indexColumns.verify) collectIndexChecks(walk, model, own, checks)
    const stale = rewrap === undefined ? undefined : new StaleRows()
    const finish = (): unknown => {
      // Before what addresses the rows is taken out of them.
      for (const row of stale?.addressed() ?? []) rewrap?.offer(row)
      if (plan !== undefined) stripAdded(plan, own)
      return own
    }
    const remembered = texts.among(leaves)
    const unknown = remembered.size === 0 ? leaves : leaves.filter((leaf) => !remembered.has(leaf))
    const observe = stale === undefined ? undefined : (group: LeafGroup) => this.#noteStale(stale, group)
    const opened = this.open(unknown, observe, find)
    const complete = () => {
      // Once all others have been opened, and before anything is compared with them.
      for (const [{ holder, key }, text] of remembered) putAt(holder, key, text)
      return checks.length === 0 ? undefined : verifyIndexes(checks, this.indexKeys(), find)
    }
    const verified = opened === undefined ? complete() : opened.then(complete)
    return verified === undefined ? finish() : verified.then(finish)
  }

  seal(leaves: readonly SealLeaf[], texts?: SealedTexts): void | Promise<void> {
    this.#sealed += leaves.length
    return sealLeaves(leaves, this.keys, this.#suite, texts)
  }

  fillTokens(leaves: readonly TokenLeaf[]): void | Promise<void> {
    return leaves.length === 0 ? undefined : fillTokens(leaves, this.indexKeys())
  }

  /** Throws `ENVELOPE_CONFIG_INVALID` where `indexCmk` is not set. */
  indexKeys(): IndexKeys {
    if (this.keys.index !== undefined) return this.keys.index
    throw new EnvelopeConfigError(
      'ENVELOPE_CONFIG_INVALID',
      'Indexes need indexCmk: the id or alias of an HMAC_256 key in KMS. Add it to fieldEncryption.',
    )
  }

  open(leaves: readonly OpenLeaf[], observe?: (group: LeafGroup) => void, find?: RowFinder): void | Promise<void> {
    this.#opened += leaves.length
    return openLeaves(leaves, this.keys, observe, find)
  }

  #noteStale(stale: StaleRows, group: LeafGroup): void {
    if (this.keys.mayNeedRewrap(group.id, group.record)) stale.add(group, (name) => this.models.get(name))
  }

  stats(): EncryptionStats {
    return { ...this.keys.stats(), sealed: this.#sealed, opened: this.#opened }
  }

  #fallback(): string | undefined {
    const tenant: TenantId | undefined = typeof this.#tenant === 'function' ? this.#tenant() : this.#tenant
    return tenant === undefined ? undefined : canonicalTenant(this.models, tenant)
  }
}

/** A call that was made outside every tenant, and is awaited inside one: it would reach the rows of all of them. */
function refuseStray({ name }: Model): void {
  const tenant = strayTenant()
  if (tenant === undefined) return
  throw new EnvelopeTenantError(
    'ENVELOPE_TENANT_REQUIRED',
    `This call was made outside runWithTenant and is awaited inside it, for tenant ${JSON.stringify(tenant)}. ` +
      'Make the call inside, or bind the client with $forTenant: the tenant in force when a call is made counts.',
    { model: name, tenant },
  )
}

/** Without its key an index would stay empty, and every search by it would miss. */
function checkIndexCmk({ indexColumns: [column] }: Models, { indexCmk }: FieldEncryptionOptions): void {
  if (column === undefined || indexCmk !== undefined) return
  throw new EnvelopeConfigError(
    'ENVELOPE_CONFIG_INVALID',
    `fieldEncryption needs indexCmk, since ${column} is an index: the id, ARN or alias of an HMAC_256 key in KMS.`,
  )
}

/** Waits for both, also where one fails: nothing may still be written into arguments that were given up. */
function both(a: void | Promise<void>, b: void | Promise<void>): void | Promise<void> {
  if (a === undefined) return b
  if (b === undefined) return a
  return Promise.allSettled([a, b]).then((outcomes) => {
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  })
}

/** JSON documents in the arguments are Prisma's copies; what can be sealed as Prisma would store it is the original. */
function restoreInstances(seals: readonly SealLeaf[], instances: Instances): void {
  if (instances.size === 0) return
  for (const { holder, key, field } of seals) {
    if (field.type.structured) putAt(holder, key, withInstances(valueAt(holder, key), instances))
  }
}
