import { databases, providerNamed } from '../databases/index.js'
import type { ModelEntry, ModelMap, RelationEntry } from './model-map.js'
import { ownerColumns, ownerOf, tenantsOf } from './owners.js'

/** A relation that can link rows of two tenants, if something other than the client writes it: the client checks what it writes. */
export interface Link {
  readonly model: string
  readonly field: string
  /** The places where it can be accepted, as `Model.field`: of a join table, both. */
  readonly sides: readonly string[]
  readonly accepted: boolean
  /** What to write, and what that changes. */
  readonly advice: string
}

/**
 * The relations between rows with tenants whose foreign key does not contain the tenant. Owner relations are not among them,
 * nor are relations from or to shared rows.
 */
export function linksOf(map: ModelMap): Link[] {
  return Object.entries(map.models).flatMap(([model, entry]) =>
    Object.entries(entry.fields).flatMap(([field, relation]): Link[] => {
      if (relation.kind !== 'relation' || ownerOf(map, model) !== 'column' || ownerOf(map, relation.model) !== 'column')
        return []
      const found = { map, model, entry, field, relation, other: map.models[relation.model] ?? entry }
      const advice = relation.fields === undefined ? joinTable(found) : foreignKey(found)
      if (advice === undefined) return []
      const opposite = relation.fields === undefined ? found.other.fields[relation.opposite] : undefined
      const sides = [`${model}.${field}`, ...(opposite === undefined ? [] : [`${relation.model}.${relation.opposite}`])]
      const accepted = [relation, opposite].some((side) => side?.kind === 'relation' && side.links !== undefined)
      return [{ model, field, sides, accepted, advice }]
    }),
  )
}

interface Found {
  readonly map: ModelMap
  readonly model: string
  readonly entry: ModelEntry
  readonly field: string
  readonly relation: RelationEntry
  readonly other: ModelEntry
}

function isManyToMany({ model, field, relation, other }: Found): boolean {
  const opposite = other.fields[relation.opposite]
  if (relation.list !== true || opposite?.kind !== 'relation') return false
  return (
    opposite.list === true &&
    opposite.fields === undefined &&
    !(model === relation.model && field === relation.opposite)
  )
}

function joinTable(found: Found): string | undefined {
  const { model, field, relation } = found
  // Reported once, from the side whose model and field come first.
  if (!isManyToMany(found) || `${model}.${field}` > `${relation.model}.${relation.opposite}`) return undefined
  return (
    `the join table to ${relation.model} does not contain the tenant. Write an explicit join model with composite foreign keys that ` +
    'contain the tenant column instead'
  )
}

function foreignKey(found: Found): string | undefined {
  const { map, model, entry, field, relation, other } = found
  const { fields: from = [], references: to = [] } = relation
  if (entry.tenant?.from === 'relation' && entry.tenant.field === field) return undefined
  const own = ownerColumns(entry)
  const theirs = ownerColumns(other)
  const isSame = isSameKind(entry, other)
  if (isSame && own.every((name, i) => from.includes(name) && to[from.indexOf(name)] === theirs[i])) return undefined

  const because = (why: string): string =>
    `the foreign key to ${relation.model} does not contain the tenant, and cannot, because ${why}`
  const [mine, yours] = [tenantsOf(map, model), tenantsOf(map, relation.model)]
  if (mine !== undefined && yours !== undefined && mine !== yours) {
    return because(`the tenants of ${model} are rows of ${mine}, and those of ${relation.model} are rows of ${yours}`)
  }
  const missing = [entry, other].findIndex((one) => !ownerIsAlwaysSet(one, isSame))
  if (missing !== -1) return because(`${[model, relation.model][missing]} has no tenant column that is always set`)
  if (!isSameType(entry, other)) return because('the tenant columns have different types')
  const pairs = from
    .map((name, i): readonly [string, string] => [name, to[i] ?? ''])
    .filter(([, name]) => !theirs.includes(name))
  if (pairs.length === 0) return because(`each ${relation.model} is a tenant itself`)
  if (pairs.some(([name]) => own.includes(name))) return because('it uses the tenant for something else')
  return composite(found, [...own, ...pairs.map(([name]) => name)], [...theirs, ...pairs.map(([, name]) => name)])
}

/** Whether the owner's columns of both models mean the same: a tenant, or a row of the same model, by the same columns. */
function isSameKind(a: ModelEntry, b: ModelEntry): boolean {
  const target = ({ tenant, fields }: ModelEntry): string | undefined => {
    const step = tenant?.from === 'relation' ? fields[tenant.field] : undefined
    return step?.kind === 'relation' ? `${step.model}.${step.references?.join()}` : undefined
  }
  return a.tenant?.from === b.tenant?.from && target(a) === target(b)
}

/** A foreign key is not checked where one of its columns is NULL. Rows of the same owner are of the same tenant. */
function ownerIsAlwaysSet(entry: ModelEntry, isSame: boolean): boolean {
  if (entry.tenant?.from !== 'column' && !isSame) return false
  return ownerColumns(entry).every((name) => {
    const field = entry.fields[name]
    return field?.kind === 'scalar' && field.optional !== true
  })
}

function isSameType({ tenant: a }: ModelEntry, { tenant: b }: ModelEntry): boolean {
  return a?.from !== 'column' || b?.from !== 'column' || (a.type === b.type && a.uuid === b.uuid)
}

/** The composite foreign key, and what it changes. */
function composite(
  { map, model, entry, relation, other }: Found,
  fields: readonly string[],
  references: readonly string[],
): string {
  const uniques: string[] = []
  if (!isUnique(other, references)) uniques.push(` and \`@@unique([${references.join(', ')}])\` in ${relation.model}`)
  const opposite = other.fields[relation.opposite]
  if (opposite?.kind === 'relation' && opposite.list !== true && !isUnique(entry, fields)) {
    uniques.push(` and \`@@unique([${fields.join(', ')}])\` in ${model}`)
  }
  // Prisma would set all columns of the key, also the tenant's.
  const sets = setsColumns(relation, entry)
  const provider = providerNamed(map.provider)
  const restrict = provider === undefined ? 'Restrict' : databases[provider].restrict
  const action = sets ? `, onDelete: ${restrict}` : ''
  const changes = sets
    ? `. A ${relation.model} that rows refer to can then no longer be deleted, where ${(relation.fields ?? []).join(', ')} was set to NULL before`
    : ''
  return (
    `the foreign key to ${relation.model} does not contain the tenant column. Write \`fields: [${fields.join(', ')}], references: ` +
    `[${references.join(', ')}]${action}\` in its \`@relation\`${uniques.join('')} instead${changes}`
  )
}

function setsColumns({ onDelete, fields = [] }: RelationEntry, entry: ModelEntry): boolean {
  if (onDelete !== undefined) return onDelete === 'SetNull' || onDelete === 'SetDefault'
  return fields.every((name) => entry.fields[name]?.optional === true)
}

/** In this order: MySQL wants it. */
function isUnique({ key, compounds }: ModelEntry, fields: readonly string[]): boolean {
  return [key, ...Object.values(compounds)].some((names) => names.join() === fields.join())
}
