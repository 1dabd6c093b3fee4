import { type Suite, suites } from '../envelope/index.js'
import { EnvelopeConfigError, type EnvelopeError, EnvelopeTenantError } from '../errors.js'
import { type CallKeys, type DataKeyStats, DataKeys, type IndexKeys } from '../keys/index.js'
import {
  type EnvelopeAt,
  fillTokens,
  type IndexCheck,
  type LeafGroup,
  type OpenColumns,
  type OpenedEach,
  openColumns,
  openEach,
  PlaintextReads,
  type RowFinder,
  type SealedTexts,
  type SealLeaf,
  sealLeaves,
  type TokenLeaf,
  verifyIndexes,
} from '../leaves/index.js'
import { allSettled, andThen, type MaybePromise } from '../promises/maybe-promise.js'
import type { KeyTableEntry } from '../schema/model-map.js'
import { ambientTenant, strayTenant, type TenantId } from '../tenancy/index.js'
import { checkOptions, type FieldEncryptionOptions } from './encryption-options.js'
import { keyRowsOf } from './key-rows.js'
import { publishPlaintextReads } from './plaintext-reads.js'
import {
  canonicalTenant,
  compileModels,
  type IndexColumns,
  type Model,
  type Models,
  type Plan,
  type PlanContext,
  type TenantContext,
  tenantRequired,
} from './query/index.js'

/** What a client's encryption has done so far. */
export interface EncryptionStats extends DataKeyStats {
  /** Values sealed. Texts that a call has just sealed are not opened again to be returned. */
  sealed: number
  /** Values opened. */
  opened: number
}

/** What differs from one call to the next, beside its tenant. */
export type CallOptions = Pick<PlanContext, 'globalOmit' | 'rewraps' | 'computed' | 'fluent'>

/** The state behind one extended client: its models, its data keys, and what it has done. */
export class EncryptionRuntime {
  readonly models: Models
  readonly keys: DataKeys
  readonly app: string
  /** The models of the key table, where the schema has one. */
  readonly keyTable: KeyTableEntry | undefined
  /** Whether results are compared with their index columns: the option `verifyIndexes`. */
  readonly verifiesIndexes: boolean
  /** What new values are sealed with. */
  readonly suite: Suite
  /** Whether bound calls are kept to their tenant's rows: the option `scope`. */
  readonly filtersTenant: boolean
  readonly #rewraps: boolean
  readonly #tenant: FieldEncryptionOptions['tenant']
  readonly #requireTenant: boolean
  readonly #checksForeignKeys: boolean
  readonly #indexColumns: IndexColumns
  readonly #passed: ReadonlySet<string>
  #sealed = 0
  #opened = 0

  constructor(options: FieldEncryptionOptions) {
    checkOptions(options)
    this.models = compileModels(options.models)
    checkIndexCmk(this.models, options)
    this.keys = new DataKeys(options)
    this.app = options.app
    this.keyTable = options.models.keyTable
    checkStore(options)
    this.suite = suites[options.suite ?? 'aes-256-gcm']
    this.#rewraps = options.rewrap !== 'off'
    this.#tenant = options.tenant
    this.#requireTenant = options.requireTenant ?? false
    this.filtersTenant = options.scope ?? true
    this.#checksForeignKeys = options.links !== 'off'
    this.#passed = new Set(options.passArguments)
    this.verifiesIndexes = options.verifyIndexes ?? false
    this.#indexColumns = Object.freeze({ omit: options.indexColumns === 'omit', verify: this.verifiesIndexes })
  }

  /** Keeps data keys in the schema's key table, if it has one. @param client before this extension. */
  useKeyTable(client: object): void {
    if (this.keyTable !== undefined) this.keys.useTable(keyRowsOf(client, this.keyTable), this.#rewraps)
  }

  /** The tenant of a call, as far as the client and the context say. */
  context(): TenantContext {
    const ambient = ambientTenant()
    const bound = ambient === undefined ? undefined : canonicalTenant(this.models, ambient)
    return { bound, fallback: bound === undefined ? this.#fallback() : undefined }
  }

  /** What a call on this model is planned with. Throws `ENVELOPE_TENANT_REQUIRED` where the client requires a tenant. */
  planContext(model: Model, call: CallOptions): PlanContext {
    const { bound, fallback } = this.context()
    if (bound === undefined) refuseStray(model)
    const sharedOnly = this.#requireTenant && bound === undefined && fallback === undefined
    // Before the tenant of a request is known, there is a login.
    if (sharedOnly && model.shared === undefined) throw tenantRequired(model.name, undefined)
    return Object.freeze({
      models: this.models,
      bound,
      fallback,
      sharedOnly,
      filtersTenant: this.filtersTenant,
      checksForeignKeys: this.#checksForeignKeys,
      searchable: this.keys.index !== undefined,
      indexColumns: this.#indexColumns,
      passed: this.#passed,
      ...call,
    })
  }

  /** What a filter is planned with that finds rows of all tenants. */
  lookupContext(): PlanContext {
    const { bound } = this.context()
    return Object.freeze({
      models: this.models,
      bound,
      fallback: undefined,
      filtersTenant: false,
      checksForeignKeys: false,
      searchable: this.keys.index !== undefined,
      passed: this.#passed,
      globalOmit: {},
    })
  }

  /** Seals all values and computes all tokens of a planned call. */
  sealAll(plan: Pick<Plan, 'tokens' | 'seals'>, texts: SealedTexts, keys: CallKeys): MaybePromise<void> {
    if (plan.tokens.length === 0) return this.seal(plan.seals, texts, keys)
    if (plan.seals.length === 0) return this.fillTokens(plan.tokens)
    return allSettled([() => this.fillTokens(plan.tokens), () => this.seal(plan.seals, texts, keys)])
  }

  seal(leaves: readonly SealLeaf[], texts?: SealedTexts, keys: CallKeys = this.keys): MaybePromise<void> {
    this.#sealed += leaves.length
    return sealLeaves(leaves, keys, this.suite, texts)
  }

  fillTokens(leaves: readonly TokenLeaf[]): MaybePromise<void> {
    return leaves.length === 0 ? undefined : fillTokens(leaves, this.indexKeys())
  }

  /** Throws `ENVELOPE_CONFIG_INVALID` where `indexCmk` is not set. */
  indexKeys(): IndexKeys {
    if (this.keys.index !== undefined) return this.keys.index
    throw new EnvelopeConfigError(
      'ENVELOPE_CONFIG_INVALID',
      'Indexes need the option `indexCmk` of fieldEncryption. Set it to the id, ARN or alias of an HMAC_256 key in KMS (docs/kms.md).',
    )
  }

  /** @param reads collects what is plaintext, to be published by the caller; without it, that is done here. */
  open(
    values: OpenColumns,
    observe?: (group: LeafGroup) => void,
    find?: RowFinder,
    keys: CallKeys = this.keys,
    reads?: PlaintextReads,
  ): MaybePromise<void> {
    const plain = this.models.mayHoldPlaintext ? (reads ?? new PlaintextReads()) : undefined
    plain?.take(values, Date.now(), find)
    this.#opened += values.size
    const opened = openColumns(values, keys, observe, find)
    return plain === undefined || plain === reads ? opened : andThen(opened, () => publishPlaintextReads(plain))
  }

  /** Opens each value by itself: one that does not open has its error in its place. */
  openEach(values: readonly EnvelopeAt[], keys: Pick<CallKeys, 'forOpening'>): Promise<(OpenedEach | EnvelopeError)[]> {
    this.#opened += values.length
    return openEach(values, keys)
  }

  /** Compares index columns with the values beside them, which have been opened. */
  verify(checks: readonly IndexCheck[], find: RowFinder): MaybePromise<void> {
    return checks.length === 0 ? undefined : verifyIndexes(checks, this.indexKeys(), find)
  }

  stats(): EncryptionStats {
    return { ...this.keys.stats(), sealed: this.#sealed, opened: this.#opened }
  }

  #fallback(): string | undefined {
    const tenant: TenantId | undefined = typeof this.#tenant === 'function' ? this.#tenant() : this.#tenant
    return tenant === undefined ? undefined : canonicalTenant(this.models, tenant)
  }
}

/** Refuses a call that was made outside every tenant and is awaited inside one: it would reach the rows of all of them. */
function refuseStray({ name }: Model): void {
  const tenant = strayTenant()
  if (tenant === undefined) return
  throw new EnvelopeTenantError(
    'ENVELOPE_TENANT_REQUIRED',
    `This call was made outside runWithTenant and is awaited inside it, for tenant ${JSON.stringify(tenant)}. ` +
      'Make the call inside, or bind the client with $forTenant: what counts is the tenant that is set when the call is made.',
    { model: name, tenant },
  )
}

/** Throws `ENVELOPE_CONFIG_INVALID` where keys are to be kept in a table that the schema does not have. */
function checkStore({ dataKeys, models }: FieldEncryptionOptions): void {
  if (dataKeys?.store !== 'table' || models.keyTable !== undefined) return
  throw new EnvelopeConfigError(
    'ENVELOPE_CONFIG_INVALID',
    "dataKeys.store is 'table', but the schema has no key table. Add the models that `prisma-envelope sql --keys` prints, and run `prisma generate`.",
  )
}

/** Without its key an index would stay empty, and every search by it would find nothing. */
function checkIndexCmk({ indexColumns: [column] }: Models, { indexCmk }: FieldEncryptionOptions): void {
  if (column === undefined || indexCmk !== undefined) return
  throw new EnvelopeConfigError(
    'ENVELOPE_CONFIG_INVALID',
    `fieldEncryption: \`indexCmk\` is required, because ${column} is an index. Set it to the id, ARN or alias of an HMAC_256 key in KMS (docs/kms.md).`,
  )
}
