import type { Choice } from './choices.js'
import { type Datamodel, type Field, foreignKeyOf, holdsForeignKey, isAlwaysSet, type Model } from './dmmf.js'
import { tenantColumnTypes } from './model-map.js'

/** A field that probably says which tenant owns a row of its model, and the steps beyond it that lack an annotation. */
export interface Suggestion {
  readonly field: Field
  /** Places for `@encrypted.tenant`, this field's first: `Template.team`, `Team.org`. */
  readonly places: readonly string[]
  readonly shared: boolean
}

/** What is known while paths are searched. */
export interface Search {
  readonly datamodel: Datamodel
  readonly choices: ReadonlyMap<string, Choice>
  /** Fields that cannot be a tenant column, as `Model.field`: those with another annotation. */
  readonly taken: ReadonlySet<string>
}

/**
 * The fields of an undecided model that may say which tenant owns a row, the likeliest first: columns like the tenant columns
 * of other models, then required relations that lead to one, then optional ones, then those to shared models. In the model of
 * the tenants themselves it is the field that tenant columns refer to, and no other.
 */
export function suggestionsFor(search: Search, model: Model): Suggestion[] {
  const root = rootField(search, model)
  if (root !== undefined) return [{ field: root, places: [`${model.name}.${root.name}`], shared: false }]
  const columns = tenantColumnsOf(search, model).map(
    (field): Suggestion => ({ field, places: [`${model.name}.${field.name}`], shared: false }),
  )
  const relations = model.fields
    .filter((field) => holdsForeignKey(field) && !columns.some(({ field: column }) => isFor(field, column)))
    .flatMap((field): Suggestion[] => {
      const end = pathFrom(search, field.type, [model.name])
      if (end === undefined) return []
      return [{ field, places: [`${model.name}.${field.name}`, ...end.places], shared: end.shared }]
    })
  const rank = ({ field, places, shared }: Suggestion): number =>
    (shared ? 1000 : 0) + (isAlwaysSet(model, field) ? 0 : 100) + places.length
  return [...columns, ...relations.toSorted((a, b) => rank(a) - rank(b))]
}

/** What the tenant columns of other models refer to, in the model of the tenants themselves. */
function rootField({ choices, taken }: Search, model: Model): Field | undefined {
  const targets = [...choices.values()].flatMap(({ model: owner, field, tenant }) =>
    tenant.from === 'column' && field !== undefined ? [targetOf(owner, field)] : [],
  )
  return model.fields.find(
    ({ name }) => targets.includes(`${model.name}.${name}`) && !taken.has(`${model.name}.${name}`),
  )
}

function isFor({ relationFromFields }: Field, column: Field): boolean {
  return relationFromFields?.length === 1 && relationFromFields[0] === column.name
}

/** Columns that are named as another model's tenant column is, or refer to the same; not those that refer to the model itself. */
export function tenantColumnsOf({ choices, taken }: Search, model: Model): Field[] {
  const columns = [...choices.values()].flatMap(({ model: owner, field, tenant }) =>
    tenant.from === 'column' && field !== undefined ? [{ owner, field, refersTo: targetOf(owner, field) }] : [],
  )
  return model.fields.filter((field) => {
    if (field.kind !== 'scalar' || field.isList || !tenantColumnTypes.some((type) => type === field.type)) return false
    if (taken.has(`${model.name}.${field.name}`)) return false
    const target = targetOf(model, field)
    if (target?.startsWith(`${model.name}.`)) return false
    return columns.some(({ owner, field: other, refersTo }) => {
      if (other.type !== field.type) return false
      // Most models have an `id`, and each means something else.
      const named = other.name === field.name && !field.isId && !other.isId
      return named || (target !== undefined && (target === refersTo || target === `${owner.name}.${other.name}`))
    })
  })
}

/** The one field that a column refers to: `Org.id`. */
function targetOf(model: Model, field: Field): string | undefined {
  const relation = foreignKeyOf(model, field)
  if (relation?.relationFromFields?.length !== 1) return undefined
  return `${relation.type}.${relation.relationToFields?.[0]}`
}

/** The fields that lead from the rows of a model to a tenant; `undefined` if none do. */
function pathFrom(
  search: Search,
  name: string,
  before: readonly string[],
): { readonly places: readonly string[]; readonly shared: boolean } | undefined {
  const from = search.choices.get(name)?.tenant.from
  if (from !== undefined) return from === 'bound' ? undefined : { places: [], shared: from === 'shared' }
  const model = search.datamodel.models.find((one) => one.name === name)
  if (model === undefined || before.includes(name)) return undefined
  const column = rootField(search, model) ?? tenantColumnsOf(search, model)[0]
  if (column !== undefined) return { places: [`${name}.${column.name}`], shared: false }
  const paths = model.fields
    .filter((field) => holdsForeignKey(field) && isAlwaysSet(model, field))
    .flatMap((relation) => {
      const found = pathFrom(search, relation.type, [...before, name])
      return found === undefined ? [] : [{ ...found, places: [`${name}.${relation.name}`, ...found.places] }]
    })
  const [best] = paths.toSorted((a, b) => Number(a.shared) - Number(b.shared) || a.places.length - b.places.length)
  return best
}
