import { EnvelopeConfigError } from '../../errors.js'
import type { EncryptedField, IndexField } from '../../leaves/field.js'
import { quoted } from '../../quoting/quote.js'
import { assertModelMap } from '../../schema/assert-model-map.js'
import type {
  ColumnTenant,
  FieldEntry,
  ModelEntry,
  ModelMap,
  RelationEntry,
  TenantColumnType,
} from '../../schema/model-map.js'
import { indexKinds } from '../../search/index.js'
import { isIndexable, valueTypeOf } from '../../values/index.js'
import { defaultsOf, type MakeDefault } from './defaults.js'
import { fieldType } from './field-type.js'

/** The model map, prepared for looking things up on every call. */
export interface Models {
  /** Prisma's `datasource.provider`. */
  readonly provider: string
  get(name: string): Model
  has(name: string): boolean
  /** Index columns, as `Patient.emailIndex`. */
  readonly indexColumns: readonly string[]
  /** Whether tenants are UUIDs, which the database returns in lower case. */
  readonly uuidTenants: boolean
  /** Whether the database may treat two tenants' spellings as equal. */
  readonly foldingTenants: boolean
  /** A column with the widest range, where all tenant columns are integers. */
  readonly integerTenants: { readonly column: string; readonly type: Exclude<TenantColumnType, 'String'> } | undefined
}

export interface Model {
  readonly name: string
  readonly table: string
  readonly schema: string | undefined
  readonly fields: ReadonlyMap<string, FieldEntry>
  readonly compounds: ReadonlyMap<string, readonly string[]>
  readonly key: readonly string[]
  readonly tenant: ColumnTenant | undefined
  readonly encrypted: ReadonlyMap<string, EncryptedField>
  /** What a create that leaves out an encrypted field puts there. */
  readonly defaults: ReadonlyMap<string, MakeDefault>
  /** The index columns over each encrypted field, in the order of the schema. */
  readonly indexes: ReadonlyMap<string, readonly IndexField[]>
  /** The fields that hold index tokens. */
  readonly indexColumns: ReadonlySet<string>
  /** The relations through which a result can reach encrypted fields, or a view. */
  readonly sensitive: ReadonlyMap<string, RelationEntry>
  /** Whether a result of this model, however nested, can hold encrypted fields, or rows of a view. */
  readonly reaches: boolean
  /**
   * Of a view, in a schema with encrypted fields: its fields that may read an encrypted column. The database says which
   * do, not the map, so they are not opened, and what is ciphertext is refused.
   */
  readonly unopened: readonly string[] | undefined
  /** Whether calls on this model are planned at all: it or what it relates to has encrypted fields or a tenant column, or is a view. */
  readonly concerned: boolean
}

/** Throws `ENVELOPE_CONFIG_INVALID` if the value is not a model map of this release. */
export function compileModels(map: ModelMap): Models {
  const known = typeof map === 'object' && map !== null ? compiled.get(map) : undefined
  if (known !== undefined) return known
  const models = compile(map)
  compiled.set(map, models)
  return models
}

/** Once for each map, however many clients are extended with it. Neither is changed after. */
const compiled = new WeakMap<ModelMap, Models>()

function compile(map: ModelMap): Models {
  assertModelMap(map, '`models` (`encryptedModels` from the generated module)')
  const encrypts = (entry: ModelEntry): boolean => Object.values(entry.fields).some(isEncrypted)
  const anyEncrypts = Object.values(map.models).some(encrypts)
  const mayHoldEnvelopes = (entry: ModelEntry): boolean => encrypts(entry) || (anyEncrypts && entry.view === true)
  const reaching = reachingModels(map, mayHoldEnvelopes)
  const concerned = reachingModels(map, (entry) => entry.tenant !== undefined || mayHoldEnvelopes(entry))
  const models = new Map<string, Model>()
  for (const [name, entry] of Object.entries(map.models)) {
    const fields = new Map(Object.entries(entry.fields))
    const encrypted = encryptedFields(name, fields)
    const indexes = indexFields(name, fields, encrypted)
    models.set(name, {
      name,
      table: entry.table,
      schema: entry.schema,
      fields,
      compounds: new Map(Object.entries(entry.compounds)),
      key: entry.key,
      tenant: entry.tenant?.from === 'column' ? entry.tenant : undefined,
      encrypted,
      defaults: defaultsOf(fields, encrypted),
      indexes: bySource(indexes),
      indexColumns: new Set(indexes.map((index) => index.field)),
      sensitive: new Map(
        [...fields].flatMap(([field, of]) => (of.kind === 'relation' && reaching.has(of.model) ? [[field, of]] : [])),
      ),
      reaches: reaching.has(name),
      unopened: anyEncrypts && entry.view === true ? columnsForEnvelopes(fields) : undefined,
      concerned: concerned.has(name),
    })
  }
  return {
    provider: map.provider,
    indexColumns: [...models.values()].flatMap(({ name, indexColumns }) =>
      [...indexColumns].map((f) => `${name}.${f}`),
    ),
    uuidTenants: [...models.values()].some((model) => model.tenant?.uuid === true),
    integerTenants: integerTenants([...models.values()]),
    foldingTenants: [...models.values()].some((model) => model.tenant?.folds === true),
    has: (name) => models.has(name),
    get(name) {
      const model = models.get(name)
      if (model !== undefined) return model
      throw new EnvelopeConfigError(
        'ENVELOPE_CONFIG_INVALID',
        `The model map has no model ${quoted(name)}. Run \`prisma generate\`, so that the client and the map have the same schema.`,
        { model: name },
      )
    },
  }
}

/** Those of a type that an encrypted column can have. */
function columnsForEnvelopes(fields: ReadonlyMap<string, FieldEntry>): string[] {
  return [...fields].flatMap(([name, of]) => (of.kind === 'scalar' && valueTypeOf(of.type) !== undefined ? [name] : []))
}

function encryptedFields(model: string, fields: ReadonlyMap<string, FieldEntry>): Map<string, EncryptedField> {
  const encrypted = new Map<string, EncryptedField>()
  for (const [field, entry] of fields) {
    if (entry.kind !== 'scalar' || entry.encrypted === undefined) continue
    const [logicalModel, logicalField] = entry.encrypted.as.split('.')
    if (logicalModel === undefined || logicalField === undefined) throw damaged(model, field)
    const list = entry.list === true
    encrypted.set(field, {
      model,
      field,
      logicalModel,
      logicalField,
      type: fieldType(entry.encrypted.type),
      list,
    })
  }
  return encrypted
}

function indexFields(
  model: string,
  fields: ReadonlyMap<string, FieldEntry>,
  encrypted: ReadonlyMap<string, EncryptedField>,
): IndexField[] {
  return [...fields].flatMap(([field, entry]) => {
    if (entry.kind !== 'scalar' || entry.index === undefined) return []
    const source = encrypted.get(entry.index.source)
    if (source === undefined || source.list || !isIndexable(source.type)) throw damaged(model, field)
    const definition = {
      field: `${source.logicalModel}.${source.logicalField}`,
      index: entry.index.as,
      type: source.type,
      normalize: entry.index.normalize,
    }
    return [
      {
        model,
        field,
        source,
        scope: entry.index.scope,
        unique: entry.unique === true,
        required: entry.optional !== true,
        kind: indexKinds[entry.index.kind],
        definition,
      },
    ]
  })
}

function integerTenants(models: readonly Model[]): Models['integerTenants'] {
  const columns = models.flatMap(({ name, tenant }) =>
    tenant === undefined ? [] : [{ column: `${name}.${tenant.field}`, type: tenant.type }],
  )
  const widest = columns.find(({ type }) => type === 'BigInt') ?? columns[0]
  if (widest === undefined || widest.type === 'String' || columns.some(({ type }) => type === 'String'))
    return undefined
  return { column: widest.column, type: widest.type }
}

function bySource(indexes: readonly IndexField[]): Map<string, IndexField[]> {
  const grouped = new Map<string, IndexField[]>()
  for (const index of indexes) grouped.set(index.source.field, [...(grouped.get(index.source.field) ?? []), index])
  return grouped
}

function damaged(model: string, field: string): EnvelopeConfigError {
  return new EnvelopeConfigError('ENVELOPE_CONFIG_INVALID', 'The model map is damaged. Run `prisma generate`.', {
    model,
    field,
  })
}

function isEncrypted(field: FieldEntry): boolean {
  return field.kind === 'scalar' && field.encrypted !== undefined
}

/** The models that are `wanted`, and those from which some path of relations leads to one. */
function reachingModels(map: ModelMap, wanted: (entry: ModelEntry) => boolean): Set<string> {
  const entries = Object.entries(map.models)
  const reaching = new Set(entries.flatMap(([name, entry]) => (wanted(entry) ? [name] : [])))
  for (let before = -1; before !== reaching.size; ) {
    before = reaching.size
    for (const [name, { fields }] of entries) {
      const leads = Object.values(fields).some((field) => field.kind === 'relation' && reaching.has(field.model))
      if (leads) reaching.add(name)
    }
  }
  return reaching
}
