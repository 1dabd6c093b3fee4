import { isOwned, type Model, type Models, type Relation, type Scalar, SHARED } from '../models.js'
import { isTree, type Tree } from '../split.js'
import type { Setting } from '../values.js'
import { type Form, putChange, putForeign, putForeignChange, putScalar, putTenant } from './scalars.js'
import { drawUniqueWhere, keyWhere } from './unique.js'
import { canWrite, drawWhere, pin, pinning } from './where.js'

/** The data of a created row. `via` is the relation of this model that the row above sets. */
export function drawCreate(
  models: Models,
  setting: Setting,
  model: Model,
  depth: number,
  via?: Relation,
  form?: Form,
): Tree {
  const chosen = form ?? drawForm(models, setting, model, depth, via)
  const data: Tree = {}
  for (const field of model.scalars) {
    if (isGiven(field, model, via) || field.isIndex) continue
    if (field.name === model.tenant?.name) putTenant(setting, field, data, chosen)
    else if (field.foreign && !model.key.includes(field.name)) {
      if (chosen === 'scalars') putForeign(models, setting, model, field, data)
    } else putScalar(setting, model, field, data, chosen)
  }
  putRelations(models, setting, model, depth, data, chosen, via)
  return data
}

/** The rows of a `createMany`. Prisma inserts those of equal columns first, so that ids of the database would differ. */
export function drawRows(models: Models, setting: Setting, model: Model, limit: number, via?: Relation): Tree[] {
  const length = 1 + setting.draw.below(limit)
  const apart = length > 1 || setting.apart
  return Array.from({ length }, () => drawCreate(models, { ...setting, givenIds: apart }, model, 0, via, 'scalars'))
}

function drawForm(models: Models, setting: Setting, model: Model, depth: number, via?: Relation): Form {
  const owned = ownedRelations(models, setting, model, via)
  // With relations, Prisma takes no id that the database would make.
  if (owned.length === 0 || depth === 0 || (setting.givenIds && hasMadeId(model))) return 'scalars'
  return setting.draw.pick<Form>(['scalars', 'relations'])
}

function hasMadeId(model: Model): boolean {
  return model.scalars.some(({ name, type, hasDefault }) => model.key[0] === name && type === 'Int' && hasDefault)
}

/** Relations whose foreign key is on this model, but for the one that the row above sets. */
function ownedRelations(models: Models, setting: Setting, model: Model, via?: Relation): Relation[] {
  return model.relations.filter(
    (relation) => relation.from.length > 0 && relation.name !== via?.name && canWrite(models, setting, relation),
  )
}

/** Set by the row above. */
function isGiven(field: Scalar, model: Model, via: Relation | undefined): boolean {
  return via?.from.includes(field.name) === true && !model.key.includes(field.name)
}

function putRelations(
  models: Models,
  setting: Setting,
  model: Model,
  depth: number,
  data: Tree,
  form: Form,
  via?: Relation,
): void {
  const { draw } = setting
  const owners = ownedRelations(models, setting, model, via).filter(({ from }) =>
    from.includes(model.tenant?.name ?? ''),
  )
  const tenantIsSet = model.tenant === undefined || via?.from.includes(model.tenant.name) === true
  // In this form only a relation can set a tenant column that is part of a foreign key.
  const must = form === 'relations' && !tenantIsSet && owners.length > 0 ? draw.pick(owners) : undefined
  for (const relation of model.relations) {
    if (relation.name === via?.name || !canWrite(models, setting, relation)) continue
    const owned = relation.from.length > 0
    if (owned && form === 'scalars') continue
    const says = relation === model.step && setting.tenant !== SHARED
    const needed = relation === must || (owned && (relation.required || says))
    if (!needed && (depth === 0 || draw.chance(65))) continue
    const write = drawCreateWrite(models, setting, relation, Math.max(depth - 1, 0), needed)
    if (write !== undefined) data[relation.name] = write
  }
}

/** What may be written along a relation of a row that is created. */
function drawCreateWrite(
  models: Models,
  setting: Setting,
  relation: Relation,
  depth: number,
  needed: boolean,
): unknown {
  const { draw } = setting
  const target = models.get(relation.model)
  const back = oppositeOf(models, relation)
  const words = relation.list
    ? ['create', 'connect', 'connectOrCreate', 'createMany']
    : ['connect', 'create', 'connectOrCreate']
  const allowed = words.filter((one) => mayWrite(models, setting, relation, one, false))
  const word = draw.pick(allowed)
  if (needed && depth === 0 && allowed.includes('connect')) return { connect: keyWhere(setting, target) }
  return { [word]: drawItems(models, setting, target, relation, back, word, depth) }
}

/** A bound client refuses what could reach another tenant's rows, and any client what leaves a row without its owner. */
function mayWrite(models: Models, setting: Setting, relation: Relation, word: string, exists: boolean): boolean {
  const target = models.get(relation.model)
  const back = oppositeOf(models, relation)
  if (word === 'createMany' && (relation.through !== undefined || !relation.list)) return false
  if ((relation.owns || back.owns) && losesOwner(relation, back, word, exists)) return false
  const { held, kept } = relation
  // Only a filter could say which tenant owns these rows, and Prisma takes none along a relation here.
  if ((word === 'updateMany' || word === 'deleteMany') && target.step !== undefined && !kept)
    return word === 'deleteMany' && !setting.bound
  if (!setting.bound || held || kept) return true
  if (relation.list) return word !== 'set' || !isOwned(target)
  const links = ['create', 'connect', 'connectOrCreate'].includes(word)
  if (relation.from.length === 0) return !(exists && links && isOwned(target))
  // Prisma breaks on the filter that the lock needs here, where there is no row yet.
  if (word === 'upsert' && isOwned(target)) return false
  return back.list || relation.required || !isOwned(target) || (word !== 'connect' && word !== 'connectOrCreate')
}

/** Whether a write may leave the row with the foreign key, or one that was linked before, without the row that it belongs to. */
function losesOwner(relation: Relation, back: Relation, word: string, exists: boolean): boolean {
  const here = relation.from.length > 0
  if (word === 'disconnect') return true
  if (word === 'set') return relation.list
  const takes = !relation.list && !back.list && (here || exists)
  return takes && (word === 'connect' || word === 'connectOrCreate' || (word === 'create' && !here))
}

export function oppositeOf(models: Models, relation: Relation): Relation {
  const opposite = models.get(relation.model).relations.find(({ name }) => name === relation.opposite)
  if (opposite === undefined) throw new Error(`${relation.name} has no other end`)
  return opposite
}

function drawItems(
  models: Models,
  setting: Setting,
  target: Model,
  relation: Relation,
  back: Relation,
  word: string,
  depth: number,
): unknown {
  const { draw } = setting
  if (word === 'createMany') {
    return { data: drawRows(models, setting, target, 2, back) }
  }
  // Prisma takes all rows of a list in one form.
  const form = saysTenant(models, setting, back) ? 'scalars' : drawForm(models, setting, target, depth, back)
  const item = (scope: Setting) => drawItem(models, scope, target, relation, back, word, depth, form)
  // The same row twice, in two forms, is two rows to Prisma; a look-up of its owner makes one form of them.
  if (!relation.list || draw.chance(50) || (word === 'connect' && relation.kept)) return item(setting)
  // Prisma makes one `createMany` of them where it can.
  const length = 1 + draw.below(2)
  return Array.from({ length }, () => item({ ...setting, givenIds: setting.givenIds || length > 1 }))
}

/** Whether a created row names the tenant of the row above it, which must then name it, too. */
function saysTenant(models: Models, setting: Setting, back: Relation): boolean {
  return setting.pins && back.from.length === 0 && oppositeOf(models, back).held
}

function drawItem(
  models: Models,
  setting: Setting,
  target: Model,
  relation: Relation,
  back: Relation,
  word: string,
  depth: number,
  form: Form,
): unknown {
  const { draw } = setting
  const where = () => drawUniqueWhere(models, setting, target, relation.list)
  const create = () => drawCreate(models, setting, target, depth, back, form)
  const update = () => drawUpdate(models, setting, target, depth, back)
  switch (word) {
    case 'create':
      return create()
    case 'connect':
    case 'set':
      return where()
    case 'connectOrCreate':
      return { where: where(), create: create() }
    case 'disconnect':
    case 'delete':
      if (relation.list) return where()
      return draw.chance(50) ? drawPinned(models, setting, target) : true
    case 'update':
      if (relation.list) return { where: where(), data: update() }
      return drawToOneUpdate(models, setting, target, update())
    // Prisma takes no relations in these filters.
    case 'updateMany':
      return { where: drawScalars(models, setting, target), data: drawUpdate(models, setting, target, 0, back, true) }
    case 'deleteMany':
      return drawScalars(models, setting, target)
    case 'upsert': {
      const filter = relation.list
        ? { where: where() }
        : setting.pins
          ? { where: drawPinned(models, setting, target, 0, true) }
          : {}
      return { ...filter, create: create(), update: update() }
    }
    default:
      throw new Error(`There is no nested ${word}`)
  }
}

/**
 * A to-one update is the data itself or `{ where, data }`. What is not said by a filter here is not known; and data that
 * looks like the second form is taken for it.
 */
function drawToOneUpdate(models: Models, setting: Setting, target: Model, data: Tree): Tree {
  const ambiguous = isTree(data.data) && Object.keys(data).every((key) => key === 'data' || key === 'where')
  if (!setting.pins && !ambiguous && setting.draw.chance(60)) return data
  return { where: drawPinned(models, setting, target), data }
}

/** A filter of scalars alone: along a relation it cannot say the tenant, but the row above may. */
function drawScalars(models: Models, setting: Setting, target: Model): Tree {
  if (target.step === undefined) return drawPinned(models, setting, target, 0)
  return drawWhere(models, { ...setting, pinned: false }, target, 0)
}

/** A filter that says the tenant, where nothing else does. */
export function drawPinned(models: Models, setting: Setting, model: Model, depth = 1, bare = false): Tree {
  const scope = { ...pinning(setting, model), ownOnly: setting.tenant !== SHARED }
  const where = bare ? {} : drawWhere(models, scope, model, depth)
  pin(setting, model, where)
  return where
}

/** The data of an update. `many` leaves out what `updateMany` does not take. */
export function drawUpdate(
  models: Models,
  setting: Setting,
  model: Model,
  depth: number,
  via?: Relation,
  many = false,
): Tree {
  const { draw } = setting
  const data: Tree = {}
  const owned = ownedRelations(models, setting, model, via)
  const form: Form = many || depth === 0 || owned.length === 0 ? 'scalars' : draw.pick<Form>(['scalars', 'relations'])
  const fields = model.scalars.filter(
    (field) => !field.isIndex && field.name !== model.tenant?.name && !model.key.includes(field.name),
  )
  for (let left = 1 + draw.below(3); left > 0; left--) {
    const field = draw.pick(fields)
    if (isGiven(field, model, via)) continue
    if (field.foreign) {
      if (form === 'scalars') putForeignChange(models, setting, model, field, data)
    } else putChange(setting, model, field, data)
  }
  if (many || depth === 0) return data
  for (const relation of model.relations) {
    if (relation.name === via?.name || !canWrite(models, setting, relation)) continue
    if ((relation.from.length > 0 && form === 'scalars') || draw.chance(70)) continue
    const write = drawUpdateWrite(models, setting, relation, depth - 1)
    if (write !== undefined) data[relation.name] = write
  }
  return data
}

/** What may be written along a relation of a row that stands. */
function drawUpdateWrite(models: Models, setting: Setting, relation: Relation, depth: number): unknown {
  const { draw } = setting
  const target = models.get(relation.model)
  const back = oppositeOf(models, relation)
  const many = [
    'create',
    'connect',
    'connectOrCreate',
    'createMany',
    'set',
    'disconnect',
    'delete',
    'update',
    'upsert',
    'updateMany',
    'deleteMany',
  ]
  const one = ['create', 'connect', 'connectOrCreate', 'update', 'upsert']
  if (!relation.required) one.push('disconnect', 'delete')
  const words = (relation.list ? many : one).filter(
    (word) => mayWrite(models, setting, relation, word, true) && mayUnlink(relation, back, word),
  )
  if (words.length === 0) return undefined
  const write: Tree = {}
  for (let left = 1 + draw.below(2); left > 0; left--) {
    const word = draw.pick(words)
    write[word] = drawItems(models, setting, target, relation, back, word, depth)
  }
  return write
}

/** Rows whose foreign key is required cannot be unlinked: Prisma has no such word there. */
function mayUnlink(relation: Relation, back: Relation, word: string): boolean {
  if (relation.from.length > 0 || relation.through !== undefined) return true
  return !(back.required && (word === 'disconnect' || word === 'set'))
}
