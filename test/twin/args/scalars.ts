import { Prisma } from '../../generated/sqlite/twin-encrypted/client/client.js'
import { isOwned, type Model, type Models, type Scalar, SHARED } from '../models.js'
import { Split, type Tree, tokenOf } from '../split.js'
import { drawList, drawNewId, drawOne, drawValue, type Setting, tenantValue } from '../values.js'
import { canWrite, drawReference } from './where.js'

/**
 * Prisma takes a row in one of two forms: with foreign keys as scalars, or with the relations that own them.
 */
export type Form = 'scalars' | 'relations'

/** The tenant column, unless the row above or a relation of this one sets it; a bound client may leave it out. */
export function putTenant(setting: Setting, field: Scalar, data: Tree, form: Form): void {
  if (form === 'relations' && field.foreign) return
  const value = tenantValue(field, setting.tenant)
  const says = setting.pins || setting.draw.chance(50)
  data[field.name] = says ? value : new Split({}, { [field.name]: value })
}

export function putForeign(models: Models, setting: Setting, model: Model, field: Scalar, data: Tree): void {
  const relation = model.relations.find(({ from }) => from.includes(field.name))
  if (relation === undefined) return
  const says = relation === model.step && setting.tenant !== SHARED
  if (!relation.required && !says && setting.draw.chance(40)) return
  // Looked up by a bound client first, which another error than the database's comes of: only where the row is sure to be.
  if (setting.bound && !relation.held && relation !== model.step && isOwned(models.get(relation.model))) return
  if (!canWrite(models, setting, relation)) return
  data[field.name] = drawReference(setting, model, field, models)
}

export function putScalar(setting: Setting, model: Model, field: Scalar, data: Tree, form: Form): void {
  const { draw } = setting
  if (model.key.includes(field.name)) {
    // An id that the database makes is the same for both twins as long as both make all of them.
    if (field.type === 'Int' && field.hasDefault && (form === 'relations' || (!setting.givenIds && draw.chance(40))))
      return
    data[field.name] = drawNewId(setting, model)
    return
  }
  if ((field.hasDefault || !field.required || field.list) && draw.chance(40)) {
    if (draw.chance(10)) data[field.name] = undefined
    return
  }
  if (field.list) {
    data[field.name] = drawWholeList(setting, model, field)
    return
  }
  if (!field.required && draw.chance(15)) {
    data[field.name] = nullOf(field)
    if (field.indexes.length > 0) data[field.name] = withIndexes(field, nullOf(field), () => null)
    return
  }
  putValue(setting, model, field, data, false)
}

function drawWholeList(setting: Setting, model: Model, field: Scalar): unknown {
  const list = drawList(setting, model, field)
  return takesForms(field) && setting.draw.chance(40) ? { set: list } : list
}

/** Of bytes in `set`, and of several in `push`, Prisma stores the base64 text as if it were the bytes. */
function takesForms({ type }: Scalar): boolean {
  return type !== 'Bytes'
}

function nullOf(field: Scalar): unknown {
  return field.type === 'Json' ? Prisma.DbNull : null
}

/** A value; with its tokens for the plain twin. */
function putValue(setting: Setting, model: Model, field: Scalar, data: Tree, wrap: boolean): void {
  const { draw } = setting
  const jsonNull = field.type === 'Json' && draw.chance(8)
  const value = jsonNull ? Prisma.JsonNull : drawValue(setting, model, field)
  const given = wrap && field.type !== 'Json' && draw.chance(40) ? { set: value } : value
  if (field.indexes.length === 0) data[field.name] = given
  else data[field.name] = withIndexes(field, given, (index) => tokenOf(index, setting.tenant, value))
}

function withIndexes(field: Scalar, given: unknown, token: (index: Scalar['indexes'][number]) => unknown): Split {
  const columns = Object.fromEntries(field.indexes.map((index) => [index.column, token(index)]))
  return new Split({ [field.name]: given }, { [field.name]: given, ...columns })
}

export function putForeignChange(models: Models, setting: Setting, model: Model, field: Scalar, data: Tree): void {
  putForeign(models, setting, model, field, data)
  const owner = model.relations.find(({ from }) => from.includes(field.name))
  if (!field.required && (owner?.owns !== true || setting.tenant === SHARED) && setting.draw.chance(20))
    data[field.name] = null
}

export function putChange(setting: Setting, model: Model, field: Scalar, data: Tree): void {
  const { draw } = setting
  if (draw.chance(3)) {
    data[field.name] = undefined
    return
  }
  if (field.list) {
    data[field.name] = draw.pick<() => unknown>([
      () => drawWholeList(setting, model, field),
      () => ({ push: drawOne(setting, model, field) }),
      () => ({ push: takesForms(field) ? drawList(setting, model, field) : drawOne(setting, model, field) }),
    ])()
    return
  }
  if (!field.required && draw.chance(20)) {
    const given = field.type !== 'Json' && draw.chance(40) ? { set: null } : nullOf(field)
    data[field.name] = field.indexes.length > 0 ? withIndexes(field, given, () => null) : given
    return
  }
  if (field.type === 'Int' && !field.encrypted && draw.chance(30)) {
    data[field.name] = { [draw.pick(['increment', 'decrement', 'multiply'])]: draw.below(3) }
    return
  }
  putValue(setting, model, field, data, true)
}
