import type { Index, Model, Models, Unique } from '../models.js'
import { isTree, Split, type Tree, tokenOf } from '../split.js'
import { drawId, drawOne, drawValue, type Setting, tenantValue } from '../values.js'
import { drawReference, drawWhere, pin, pinning, scalarOf, usableIndex } from './where.js'

/** A unique filter on one row that may be there, by any unique, and perhaps more conditions beside it. */
export function drawUniqueWhere(models: Models, setting: Setting, model: Model, more = true): Tree {
  const { draw } = setting
  const unique = draw.chance(50) ? keyUnique(model) : draw.pick(model.uniques)
  // By an index the tenant must be known. Else a row's owner can be looked up.
  const said =
    model.step === undefined || unique.fields.some((name) => scalarOf(model, name).isIndex) || draw.chance(50)
  const scope = said ? pinning(setting, model) : setting
  const where = uniqueInput(models, scope, model, unique)
  if (more && draw.chance(20))
    Object.assign(where, besideUnique(model, drawWhere(models, scope, model, 0), namesIn(where)))
  if (said) pin(setting, model, where)
  return where
}

function keyUnique(model: Model): Unique {
  const unique = model.uniques.find(({ fields }) => fields.join() === model.key.join())
  if (unique === undefined) throw new Error(`${model.name} has no key`)
  return unique
}

/** The keys of a filter, whichever side's. */
function namesIn(where: Tree): string[] {
  return Object.entries(where).flatMap(([key, value]) =>
    value instanceof Split ? [...Object.keys(value.encrypted), ...Object.keys(value.plain)] : [key],
  )
}

/** Conditions beside a unique: Prisma takes operators on a unique column, as an index may be, only inside AND. */
function besideUnique(model: Model, where: Tree, taken: readonly string[]): Tree {
  const conditions: Tree = {}
  for (const [key, value] of Object.entries(where)) {
    if (taken.includes(key) || model.scalars.some(({ name, unique, isId }) => name === key && (unique || isId)))
      continue
    if (!(value instanceof Split)) conditions[key] = value
    else if (where.AND === undefined && !standsForUnique(model, key, value)) {
      conditions[key] = new Split(value.encrypted, { AND: [value.plain] })
      break
    }
  }
  return conditions
}

/** A bare value in a unique filter is looked for by the unique index, though the field's first may be another. */
function standsForUnique(model: Model, name: string, { encrypted, plain }: Split): boolean {
  const { indexes } = scalarOf(model, name)
  const bare = !isTree(encrypted[name])
  return (
    bare && indexes.some(({ unique }) => unique) && !indexes.some(({ unique, column }) => unique && column in plain)
  )
}

/** A row by its primary key. */
export function keyWhere(setting: Setting, model: Model, id: string | number = drawId(setting, model)): Tree {
  const where: Tree = {}
  if (model.key.length === 1) where[model.key[0] ?? ''] = id
  else where[model.key.join('_')] = compound(setting, model, model.key, id)
  if (model.step === undefined || setting.draw.chance(50)) pin(setting, model, where)
  return where
}

function uniqueInput(models: Models, setting: Setting, model: Model, unique: Unique): Tree {
  const [first = ''] = unique.fields
  if (unique.fields.length > 1) {
    const parts: Tree = {}
    for (const name of unique.fields)
      parts[name] = uniquePart(models, setting, model, name, (index) => index.column === name)
    return { [unique.name]: parts }
  }
  return { [first]: uniquePart(models, setting, model, first, (index) => index.unique) }
}

/** The value of one field of a unique; of an index column by its token, or by the field that it is the index of. */
function uniquePart(
  models: Models,
  setting: Setting,
  model: Model,
  name: string,
  choice: (index: Index) => boolean,
): unknown {
  const field = scalarOf(model, name)
  if (field.name === model.tenant?.name) return tenantValue(field, setting.tenant)
  const source = model.scalars.find(({ indexes }) => indexes.some(({ column }) => column === name))
  if (source === undefined) {
    if (field.isId || model.key.includes(name)) return drawId(setting, model)
    return field.foreign ? drawReference(setting, model, field, models) : drawValue(setting, model, field)
  }
  const value = drawOne(setting, model, source)
  const named = source.indexes.find(({ column }) => column === name)
  const index = usableIndex(setting, source, choice)
  if (index === undefined || named === undefined) throw new Error(`${model.name}.${name} is no unique index`)
  if (setting.draw.chance(30)) return tokenOf(named, setting.tenant, value)
  return new Split({ [source.name]: value }, { [index.column]: tokenOf(index, setting.tenant, value) })
}

function compound(setting: Setting, model: Model, fields: readonly string[], id: string | number): Tree {
  return Object.fromEntries(
    fields.map((name) => {
      const field = scalarOf(model, name)
      return [name, name === model.tenant?.name ? tenantValue(field, setting.tenant) : id]
    }),
  )
}
