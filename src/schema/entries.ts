import { type Datamodel, defaultFunction, type Field, type Model, oppositeOf } from './dmmf.js'
import type { DefaultOrigin, EncryptedEntry, FieldEntry, IndexEntry, ModelEntry, TenantEntry } from './model-map.js'

/** What the annotations of one field mean. */
export interface FieldMeaning {
  readonly encrypted?: EncryptedEntry
  readonly index?: IndexEntry
  /** Of a relation. */
  readonly links?: 'accepted'
}

/** A model as the runtime needs it. */
export function modelEntry(
  datamodel: Datamodel,
  model: Model,
  { view, tenant }: { readonly view: boolean; readonly tenant: TenantEntry | undefined },
  meaningOf: (field: Field) => FieldMeaning,
): ModelEntry {
  const indexes = new Set(model.fields.flatMap((field) => (meaningOf(field).index === undefined ? [] : [field.name])))
  return {
    table: model.dbName ?? model.name,
    ...(typeof model.schema === 'string' ? { schema: model.schema } : {}),
    ...(view ? { view: true as const } : {}),
    key: keyOf(model, indexes),
    compounds: compoundsOf(model),
    ...(tenant === undefined ? {} : { tenant }),
    fields: Object.fromEntries(
      model.fields
        .filter(({ kind }) => kind !== 'unsupported')
        .map((field) => [field.name, fieldEntry(datamodel, model, field, meaningOf(field))]),
    ),
  }
}

function fieldEntry(datamodel: Datamodel, model: Model, field: Field, meaning: FieldMeaning): FieldEntry {
  const shape = {
    ...(field.isList ? { list: true as const } : {}),
    ...(field.isRequired ? {} : { optional: true as const }),
  }
  if (field.kind === 'object') {
    const fields = field.relationFromFields ?? []
    return {
      kind: 'relation',
      model: field.type,
      ...shape,
      ...(fields.length > 0 ? { fields, references: field.relationToFields ?? [] } : {}),
      ...(field.relationOnDelete === undefined ? {} : { onDelete: field.relationOnDelete }),
      ...(meaning.links === undefined ? {} : { links: meaning.links }),
      // Prisma's validation requires both ends of every relation.
      opposite: oppositeOf(datamodel, model, field)?.name ?? '',
    }
  }
  const origin = defaultOf(field)
  return {
    kind: 'scalar',
    type: field.type,
    column: field.dbName ?? field.name,
    ...shape,
    ...(field.isUnique || field.isId ? { unique: true as const } : {}),
    ...(origin === undefined ? {} : { default: origin }),
    ...(meaning.encrypted === undefined ? {} : { encrypted: meaning.encrypted }),
    ...(meaning.index === undefined ? {} : { index: meaning.index }),
  }
}

/** Functions whose value Prisma's client generates and sends; the database generates that of all others. */
const madeByClient = ['uuid', 'cuid', 'ulid', 'nanoid', 'now']

function defaultOf(field: Field): DefaultOrigin | undefined {
  if (field.isUpdatedAt === true) return 'client'
  if (!field.hasDefaultValue) return undefined
  const made = defaultFunction(field)
  if (made === undefined) return 'literal'
  return madeByClient.includes(made.name) ? 'client' : 'database'
}

/**
 * The primary key, or the first unique whose fields are all required, if possible without index columns; `[]` for a view
 * without one. None of its fields is encrypted, since an encrypted id or unique is refused.
 */
function keyOf(model: Model, indexes: ReadonlySet<string>): readonly string[] {
  if (model.primaryKey !== null) return model.primaryKey.fields
  const id = model.fields.find(({ isId }) => isId)
  if (id !== undefined) return [id.name]
  const required = new Set(model.fields.filter(({ isRequired }) => isRequired).map(({ name }) => name))
  const keys = [
    ...model.fields.filter(({ isUnique }) => isUnique).map(({ name }) => [name]),
    ...model.uniqueIndexes.map(({ fields }) => fields),
  ].filter((fields) => fields.every((name) => required.has(name)))
  // A token changes with the value that it was computed from.
  return keys.find((fields) => !fields.some((name) => indexes.has(name))) ?? keys[0] ?? []
}

/** `where: { tenantId_email: { … } }`: Prisma joins the fields by "_" if the attribute has no `name`. */
function compoundsOf(model: Model): { [name: string]: readonly string[] } {
  // An attribute with one field has no compound input, whatever its name: Prisma uses the field's own.
  const compounds = [...(model.primaryKey === null ? [] : [model.primaryKey]), ...model.uniqueIndexes].filter(
    ({ fields }) => fields.length > 1,
  )
  return Object.fromEntries(compounds.map(({ name, fields }) => [name ?? fields.join('_'), fields]))
}
