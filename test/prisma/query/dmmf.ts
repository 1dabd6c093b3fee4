import { readdirSync, readFileSync } from 'node:fs'
import { getDMMF } from '@prisma/get-dmmf'
import { compileSchema } from '../../../src/schema/compile.js'
import type { ModelMap } from '../../../src/schema/model-map.js'
import { MEAN_SCHEMA } from './mean-schema.js'

/**
 * A schema as Prisma's DMMF (data model meta format) describes it: the types of all arguments and results, by name.
 * What is encrypted is read from the comments here, not by `src/`: these tests' oracle shares nothing with the walker.
 */
export type Document = Extract<ReturnType<typeof getDMMF>, { schema: unknown }>
export type InputType = NonNullable<Document['schema']['inputObjectTypes']['prisma']>[number]
export type InputField = InputType['fields'][number]
export type TypeRef = InputField['inputTypes'][number]
export type OutputType = Document['schema']['outputObjectTypes']['prisma'][number]
export type OutputField = OutputType['fields'][number]
export type DataField = Document['datamodel']['models'][number]['fields'][number]

/** Prisma Client's operations, by the name that the DMMF has for them. */
export const OPERATIONS = {
  findUnique: 'findUnique',
  findUniqueOrThrow: 'findUniqueOrThrow',
  findFirst: 'findFirst',
  findFirstOrThrow: 'findFirstOrThrow',
  findMany: 'findMany',
  create: 'createOne',
  createMany: 'createMany',
  createManyAndReturn: 'createManyAndReturn',
  update: 'updateOne',
  updateMany: 'updateMany',
  updateManyAndReturn: 'updateManyAndReturn',
  upsert: 'upsertOne',
  delete: 'deleteOne',
  deleteMany: 'deleteMany',
  // The client builds `count` from the aggregation.
  count: 'aggregate',
  aggregate: 'aggregate',
  groupBy: 'groupBy',
} as const
export type Operation = keyof typeof OPERATIONS

export interface TestSchema {
  readonly name: string
  readonly map: ModelMap
  readonly models: readonly string[]
  field(model: string, field: string): DataField | undefined
  fields(model: string): readonly DataField[]
  isSecret(model: string, field: string): boolean
  /** The index columns over an encrypted field. */
  indexesOf(model: string, field: string): readonly string[]
  /** Whether one of them has the domain of each e-mail address. */
  hasDomain(model: string, field: string): boolean
  isIndex(model: string, field: string): boolean
  tenantColumn(model: string): string | undefined
  /** The owner relation. */
  step(model: string): DataField | undefined
  /** Whether its rows are the shared tenant's, {@link SHARED}: it says so, or they belong to rows that are. */
  isShared(model: string): boolean
  /** Whether a column is a tenant column or is copied into one by a foreign key. */
  holdsTenant(model: string, field: string): boolean
  input(name: string): InputType
  output(name: string): OutputType
  enumValues(name: string): readonly string[]
  /** The root field of an operation: its arguments and what it gives. */
  root(model: string, operation: Operation): OutputField | undefined
}

/** The schema of the integration tests, as generated for SQLite. */
export function clinicSchema(): TestSchema {
  const folder = new URL('../../schema-models/', import.meta.url)
  const names = readdirSync(folder).filter((name) => name.endsWith('.prisma'))
  const files = names.map((name) => readFileSync(new URL(name, folder), 'utf8'))
  return readSchema('clinic', 'sqlite', `datasource db {\n  provider = "sqlite"\n}\n${files.join('\n')}`)
}

export function meanSchema(): TestSchema {
  return readSchema('mean', 'postgresql', MEAN_SCHEMA)
}

/** The tenant of shared rows. */
export const SHARED = 'main'

/** The twin test's schema with owner relations. */
export function companySchema(): TestSchema {
  const folder = new URL('../../twin/schema-company/', import.meta.url)
  const files = readdirSync(folder).map((name) => readFileSync(new URL(name, folder), 'utf8'))
  return readSchema('company', 'sqlite', `datasource db {\n  provider = "sqlite"\n}\n${files.join('\n')}`, SHARED)
}

function readSchema(name: string, provider: string, psl: string, sharedTenant?: string): TestSchema {
  const dmmf = getDMMF({ datamodel: [['schema.prisma', psl]] })
  if (!('schema' in dmmf)) throw new Error(`Prisma refuses the schema ${name}: ${dmmf.error.message}`)
  const { datamodel, schema, mappings } = dmmf
  const fields = new Map(datamodel.models.map((model) => [model.name, new Map(model.fields.map((f) => [f.name, f]))]))
  const inputs = new Map((schema.inputObjectTypes.prisma ?? []).map((type) => [type.name, type]))
  const outputs = new Map(
    [...schema.outputObjectTypes.prisma, ...schema.outputObjectTypes.model].map((type) => [type.name, type]),
  )
  const roots = new Map(
    ['Query', 'Mutation'].flatMap((root) => outputs.get(root)?.fields.map((f) => [f.name, f]) ?? []),
  )
  const enums = new Map<string, readonly string[]>()
  for (const type of [...schema.enumTypes.prisma, ...(schema.enumTypes.model ?? [])]) {
    enums.set(type.name, valuesOf(type))
  }

  const annotated = (pattern: RegExp): Set<string> =>
    new Set(
      datamodel.models.flatMap((model) =>
        model.fields.filter((f) => pattern.test(f.documentation ?? '')).map((f) => `${model.name}.${f.name}`),
      ),
    )
  const secrets = annotated(/^@encrypted(\s|\(|$)/)
  const indexes = annotated(/^@encrypted\.index/)
  const says = (model: string): DataField | undefined =>
    [...known(fields, model).values()].find(({ documentation = '' }) => documentation.startsWith('@encrypted.tenant'))
  // Also the foreign key to a parent, where it refers to the parent's.
  const columnOf = (model: string): string | undefined => {
    const field = says(model)
    if (field?.kind !== 'object') return field?.name
    const column = columnOf(field.type)
    return column === undefined ? undefined : field.relationFromFields?.[field.relationToFields?.indexOf(column) ?? -1]
  }
  const shares = new Set(
    datamodel.models
      .filter(({ documentation = '' }) => /@encrypted\.shared/.test(documentation))
      .map((one) => one.name),
  )
  const isShared = (model: string): boolean => {
    const field = says(model)
    return shares.has(model) || (field?.kind === 'object' && isShared(field.type))
  }
  const tenants = new Set(datamodel.models.map((model) => `${model.name}.${columnOf(model.name)}`))
  const holding = new Set(tenants)
  for (let before = -1; before !== holding.size; ) {
    before = holding.size
    for (const model of datamodel.models) {
      for (const relation of model.fields) {
        relation.relationFromFields?.forEach((from, i) => {
          const to = `${relation.type}.${relation.relationToFields?.[i]}`
          if (holding.has(`${model.name}.${from}`)) holding.add(to)
          else if (holding.has(to)) holding.add(`${model.name}.${from}`)
        })
      }
    }
  }

  return {
    name,
    map: compileSchema({ datamodel, provider, ...(sharedTenant !== undefined && { sharedTenant }) }).map,
    models: datamodel.models.map((model) => model.name),
    field: (model, field) => fields.get(model)?.get(field),
    fields: (model) => [...known(fields, model).values()],
    isSecret: (model, field) => secrets.has(`${model}.${field}`),
    indexesOf: (model, field) =>
      [...known(fields, model).values()].flatMap(({ name: column, documentation = '' }) =>
        /^@encrypted\.index\((\w+)/.exec(documentation)?.[1] === field ? [column] : [],
      ),
    hasDomain: (model, field) =>
      [...known(fields, model).values()].some(({ documentation = '' }) =>
        documentation.startsWith(`@encrypted.index(${field}, part: domain`),
      ),
    isIndex: (model, field) => indexes.has(`${model}.${field}`),
    tenantColumn: columnOf,
    step: (model) => (isShared(model) || columnOf(model) !== undefined ? undefined : says(model)),
    isShared,
    holdsTenant: (model, field) => holding.has(`${model}.${field}`),
    input: (type) => known(inputs, type),
    output: (type) => known(outputs, type),
    enumValues: (type) => known(enums, type),
    root(model, operation) {
      const mapping = mappings.modelOperations.find((candidate) => candidate.model === model)
      // Prisma's types have other names for these than its answer has.
      const root = (mapping as Readonly<Record<string, string | null>> | undefined)?.[OPERATIONS[operation]]
      return root === undefined || root === null ? undefined : known(roots, root)
    },
  }
}

/** In one place `{ key, value }` objects, in the other plain strings; Prisma's types know the second alone. */
function valuesOf(type: object): string[] {
  const { data, values } = type as {
    data?: readonly { key: string }[]
    values?: readonly (string | { name: string })[]
  }
  if (data !== undefined) return data.map(({ key }) => key)
  return (values ?? []).map((value) => (typeof value === 'string' ? value : value.name))
}

function known<T>(map: ReadonlyMap<string, T>, name: string): T {
  const found = map.get(name)
  if (found === undefined) throw new Error(`the DMMF has no ${name}`)
  return found
}
