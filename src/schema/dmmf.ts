/**
 * The part of Prisma's DMMF (data model meta format) that we read, as Prisma 6.19 and 7 pass it to a generator.
 *
 * Declared here rather than imported, so that the package depends on no Prisma package at run time.
 */
export interface Datamodel {
  readonly models: readonly Model[]
  readonly enums: readonly Enum[]
  readonly indexes: readonly Index[]
}

export interface Model {
  readonly name: string
  readonly dbName?: string | null
  readonly schema?: string | null
  readonly documentation?: string
  readonly fields: readonly Field[]
  readonly primaryKey: { readonly name: string | null; readonly fields: readonly string[] } | null
  /** `@@unique`, in schema order. Fields with `@unique` are not in it. */
  readonly uniqueIndexes: readonly { readonly name: string | null; readonly fields: readonly string[] }[]
}

export interface Field {
  readonly name: string
  readonly dbName?: string | null
  readonly kind: 'scalar' | 'object' | 'enum' | 'unsupported'
  readonly type: string
  readonly isList: boolean
  readonly isRequired: boolean
  /** Also for the only field of a `@@unique`. */
  readonly isUnique: boolean
  /** Also for the only field of an `@@id`. */
  readonly isId: boolean
  readonly isUpdatedAt?: boolean
  readonly hasDefaultValue: boolean
  readonly default?: Default
  /** `@db.VarChar(191)` is `['VarChar', ['191']]`. */
  readonly nativeType?: readonly [string, readonly string[]] | null
  readonly relationName?: string
  readonly relationFromFields?: readonly string[]
  readonly relationToFields?: readonly string[]
  /** Only if the schema writes it: see `onDeleteOf`. */
  readonly relationOnDelete?: string
  readonly relationOnUpdate?: string
  readonly documentation?: string
}

export type Literal = string | number | boolean
export type Default = Literal | readonly Literal[] | DefaultFunction

export interface DefaultFunction {
  readonly name: string
  readonly args: readonly (string | number)[]
}

export interface Enum {
  readonly name: string
  readonly documentation?: string
  readonly values: readonly { readonly name: string; readonly documentation?: string }[]
}

export interface Index {
  readonly model: string
  readonly type: 'id' | 'normal' | 'unique' | 'fulltext'
  /** `type: Gin`; without it, B-tree. */
  readonly algorithm?: string
  readonly fields: readonly { readonly name: string; readonly length?: number }[]
}

/** The relation whose foreign key this field of the same model belongs to. */
export function foreignKeyOf(model: Model, field: Field): Field | undefined {
  return model.fields.find((relation) => relation.relationFromFields?.includes(field.name))
}

/** Whether the foreign key of a relation is on the model of this field. */
export function holdsForeignKey(relation: Field): boolean {
  return (relation.relationFromFields ?? []).length > 0
}

/** Whether a column, or the whole foreign key of a relation, always has a value: an optional relation may have such a key. */
export function isAlwaysSet(model: Model, field: Field): boolean {
  if (field.kind !== 'object') return field.isRequired
  return model.fields.every(({ name, isRequired }) => isRequired || !field.relationFromFields?.includes(name))
}

/**
 * What happens to the row if the one that it refers to is deleted: as written, or Prisma's default, of which only `SetNull`
 * matters here; `undefined` for any other.
 * https://www.prisma.io/docs/orm/prisma-schema/data-model/relations/referential-actions#referential-action-defaults
 */
export function onDeleteOf(model: Model, relation: Field): string | undefined {
  if (relation.relationOnDelete !== undefined) return relation.relationOnDelete
  const columns = model.fields.filter(({ name }) => relation.relationFromFields?.includes(name))
  // One required column, and the default is to refuse.
  return columns.every(({ isRequired }) => !isRequired) ? 'SetNull' : undefined
}

/** The field at the other end of a relation. */
export function oppositeOf(datamodel: Datamodel, model: Model, relation: Field): Field | undefined {
  const target = datamodel.models.find(({ name }) => name === relation.type)
  return target?.fields.find(
    (field) =>
      field.kind === 'object' &&
      field.relationName === relation.relationName &&
      field.type === model.name &&
      (target.name !== model.name || field.name !== relation.name),
  )
}

/** The function of a `@default(now())`, or `undefined` for literals and for no default. */
export function defaultFunction(field: Field): DefaultFunction | undefined {
  const value = field.default
  // A literal is a string, number, boolean or array; only a function is an object.
  return typeof value === 'object' && !Array.isArray(value) ? (value as DefaultFunction) : undefined
}
