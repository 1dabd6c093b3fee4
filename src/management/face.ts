import { EnvelopeConfigError, EnvelopeQueryError, EnvelopeTenantError } from '../errors.js'
import type { EncryptedField, OpenLeaf, RowFinder } from '../leaves/index.js'
import type { LazyRewrap, RewrapStats } from '../operations/index.js'
import {
  addLeaves,
  canonicalTenant,
  checkSpelling,
  foreignRow,
  indexOf,
  keyOf,
  type Model,
  namedIndex,
  ownValue,
  type Plain,
  searchLeaf,
  tenantConflict,
  tenantOfColumn,
  tenantRequired,
} from '../prisma/query/index.js'
import type { EncryptionRuntime, EncryptionStats } from '../prisma/runtime.js'
import { quoted } from '../quoting/quote.js'
import type { ModelMap } from '../schema/model-map.js'
import type { TenantId } from '../tenancy/index.js'
import type {
  EncryptedFieldName,
  EncryptedModelName,
  IndexedFieldName,
  IndexName,
  OpenedRow,
  OpenedValue,
  PlainValue,
  SealedField,
} from './model-types.js'

const NO_REWRAPS: RewrapStats = { waiting: 0, rewrapped: 0, fresh: 0, overtaken: 0, failed: 0, dropped: 0 }

/** Whose value it is, where the client is not bound to a tenant. */
export interface TenantOption {
  /** Default: the tenant that the client is bound to, else the `tenant` option. */
  tenant?: TenantId
}

/** `prisma.$encryption`: what is there beside the intercepted calls. */
export interface Encryption<M extends ModelMap = ModelMap> {
  /**
   * One value of one field, as the column stores it: for raw SQL, seeds and imports.
   *
   * @returns the text form (`pe1:…`), or bytes for a `Bytes` field; of a list, one for each element. `null` stays `null`.
   * @throws `ENVELOPE_TENANT_REQUIRED`, `ENVELOPE_TENANT_CONFLICT`, `ENVELOPE_VALUE_INVALID`, the codes of `EnvelopeKeyError`.
   */
  seal<N extends EncryptedModelName<M>, F extends EncryptedFieldName<M, N>>(
    model: N,
    field: F,
    value: PlainValue<M, N, F> | null,
    options?: TenantOption,
  ): Promise<SealedField<M, N, F> | null>

  /**
   * The value inside one stored envelope of one field; of a list, the values inside all of its elements.
   *
   * @throws the codes of `EnvelopeFormatError`, `EnvelopeAuthenticationError`, `EnvelopeTenantError`,
   * `EnvelopeKeyError`.
   */
  open<N extends EncryptedModelName<M>, F extends EncryptedFieldName<M, N>>(
    model: N,
    field: F,
    stored: SealedField<M, N, F, Uint8Array> | null,
    options?: TenantOption,
  ): Promise<OpenedValue<M, N, F> | null>

  /**
   * The index token of a value: `findUnique({ where: { emailIndex: await acme.$encryption.index('Patient', 'email', v) } })`,
   * or a parameter of raw SQL.
   *
   * @param options.index the index column, where the field has several; default: the first that can be used.
   * @returns 16 bytes.
   * @throws `ENVELOPE_FILTER_UNSUPPORTED` where there is no such index, `ENVELOPE_TENANT_REQUIRED`,
   * `ENVELOPE_VALUE_INVALID`, `ENVELOPE_INDEX_KEY_CHANGED`, the codes of `EnvelopeKeyError`.
   */
  index<N extends EncryptedModelName<M>, F extends IndexedFieldName<M, N>>(
    model: N,
    field: F,
    value: PlainValue<M, N, F>,
    options?: TenantOption & { index?: IndexName<M, N, F> },
  ): Promise<Uint8Array<ArrayBuffer>>

  /**
   * The check value of the HMAC key that is configured now, to be pinned: `indexCmk: { keyId, check }`.
   *
   * @param tenant for whose `indexCmk`, where each tenant has its own.
   * @returns 16 hexadecimal digits. They reveal nothing of the key.
   */
  indexCheck(tenant?: TenantId): Promise<string>

  /**
   * Rows from `$queryRaw` with their envelopes opened. Columns go by the field's name or the column's; each row must
   * hold its tenant column, or the client be bound to the tenant. The given rows are not changed.
   */
  openRows<N extends EncryptedModelName<M>, R extends object>(
    model: N,
    rows: readonly R[],
  ): Promise<OpenedRow<M, N, R>[]>

  /** Resolves when all rows that were read have been rewrapped, where they had to be. Not inside a transaction. */
  idle(): Promise<void>

  /** What has been sealed, opened and asked of KMS so far. */
  stats(): EncryptionStats & { rewrap: RewrapStats }

  /**
   * Forgets a tenant's keys in this process: its next call asks KMS.
   *
   * @throws `ENVELOPE_TENANT_BOUND` for another tenant than the one that the client is bound to.
   */
  evict(tenant: TenantId): void

  /**
   * Wipes all keys in this process. Later calls that need one fail with `ENVELOPE_CLOSED`.
   *
   * @throws `ENVELOPE_TENANT_BOUND` on a bound client: these are all tenants' keys.
   */
  close(): void
}

export function managementFace<M extends ModelMap>(
  runtime: EncryptionRuntime,
  rewrap: LazyRewrap | undefined,
): Encryption<M> {
  return {
    async seal(modelName, fieldName, value, options) {
      const { model, field } = fieldOf(runtime, modelName, fieldName)
      const tenant = tenantFor(runtime, model, options)
      if (value === null) return null
      const values = field.list ? listOf(field, value) : [value]
      await runtime.seal(values.map((_, key) => ({ holder: values, key, field, tenant })))
      // What sealing leaves there is the text form, or the binary form of a Bytes field.
      return (field.list ? values : values[0]) as SealedField<M, typeof modelName, typeof fieldName>
    },

    async open(modelName, fieldName, stored, options) {
      const { model, field } = fieldOf(runtime, modelName, fieldName)
      const tenant = tenantFor(runtime, model, options)
      if (stored === null) return null
      const holder: Plain = { value: field.list ? listOf(field, stored) : stored }
      const leaves: OpenLeaf[] = []
      addLeaves(leaves, holder, 'value', field, tenant)
      await runtime.open(leaves)
      // What was sealed there was of the field's type, which is authenticated.
      return holder.value as OpenedValue<M, typeof modelName, typeof fieldName>
    },

    async index(modelName, fieldName, value, options) {
      const { model, field } = fieldOf(runtime, modelName, fieldName)
      const tenant = tenantIfKnown(runtime, model, options)
      // A name, by the types.
      const named = (options === undefined ? undefined : ownValue(options, 'index')) as string | undefined
      const index =
        named === undefined ? indexOf(model, field.field, tenant) : namedIndex(model, field.field, tenant, named)
      const holder: Plain = {}
      await runtime.fillTokens([searchLeaf(index, tenant, holder, 'token', value)])
      // A token, which is what the leaf was filled with.
      return holder.token as Uint8Array<ArrayBuffer>
    },

    async indexCheck(tenant) {
      const keys = runtime.indexKeys()
      return keys.check(tenant === undefined ? undefined : withinBounds(runtime, tenant))
    },

    async openRows(modelName, rows) {
      const model = runtime.models.get(modelName)
      const context = runtime.context()
      const copies = rows.map((row) => ({ ...row }))
      const leaves: OpenLeaf[] = []
      for (const copy of copies) {
        const row = copy as Plain
        const column = model.tenant === undefined ? undefined : nameIn(model, model.tenant.field, row)
        const own = column === undefined ? undefined : tenantOfColumn(runtime.models, model, row[column])
        const tenant = own ?? context.bound ?? context.fallback
        for (const field of model.encrypted.values()) {
          const key = nameIn(model, field.field, row)
          if (key === undefined || row[key] === null) continue
          if (tenant === undefined) throw tenantRequired(model.name, model.tenant?.field)
          if (context.bound !== undefined && tenant !== context.bound) throw foreignRow(model.name, context.bound)
          if (field.type.column === 'json') row[key] = jsonTexts(row[key])
          addLeaves(leaves, row, key, field, tenant)
        }
      }
      const find: RowFinder = (row) => {
        const at = (copies as object[]).indexOf(row)
        return { path: [at], ...keyOf(model, [], row as Plain, (field) => nameIn(model, field, row as Plain)) }
      }
      await runtime.open(leaves, undefined, find)
      // Each column of an encrypted field has been opened in place.
      return copies as OpenedRow<M, typeof modelName, (typeof copies)[number]>[]
    },

    idle: async () => rewrap?.idle(),
    stats: () => ({ ...runtime.stats(), rewrap: rewrap?.stats() ?? NO_REWRAPS }),
    evict: (tenant) => runtime.keys.evict(withinBounds(runtime, tenant)),
    close: () => {
      const { bound } = runtime.context()
      if (bound !== undefined) throw beyondBounds(bound)
      rewrap?.close()
      runtime.keys.close()
    },
  }
}

function fieldOf(
  runtime: EncryptionRuntime,
  modelName: string,
  fieldName: string,
): { model: Model; field: EncryptedField } {
  const model = runtime.models.get(modelName)
  const field = model.encrypted.get(fieldName)
  if (field !== undefined) return { model, field }
  throw new EnvelopeConfigError(
    'ENVELOPE_CONFIG_INVALID',
    `${modelName} has no encrypted field ${quoted(fieldName)}; there are ${[...model.encrypted.keys()].join(', ')}.`,
    { model: modelName },
  )
}

/** A copy, whose elements may be sealed or opened in place. */
function listOf({ model, field }: EncryptedField, value: unknown): unknown[] {
  if (Array.isArray(value)) return [...value]
  throw new EnvelopeQueryError(
    'ENVELOPE_VALUE_INVALID',
    `${model}.${field} is a list. Give all of its elements in one array.`,
    {
      model,
      field,
    },
  )
}

function tenantIfKnown(
  runtime: EncryptionRuntime,
  model: Model,
  options: TenantOption | undefined,
): string | undefined {
  const { bound, fallback } = runtime.context()
  const own = options === undefined ? undefined : ownValue(options, 'tenant')
  const given = own === undefined ? undefined : canonicalTenant(runtime.models, own)
  if (given !== undefined && bound !== undefined && given !== bound) throw tenantConflict(model.name, given, bound)
  const tenant = given ?? bound ?? fallback
  return tenant === undefined ? undefined : checkSpelling(model, tenant)
}

function tenantFor(runtime: EncryptionRuntime, model: Model, options: TenantOption | undefined): string {
  const tenant = tenantIfKnown(runtime, model, options)
  if (tenant === undefined) throw tenantRequired(model.name, undefined)
  return tenant
}

/** The tenant whose keys are meant. A bound client has no say in those of others. */
function withinBounds(runtime: EncryptionRuntime, given: TenantId): string {
  const tenant = canonicalTenant(runtime.models, given)
  const { bound } = runtime.context()
  if (bound !== undefined && bound !== tenant) throw beyondBounds(bound)
  return tenant
}

function beyondBounds(bound: string): EnvelopeTenantError {
  return new EnvelopeTenantError(
    'ENVELOPE_TENANT_BOUND',
    `This client is bound to tenant ${JSON.stringify(bound)}, and the call would act on other tenants' keys. Make it on the client that is not bound, outside runWithTenant.`,
    { tenant: bound },
  )
}

/** Under which name a raw row holds a field: the field's, or its column's. */
function nameIn(model: Model, field: string, row: Plain): string | undefined {
  if (ownValue(row, field) !== undefined) return field
  const entry = model.fields.get(field)
  const column = entry?.kind === 'scalar' ? entry.column : field
  return ownValue(row, column) === undefined ? undefined : column
}

/** Of a list, each element. */
function jsonTexts(value: unknown): unknown {
  return Array.isArray(value) ? value.map(jsonText) : jsonText(value)
}

/** A raw JSON column comes parsed from some databases, and as its JSON text from others. */
function jsonText(value: unknown): unknown {
  if (typeof value !== 'string' || !value.startsWith('"')) return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}
