import { EnvelopeConfigError } from '../../errors.js'
import type { EncryptedField, IndexField, Legacy } from '../../leaves/field.js'
import { mayHoldPlaintext } from '../../leaves/index.js'
import { quoted } from '../../quoting/quote.js'
import { assertModelMap } from '../../schema/assert-model-map.js'
import type {
  ColumnTenant,
  FieldEntry,
  LegacyEntry,
  ModelEntry,
  ModelMap,
  RelationEntry,
  TenantColumnType,
} from '../../schema/model-map.js'
import { meantBy } from '../../schema/spelling.js'
import { indexKindOf, partText } from '../../search/index.js'
import { isIndexable, valueTypeOf } from '../../values/index.js'
import { defaultsOf, type MakeDefault } from './defaults.js'
import { fieldType } from './field-type.js'

const DAY = 24 * 60 * 60 * 1000

/** The model map, prepared for looking things up on every call. */
export interface Models {
  /** Prisma's `datasource.provider`. */
  readonly provider: string
  get(name: string): Model
  has(name: string): boolean
  readonly all: readonly Model[]
  /** Index columns, as `Patient.emailIndex`. */
  readonly indexColumns: readonly string[]
  /** Whether tenants are UUIDs, which the database returns in lower case. */
  readonly uuidTenants: boolean
  /** Whether the database may treat two tenants' spellings as equal. */
  readonly foldingTenants: boolean
  /** Whether a column of an encrypted field may hold plaintext, by the schema. */
  readonly mayHoldPlaintext: boolean
  /** The tenant of shared rows; `undefined` if no row of the schema can be shared. */
  readonly sharedTenant: string | undefined
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
  /** The column that says which tenant owns a row. */
  readonly tenant: ColumnTenant | undefined
  /** The owner relation: the rows at both ends have the same tenant. */
  readonly step: TenantStep | undefined
  /** The tenant of all rows, where they are shared. */
  readonly shared: string | undefined
  /** Whether rows of other models belong to its rows. */
  readonly owns: boolean
  readonly encrypted: ReadonlyMap<string, EncryptedField>
  /** What a create that leaves out an encrypted field puts there. */
  readonly defaults: ReadonlyMap<string, MakeDefault>
  /** The index columns over each encrypted field, in the order of the schema. */
  readonly indexes: ReadonlyMap<string, readonly IndexField[]>
  /** The fields that hold index tokens. */
  readonly indexColumns: ReadonlySet<string>
  /** The relations through which a result can reach encrypted fields, or a view. */
  readonly sensitive: ReadonlyMap<string, RelationEntry>
  /** The fields by which a row of a result concerns us: encrypted ones, and {@link sensitive} relations. */
  readonly watched: readonly string[]
  /** Whether a result of this model, however nested, can hold encrypted fields, or rows of a view. */
  readonly reaches: boolean
  /**
   * Of a view, in a schema with encrypted fields: its fields that may read an encrypted column. The database says which
   * do, not the map, so they are not opened, and what is ciphertext is refused.
   */
  readonly unopened: readonly string[] | undefined
  /** Whether it is a model of the key table, or that of the jobs, on which every call is refused. */
  readonly ofKeyTable: boolean
  /**
   * Whether calls on this model are looked at at all: it or what it relates to has encrypted fields or a tenant column, or is
   * a view; or it is of the key table.
   */
  readonly concerned: boolean
}

/** A relation whose foreign key, on this model, leads to the row that this row belongs to. */
export interface TenantStep {
  readonly name: string
  readonly entry: RelationEntry
  readonly fields: readonly string[]
  readonly references: readonly string[]
  /** Whether the foreign key can be NULL: the row is then shared. An optional relation may have one that cannot. */
  readonly nullable: boolean
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
  const owners = ownerModels(map)
  const ownTables = [...Object.values(map.keyTable ?? {}), ...(map.jobs === undefined ? [] : [map.jobs])]
  const models = new Map<string, Model>()
  for (const [name, entry] of Object.entries(map.models)) {
    const fields = new Map(Object.entries(entry.fields))
    const encrypted = encryptedFields(name, fields)
    const indexes = indexFields(name, fields, encrypted)
    const sensitive = new Map(
      [...fields].flatMap(([field, of]) => (of.kind === 'relation' && reaching.has(of.model) ? [[field, of]] : [])),
    )
    models.set(name, {
      name,
      table: entry.table,
      schema: entry.schema,
      fields,
      compounds: new Map(Object.entries(entry.compounds)),
      key: entry.key,
      ...ownership(map, name),
      owns: owners.has(name),
      encrypted,
      defaults: defaultsOf(fields, encrypted),
      indexes: bySource(indexes),
      indexColumns: new Set(indexes.map((index) => index.field)),
      sensitive,
      watched: [...encrypted.keys(), ...sensitive.keys()],
      reaches: reaching.has(name),
      unopened: anyEncrypts && entry.view === true ? columnsForEnvelopes(fields) : undefined,
      ofKeyTable: ownTables.includes(name),
      concerned: concerned.has(name) || ownTables.includes(name),
    })
  }
  return {
    provider: map.provider,
    indexColumns: [...models.values()].flatMap(({ name, indexColumns }) =>
      [...indexColumns].map((f) => `${name}.${f}`),
    ),
    sharedTenant: map.sharedTenant,
    uuidTenants: [...models.values()].some((model) => model.tenant?.uuid === true),
    integerTenants: integerTenants([...models.values()]),
    mayHoldPlaintext: [...models.values()].some(({ encrypted }) => [...encrypted.values()].some(mayHoldPlaintext)),
    foldingTenants: [...models.values()].some((model) => model.tenant?.folds === true),
    has: (name) => models.has(name),
    all: [...models.values()],
    get(name) {
      const model = models.get(name)
      if (model !== undefined) return model
      const meant = meantBy(String(name), models.keys())
      const hint = meant === undefined ? '' : ` Did you mean ${quoted(meant)}? If not, run`
      throw new EnvelopeConfigError(
        'ENVELOPE_CONFIG_INVALID',
        `The model map has no model ${quoted(name)}.${hint || ' Run'} \`prisma generate\`, so that the client and the map have the same schema.`,
        { model: name },
      )
    },
  }
}

function ownerModels(map: ModelMap): Set<string> {
  return new Set(
    Object.values(map.models).flatMap(({ tenant, fields }) => {
      const step = tenant?.from === 'relation' ? fields[tenant.field] : undefined
      return step?.kind === 'relation' ? [step.model] : []
    }),
  )
}

type Ownership = Pick<Model, 'tenant' | 'step' | 'shared'>

const OWNED_BY_NOBODY: Ownership = { tenant: undefined, step: undefined, shared: undefined }

/** Which tenant owns the rows of a model. What belongs to shared rows is shared itself: there is nothing to look up. */
function ownership(map: ModelMap, name: string, after: readonly string[] = []): Ownership {
  const model = map.models[name]
  const source = model?.tenant
  switch (source?.from) {
    case undefined:
    case 'bound':
      return OWNED_BY_NOBODY
    case 'column':
      if (source.optional === true && map.sharedTenant === undefined) throw damaged(name, source.field)
      return { ...OWNED_BY_NOBODY, tenant: source }
    case 'shared':
      if (map.sharedTenant === undefined) throw damaged(name)
      return { ...OWNED_BY_NOBODY, shared: map.sharedTenant }
    case 'relation': {
      const entry = model?.fields[source.field]
      if (entry?.kind !== 'relation' || entry.fields === undefined || entry.references === undefined) {
        throw damaged(name, source.field)
      }
      const { fields, references } = entry
      const nullable = fields.some((field) => model?.fields[field]?.optional === true)
      if (after.includes(name) || (nullable && map.sharedTenant === undefined)) throw damaged(name, source.field)
      const parent = ownership(map, entry.model, [...after, name])
      if (parent === OWNED_BY_NOBODY) throw damaged(name, source.field)
      if (parent.shared !== undefined) return parent
      // A foreign key that contains the parent's tenant column is a tenant column itself, and spares the look at the parent.
      const column = parent.tenant && fields[references.indexOf(parent.tenant.field)]
      if (parent.tenant !== undefined && column !== undefined) {
        const optional = nullable || parent.tenant.optional === true
        return { ...OWNED_BY_NOBODY, tenant: { ...parent.tenant, field: column, ...(optional && { optional }) } }
      }
      return { ...OWNED_BY_NOBODY, step: { name: source.field, entry, fields, references, nullable } }
    }
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
      ...(entry.encrypted.legacy && {
        legacy: legacyOf(entry.encrypted.legacy),
      }),
      ...(entry.encrypted.pad !== undefined && { pad: entry.encrypted.pad }),
      ...(entry.encrypted.write && { writesPlain: true }),
    })
  }
  return encrypted
}

function legacyOf({ until, folds }: LegacyEntry): Legacy {
  return { until, ends: Date.parse(`${until}T00:00:00Z`) + DAY, folds: folds === true }
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
    const { kind, length } = entry.index
    // Only text has parts, and two values may have the same.
    if (kind !== 'equality' && (!source.type.normalizable || entry.unique === true)) throw damaged(model, field)
    const definition = {
      field: `${source.logicalModel}.${source.logicalField}`,
      index: entry.index.as,
      type: source.type,
      normalize: entry.index.normalize,
      ...(kind !== 'equality' && { part: partText({ kind, length }) }),
    }
    return [
      {
        model,
        field,
        source,
        scope: entry.index.scope,
        unique: entry.unique === true,
        required: entry.optional !== true,
        kind: indexKindOf(kind, length),
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

function damaged(model: string, field?: string): EnvelopeConfigError {
  return new EnvelopeConfigError('ENVELOPE_CONFIG_INVALID', 'The model map is damaged. Run `prisma generate`.', {
    model,
    ...(field !== undefined && { field }),
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
