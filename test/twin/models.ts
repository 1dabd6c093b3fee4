import { readdirSync, readFileSync } from 'node:fs'
import { getDMMF } from '@prisma/get-dmmf'

/**
 * What the twins' schema says, for the drawing of arguments and the comparing of rows. Read from Prisma's description
 * and from the annotations' text, not by `src/`: the test shares nothing with what it tests.
 */
export interface Models {
  readonly provider: string
  /** The folder's name among those that were generated. */
  readonly schema: SchemaName
  /** Whose rows are drawn: tenants, and {@link SHARED} where the schema has shared rows. */
  readonly tenants: readonly string[]
  readonly list: readonly Model[]
  get(name: string): Model
}

export interface Model {
  readonly name: string
  /** The client's delegate: `patient`. */
  readonly delegate: string
  readonly table: string
  readonly scalars: readonly Scalar[]
  readonly relations: readonly Relation[]
  /** The fields of the primary key. */
  readonly key: readonly string[]
  readonly uniques: readonly Unique[]
  readonly tenant: Scalar | undefined
  /** The owner relation. */
  readonly step: Relation | undefined
  /** The model at the end of that relation. */
  readonly parent: Model | undefined
  /** Its rows are sealed for the shared tenant: it says so, or they belong to rows that are. */
  readonly shared: boolean
  /** Whose rows there can be. Empty: a row belongs to nobody that the database knows. */
  readonly owners: readonly string[]
}

/** The tenant of shared rows. */
export const SHARED = 'main'
export const TENANTS = ['1', '2'] as const

/** `twin`: each row has a tenant column, or belongs to nobody. `twin-company`: rows have owner relations. */
export type SchemaName = 'twin' | 'twin-company'
export const SCHEMAS: readonly SchemaName[] = ['twin', 'twin-company']

/** Whether each row belongs to a tenant that the database knows. */
export function isOwned({ owners }: Model): boolean {
  return owners.length > 0
}

/** Whether there may be a row of this tenant: what belongs to nobody is everybody's. */
export function mayOwn({ owners }: Model, tenant: string): boolean {
  return owners.length === 0 || owners.includes(tenant)
}

export interface Scalar {
  readonly kind: 'scalar'
  readonly name: string
  readonly column: string
  readonly type: string
  readonly values: readonly string[] | undefined
  readonly list: boolean
  readonly required: boolean
  readonly isId: boolean
  readonly unique: boolean
  readonly hasDefault: boolean
  /** Part of some foreign key. */
  readonly foreign: boolean
  readonly encrypted: boolean
  /** The indexes over this encrypted field, in the order of the schema. */
  readonly indexes: readonly Index[]
  /** This is an index column. */
  readonly isIndex: boolean
}

export interface Index {
  readonly model: string
  readonly column: string
  readonly source: string
  readonly type: string
  readonly scope: 'tenant' | 'global'
  readonly normalize: readonly string[]
  /** Which part of a text it is of, and of how many code points where that is said. */
  readonly part: { readonly of: string; readonly length: number } | undefined
  readonly unique: boolean
  /** Its tokens are those of the shared tenant. */
  readonly shared: boolean
}

export interface Relation {
  readonly kind: 'relation'
  readonly name: string
  readonly model: string
  readonly list: boolean
  readonly required: boolean
  /** The foreign key, where this side has it. */
  readonly from: readonly string[]
  readonly to: readonly string[]
  readonly opposite: string
  /** The foreign key holds the tenant column, so that the database keeps both ends in one tenant. */
  readonly held: boolean
  /** It is the owner relation of this model, or of the one at its other end: the rows at both ends have the same tenant. */
  readonly kept: boolean
  /** A filter that names the tenant of the row at this end names that of the rows at the other end, too. */
  readonly spreads: boolean
  /** If it is emptied, the row with the foreign key falls to the shared tenant. */
  readonly owns: boolean
  /** A foreign key of several columns, some of them required: where the others are NULL there is no row at the other end. */
  readonly partlyNull: boolean
  /** The table between, of a many-to-many relation; and whether this model is its column A. */
  readonly through: { readonly table: string; readonly first: boolean } | undefined
}

export interface Unique {
  /** The key of the unique input. */
  readonly name: string
  readonly fields: readonly string[]
}

type Document = Extract<ReturnType<typeof getDMMF>, { schema: unknown }>
type DataModel = Document['datamodel']['models'][number]
type DataField = DataModel['fields'][number]

/** The schema of the encrypted twin, as it was generated for this database. */
export function readModels(provider: string, schema: SchemaName): Models {
  const folder = new URL(`../generated/${provider}/${schema}-encrypted/schema/`, import.meta.url)
  const files = readdirSync(folder).filter((name) => name.endsWith('.prisma'))
  // Prisma 6 has a `url` in its schemas, which Prisma 7's reader refuses.
  const read = (name: string) => readFileSync(new URL(name, folder), 'utf8').replace(/^\s*url\s*=.*$/m, '')
  const datamodel = files.map((name): [string, string] => [name, read(name)])
  const document = getDMMF({ datamodel })
  if (!('schema' in document)) throw new Error('The twins have a schema that Prisma does not read')
  const enums = new Map(document.datamodel.enums.map(({ name, values }) => [name, values.map((value) => value.name)]))
  // The key table is for nobody but the package.
  const models = document.datamodel.models.filter(({ documentation }) => !documentation?.includes('@encrypted.key'))
  const list = models.map((model) => readModel(model, models, enums, (of) => get(of)))
  const byName = new Map(list.map((model) => [model.name, model]))
  const get = (name: string): Model => {
    const model = byName.get(name)
    if (model === undefined) throw new Error(`The twins have no model ${name}`)
    return model
  }
  const tenants = schema === 'twin' ? TENANTS : [...TENANTS, SHARED]
  return { provider, schema, tenants, list, get }
}

function readModel(
  model: DataModel,
  all: readonly DataModel[],
  enums: Map<string, string[]>,
  get: (name: string) => Model,
): Model {
  const foreign = new Set(model.fields.flatMap((field) => field.relationFromFields ?? []))
  const { shared, owners } = ownershipOf(model, all)
  const indexes = model.fields.flatMap((field) => indexOf(model, field, shared))
  const scalars = model.fields
    .filter(({ kind }) => kind !== 'object')
    .map((field) => scalarOf(field, foreign, indexes, enums))
  const key = model.primaryKey?.fields ?? model.fields.filter((field) => field.isId).map(({ name }) => name)
  const compounds = [...(model.primaryKey ? [model.primaryKey] : []), ...model.uniqueIndexes]
  const stepName = shared ? undefined : stepOf(model, all)?.name
  const relations = model.fields.filter(({ kind }) => kind === 'object').map((field) => relationOf(model, field, all))
  return {
    name: model.name,
    delegate: model.name.charAt(0).toLowerCase() + model.name.slice(1),
    table: model.dbName ?? model.name,
    scalars,
    relations,
    key,
    uniques: [
      ...model.fields.filter((field) => field.isId || field.isUnique).map(({ name }) => ({ name, fields: [name] })),
      ...compounds.map(({ name, fields }) => ({ name: name ?? fields.join('_'), fields: [...fields] })),
    ],
    tenant: scalars.find(({ name }) => name === tenantColumn(model, all)),
    step: relations.find(({ name }) => name === stepName),
    get parent() {
      return this.step && get(this.step.model)
    },
    shared,
    owners,
  }
}

/** The field that determines which tenant owns a row: a column, or a relation. */
function tenantField(model: DataModel): DataField | undefined {
  return model.fields.find(({ documentation }) => documentation?.includes('@encrypted.tenant') === true)
}

/** The column that holds the tenant: also the foreign key to a parent, where it refers to the parent's. */
function tenantColumn(model: DataModel, all: readonly DataModel[]): string | undefined {
  const field = tenantField(model)
  if (field?.kind !== 'object') return field?.name
  const parent = all.find(({ name }) => name === field.type)
  const column = parent && tenantColumn(parent, all)
  return column === undefined ? undefined : field.relationFromFields?.[field.relationToFields?.indexOf(column) ?? -1]
}

/** The owner relation, where no column names the tenant. */
function stepOf(model: DataModel, all: readonly DataModel[]): DataField | undefined {
  const field = tenantField(model)
  return field?.kind === 'object' && tenantColumn(model, all) === undefined ? field : undefined
}

function ownershipOf(model: DataModel, all: readonly DataModel[]): Pick<Model, 'shared' | 'owners'> {
  if (model.documentation?.includes('@encrypted.shared') === true) return { shared: true, owners: [] }
  const field = tenantField(model)
  if (field === undefined) return { shared: false, owners: [] }
  const mayBeShared = field.isRequired ? [] : [SHARED]
  if (field.kind !== 'object') return { shared: false, owners: [...TENANTS, ...mayBeShared] }
  const parent = all.find(({ name }) => name === field.type)
  if (parent === undefined) throw new Error(`${model.name}.${field.name} leads nowhere`)
  const { shared, owners } = ownershipOf(parent, all)
  return { shared, owners: shared ? [] : [...new Set([...owners, ...mayBeShared])] }
}

function scalarOf(field: DataField, foreign: Set<string>, indexes: Index[], enums: Map<string, string[]>): Scalar {
  return {
    kind: 'scalar',
    name: field.name,
    column: field.dbName ?? field.name,
    type: field.type,
    values: enums.get(field.type),
    list: field.isList,
    required: field.isRequired,
    isId: field.isId,
    unique: field.isUnique,
    hasDefault: field.hasDefaultValue || field.isUpdatedAt === true,
    foreign: foreign.has(field.name),
    encrypted: /@encrypted(?!\.)/.test(field.documentation ?? ''),
    indexes: indexes.filter(({ source }) => source === field.name),
    isIndex: indexes.some(({ column }) => column === field.name),
  }
}

function indexOf(model: DataModel, field: DataField, shared: boolean): Index[] {
  const text = /@encrypted\.index\((\w+)(.*)\)/.exec(field.documentation ?? '')
  const [, source = '', options = ''] = text ?? []
  if (text === null) return []
  return [
    {
      model: model.name,
      column: field.name,
      source,
      type: model.fields.find(({ name }) => name === source)?.type ?? '',
      scope: options.includes('scope: global') ? 'global' : 'tenant',
      normalize: /normalize: \[(.*)\]/.exec(options)?.[1]?.split(', ') ?? [],
      part: partOf(options),
      unique: field.isUnique,
      shared,
    },
  ]
}

function partOf(options: string): Index['part'] {
  const [, of, length] = /part: (\w+)(?:\((\d+)\))?/.exec(options) ?? []
  return of === undefined ? undefined : { of, length: Number(length ?? 0) }
}

function relationOf(model: DataModel, field: DataField, all: readonly DataModel[]): Relation {
  const target = all.find(({ name }) => name === field.type)
  const opposite = target?.fields.find(
    (other) => other.relationName === field.relationName && (target !== model || other.name !== field.name),
  )
  if (target === undefined || opposite === undefined) throw new Error(`${model.name}.${field.name} leads nowhere`)
  const [child, parent, key] = field.relationFromFields?.length ? [model, target, field] : [target, model, opposite]
  const childTenant = tenantColumn(child, all)
  const at = childTenant === undefined ? -1 : (key.relationFromFields?.indexOf(childTenant) ?? -1)
  const kept = stepOf(child, all) === key
  const [here, there] = [model, target].map((one) => stepOf(one, all) !== undefined)
  return {
    kind: 'relation',
    name: field.name,
    model: target.name,
    list: field.isList,
    required: field.isRequired,
    from: field.relationFromFields ?? [],
    to: field.relationToFields ?? [],
    opposite: opposite.name,
    partlyNull:
      !field.isRequired &&
      model.fields.some(({ name, isRequired }) => isRequired && field.relationFromFields?.includes(name) === true),
    held: at >= 0 && key.relationToFields?.[at] === tenantColumn(parent, all),
    kept,
    spreads: kept || !(ownershipOf(model, all).shared || here || there),
    owns: (kept && !key.isRequired) || (at >= 0 && tenantField(child)?.isRequired === false),
    through:
      field.isList && opposite.isList
        ? { table: `_${field.relationName}`, first: model.name < target.name }
        : undefined,
  }
}
