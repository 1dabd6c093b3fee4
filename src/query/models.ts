import type { ValueType } from '../envelope/index.js'
import { EnvelopeConfigError } from '../errors.js'
import type { FieldEntry, ModelEntry, ModelMap, RelationEntry, TenantEntry } from '../schema/model-map.js'

/** The model map, prepared for looking things up on every call. */
export interface Models {
  get(name: string): Model
  /** Whether tenants are UUIDs, which the database gives back in lower case. */
  readonly uuidTenants: boolean
}

export interface Model {
  readonly name: string
  readonly fields: ReadonlyMap<string, FieldEntry>
  readonly compounds: ReadonlyMap<string, readonly string[]>
  readonly key: readonly string[]
  readonly tenant: TenantEntry | undefined
  readonly encrypted: ReadonlyMap<string, EncryptedField>
  /** The relations through which a result can reach encrypted fields. */
  readonly sensitive: ReadonlyMap<string, RelationEntry>
  /** Whether a result of this model, however nested, can hold encrypted fields. */
  readonly reaches: boolean
  /** Whether calls on this model are planned at all: it or what it relates to has encrypted fields or a tenant column. */
  readonly concerned: boolean
}

export interface EncryptedField {
  readonly model: string
  readonly field: string
  /** The names that are authenticated with the value. */
  readonly logicalModel: string
  readonly logicalField: string
  readonly valueType: ValueType
}

const VALUE_TYPES: Readonly<Record<string, ValueType>> = { String: 'text', Json: 'json', Bytes: 'bytes' }

/** Throws `ENVELOPE_CONFIG_INVALID` for what is not a model map of this release. */
export function compileModels(map: ModelMap): Models {
  if (typeof map !== 'object' || map === null || map.version !== 1) {
    throw new EnvelopeConfigError(
      'ENVELOPE_CONFIG_INVALID',
      'models is not a model map of this release: pass encryptedModels from the generated module, and run prisma generate after upgrading.',
    )
  }
  const reaching = reachingModels(map, (entry) => Object.values(entry.fields).some(isEncrypted))
  const concerned = reachingModels(map, (entry) => entry.tenant !== undefined || Object.values(entry.fields).some(isEncrypted))
  const models = new Map<string, Model>()
  for (const [name, entry] of Object.entries(map.models)) {
    const fields = new Map(Object.entries(entry.fields))
    models.set(name, {
      name,
      fields,
      compounds: new Map(Object.entries(entry.compounds)),
      key: entry.key,
      tenant: entry.tenant,
      encrypted: encryptedFields(name, fields),
      sensitive: new Map(
        [...fields].flatMap(([field, of]) => (of.kind === 'relation' && reaching.has(of.model) ? [[field, of]] : [])),
      ),
      reaches: reaching.has(name),
      concerned: concerned.has(name),
    })
  }
  return {
    uuidTenants: [...models.values()].some((model) => model.tenant?.uuid === true),
    get(name) {
      const model = models.get(name)
      if (model !== undefined) return model
      throw new EnvelopeConfigError(
        'ENVELOPE_CONFIG_INVALID',
        `The model map knows no model ${name}: run prisma generate, so that the client and the map are of one schema.`,
        { model: name },
      )
    },
  }
}

function encryptedFields(model: string, fields: ReadonlyMap<string, FieldEntry>): Map<string, EncryptedField> {
  const encrypted = new Map<string, EncryptedField>()
  for (const [field, entry] of fields) {
    if (entry.kind !== 'scalar' || entry.encrypted === undefined) continue
    const [logicalModel, logicalField] = entry.encrypted.as.split('.')
    const valueType = VALUE_TYPES[entry.type]
    if (logicalModel === undefined || logicalField === undefined || valueType === undefined || entry.list === true) {
      throw new EnvelopeConfigError('ENVELOPE_CONFIG_INVALID', 'The model map is damaged: run prisma generate.', {
        model,
        field,
      })
    }
    encrypted.set(field, { model, field, logicalModel, logicalField, valueType })
  }
  return encrypted
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
