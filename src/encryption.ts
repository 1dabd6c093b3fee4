import { openLeaves, sealLeaves } from './cipher/index.js'
import { type Suite, suites } from './envelope/index.js'
import { DataKeys, type DataKeyStats } from './keys/index.js'
import { checkOptions, type FieldEncryptionOptions } from './options.js'
import {
  type Call,
  canonicalTenant,
  collectLeaves,
  compileModels,
  type GlobalOmit,
  type Model,
  type Models,
  type OpenLeaf,
  type Plain,
  planCall,
  type ReadPlan,
  type SealLeaf,
  stripAdded,
  type TenantContext,
} from './query/index.js'
import { tenantRequired } from './query/index.js'
import { ambientTenant, type TenantId } from './tenancy/index.js'

/** What a client's encryption has done so far. */
export interface EncryptionStats extends DataKeyStats {
  /** Values sealed and opened. */
  sealed: number
  opened: number
}

/** The state behind one extended client: its models, its data keys, and what it has done. */
export class EncryptionRuntime {
  readonly models: Models
  readonly keys: DataKeys
  readonly #suite: Suite
  readonly #tenant: FieldEncryptionOptions['tenant']
  readonly #requireTenant: boolean
  #sealed = 0
  #opened = 0

  constructor(options: FieldEncryptionOptions) {
    checkOptions(options)
    this.models = compileModels(options.models)
    this.keys = new DataKeys(options)
    this.#suite = suites[options.suite ?? 'aes-256-gcm']
    this.#tenant = options.tenant
    this.#requireTenant = options.requireTenant ?? false
  }

  /** Whose call this is, as far as the client and the context say. */
  context(): TenantContext {
    const ambient = ambientTenant()
    const bound = ambient === undefined ? undefined : canonicalTenant(this.models, ambient)
    return { bound, fallback: bound === undefined ? this.#fallback() : undefined }
  }

  /** Plans a call in place and seals what it writes; gives what its result will hold. */
  before(
    model: Model,
    operation: string,
    args: Plain,
    context: TenantContext,
    globalOmit: GlobalOmit,
  ): { plan: ReadPlan | undefined; sealed: void | Promise<void> } {
    if (this.#requireTenant && context.bound === undefined && context.fallback === undefined) {
      throw tenantRequired(model.name, undefined)
    }
    const call: Call = { models: this.models, context, seals: [], globalOmit }
    const plan = planCall(call, model, operation, args)
    return { plan, sealed: this.seal(call.seals) }
  }

  /** Opens what a result holds, in place. */
  after(model: Model, result: unknown, plan: ReadPlan | undefined, context: TenantContext): void | Promise<void> {
    const leaves: OpenLeaf[] = []
    collectLeaves({ models: this.models, ...context }, model, result, leaves)
    if (plan !== undefined) stripAdded(plan, result)
    return this.open(leaves)
  }

  seal(leaves: readonly SealLeaf[]): void | Promise<void> {
    this.#sealed += leaves.length
    return sealLeaves(leaves, this.keys, this.#suite)
  }

  open(leaves: readonly OpenLeaf[]): void | Promise<void> {
    this.#opened += leaves.length
    return openLeaves(leaves, this.keys)
  }

  stats(): EncryptionStats {
    return { ...this.keys.stats(), sealed: this.#sealed, opened: this.#opened }
  }

  #fallback(): string | undefined {
    const tenant: TenantId | undefined = typeof this.#tenant === 'function' ? this.#tenant() : this.#tenant
    return tenant === undefined ? undefined : canonicalTenant(this.models, tenant)
  }
}
