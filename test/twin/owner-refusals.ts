import { drawCreate, drawUpdate } from './args/data.js'
import { drawUniqueWhere, keyWhere } from './args/unique.js'
import { drawWhere } from './args/where.js'
import { isOwned, type Model, type Models, mayOwn, type Relation, SHARED, TENANTS } from './models.js'
import type { Operation, Refusal } from './operations.js'
import type { Tree } from './split.js'
import { drawOne, idOf, SEEDED, type Setting } from './values.js'

/**
 * Calls that would hand a row to another owner, take it away from its own, or reach rows of others, where rows have owner
 * relations. What is looked up must be there to be refused.
 */

const CHANGED = 'ENVELOPE_TENANT_CHANGED'
const CONFLICT = 'ENVELOPE_TENANT_CONFLICT'
const UNPROTECTED = 'ENVELOPE_TENANT_UNPROTECTED'

/** A row of this tenant that is there from the start. */
function own(setting: Setting, model: Model): Needed {
  return { model: model.name, id: idOf(model, setting.tenant, 1 + setting.draw.below(SEEDED)) }
}

type Needed = NonNullable<Operation['needs']>[number]

/** A row of another one. `undefined` where the database has only one tenant's. */
function foreign({ draw, tenant, pins, apart }: Setting, model: Model): Needed | undefined {
  const others = model.owners.filter((one) => one !== tenant)
  if ((!pins && !apart) || others.length === 0) return undefined
  return { model: model.name, id: idOf(model, draw.pick(others), 1 + draw.below(SEEDED)) }
}

function byId(model: Model, { id }: Needed): Tree {
  return { [model.key[0] ?? '']: id }
}

/** The owner relation, and how the two ends are called. */
function stepOf(model: Model): { step: Relation; parent: Model; back: Relation } | undefined {
  const { step, parent } = model
  const back = parent?.relations.find(({ name }) => name === step?.opposite)
  return step && parent && back ? { step, parent, back } : undefined
}

/** Relations whose emptied foreign key gives a row to the shared tenant. */
function losing(model: Model, setting: Setting): Relation[] {
  return setting.tenant === SHARED ? [] : model.relations.filter(({ owns }) => owns)
}

export const OWNER_REFUSALS: Readonly<Record<string, Refusal>> = {
  movedByKey: (_models, setting, model) => {
    const way = stepOf(model)
    const other = way && foreign(setting, way.parent)
    if (way === undefined || other === undefined) return undefined
    const row = own(setting, model)
    const key = { [way.step.from[0] ?? '']: setting.draw.pick<unknown>([other.id, { set: other.id }]) }
    const many = setting.draw.chance(30) && setting.bound
    return {
      name: many ? 'updateMany' : 'update',
      args: { where: byId(model, row), data: key },
      needs: [row, other],
      expects: CHANGED,
    }
  },
  movedByConnect: (_models, setting, model) => {
    const way = stepOf(model)
    const other = way && foreign(setting, way.parent)
    // A one-to-one link would be taken from another row.
    if (way === undefined || other === undefined || (!way.back.list && !way.step.required)) return undefined
    const row = own(setting, model)
    const data = { [way.step.name]: { connect: byId(way.parent, other) } }
    return {
      name: 'update',
      args: { where: byId(model, row), data },
      needs: [row, other],
      expects: setting.bound ? 'P2025' : CHANGED,
    }
  },
  movedByList: (models, setting, model) => {
    const lists = model.relations.filter(({ kept, list }) => kept && list)
    if (lists.length === 0) return undefined
    const relation = setting.draw.pick(lists)
    const target = models.get(relation.model)
    const other = foreign(setting, target)
    if (other === undefined) return undefined
    const row = own(setting, model)
    const data = { [relation.name]: { connect: byId(target, other) } }
    return {
      name: 'update',
      args: { where: byId(model, row), data },
      needs: [row, other],
      expects: setting.bound ? 'P2018' : CHANGED,
    }
  },
  createdBelowForeign: (models, setting, model) => {
    const way = stepOf(model)
    const other = way && foreign(setting, way.parent)
    if (way === undefined || other === undefined || !setting.bound) return undefined
    const data = drawCreate(models, setting, model, 0, undefined, 'scalars')
    data[way.step.from[0] ?? ''] = other.id
    return setting.draw.chance(50)
      ? { name: 'create', args: { data }, needs: [other], expects: CONFLICT }
      : { name: 'createMany', args: { data: [data] }, needs: [other], expects: CONFLICT }
  },
  createdForNobody: (models, setting, model) => {
    const [relation] = losing(model, setting)
    if (relation === undefined || relation.from.length === 0 || !setting.bound) return undefined
    const data = drawCreate(models, setting, model, 0, undefined, 'scalars')
    for (const name of relation.from) data[name] = null
    return { name: 'create', args: { data }, expects: CONFLICT }
  },
  emptied: (_models, setting, model) => {
    const relations = losing(model, setting).filter(({ from }) => from.length > 0)
    if (relations.length === 0) return undefined
    const relation = setting.draw.pick(relations)
    const row = own(setting, model)
    const data = setting.draw.pick<Tree>([
      { [relation.from[0] ?? '']: null },
      { [relation.from[0] ?? '']: { set: null } },
      { [relation.name]: { disconnect: true } },
    ])
    // Only the row's own column may name its tenant.
    const where = model.step === undefined ? keyWhere(setting, model, row.id) : byId(model, row)
    return { name: 'update', args: { where, data }, needs: [row], expects: CHANGED }
  },
  unlinked: (models, setting, model) => {
    const relations = losing(model, setting).filter(({ from }) => from.length === 0)
    if (relations.length === 0) return undefined
    const relation = setting.draw.pick(relations)
    const target = models.get(relation.model)
    const write = relation.list
      ? setting.draw.pick<Tree>([{ set: [] }, { disconnect: keyWhere(setting, target) }])
      : setting.draw.pick<Tree>([{ disconnect: true }, { connect: keyWhere(setting, target) }])
    const data = { [relation.name]: write }
    return { name: 'update', args: { where: keyWhere(setting, model), data }, expects: CHANGED }
  },
  nobodysRows: (models, setting, model) => {
    const field = model.scalars.find(({ encrypted, type }) => encrypted && type === 'String')
    if (!setting.pins || model.step === undefined || field === undefined) return undefined
    const data = { [field.name]: drawOne(setting, model, field) }
    const where = drawWhere(models, { ...setting, pinned: false }, model, 0)
    return { name: 'updateMany', args: { where, data }, expects: 'ENVELOPE_TENANT_REQUIRED' }
  },
  nobodysRelated: (models, setting, model) => {
    const relations = model.relations.filter(
      (relation) => !relation.spreads && models.get(relation.model).step !== undefined,
    )
    if (!setting.pins || relations.length === 0) return undefined
    const relation = setting.draw.pick(relations)
    const target = models.get(relation.model)
    const field = target.scalars.find(({ indexes }) => indexes.length > 0)
    if (field === undefined) return undefined
    const filter = { [field.name]: drawOne(setting, target, field) }
    const where = { [relation.name]: relation.list ? { some: filter } : filter }
    return { name: 'findMany', args: { where }, expects: 'ENVELOPE_TENANT_REQUIRED' }
  },
  manyUnprotected: (models, setting, model) => {
    const relations = strangers(models, setting, model)
    if (relations.length === 0) return undefined
    const relation = setting.draw.pick(relations)
    const write = setting.draw.pick<Tree>([
      { deleteMany: {} },
      { updateMany: { where: {}, data: drawUpdate(models, setting, models.get(relation.model), 0, undefined, true) } },
    ])
    const data = { [relation.name]: write }
    return { name: 'update', args: { where: keyWhere(setting, model), data }, expects: UNPROTECTED }
  },
  nestedCursor: (models, setting, model) => {
    const relations = strangers(models, setting, model)
    if (relations.length === 0) return undefined
    const relation = setting.draw.pick(relations)
    const target = models.get(relation.model)
    const args = { cursor: keyWhere({ ...setting, pins: false }, target), orderBy: [{ [target.key[0] ?? '']: 'asc' }] }
    return { name: 'findMany', args: { include: { [relation.name]: args } }, expects: UNPROTECTED }
  },
  upsertedForeign: (models, setting, model) => {
    const other = foreign(setting, model)
    if (other === undefined || !setting.bound || (model.step === undefined && model.tenant?.required !== false))
      return undefined
    const create = drawCreate(models, setting, model, 0, undefined, 'scalars')
    const { step, parent } = model
    const above = step && parent && setting.tenant !== SHARED ? own(setting, parent) : undefined
    if (above !== undefined) create[step?.from[0] ?? ''] = above.id
    const changed = model.scalars.find(({ encrypted, type }) => encrypted && type !== 'Json')
    const update = changed === undefined ? {} : { [changed.name]: drawOne(setting, model, changed) }
    return {
      name: 'upsert',
      args: { where: byId(model, other), create, update },
      needs: above === undefined ? [other] : [other, above],
      expects: 'ENVELOPE_TENANT_MISMATCH',
    }
  },
  namedShared: (models, setting, model) => {
    const { tenant } = model
    if (!setting.pins || tenant === undefined || tenant.type !== 'String' || models.schema === 'twin') return undefined
    const data = drawCreate(models, setting, model, 0, undefined, 'scalars')
    data[tenant.name] = SHARED
    return { name: 'create', args: { data }, expects: 'ENVELOPE_TENANT_INVALID' }
  },
  sharedHasNone: (models, setting) => {
    const model = setting.draw.pick(models.list.filter(isOwned))
    if (!setting.bound || setting.tenant !== SHARED || mayOwn(model, SHARED)) return undefined
    const name = setting.draw.pick(['findMany', 'findUnique', 'count', 'deleteMany', 'delete'])
    const one = name === 'findUnique' || name === 'delete'
    const where = one ? drawUniqueWhere(models, { ...setting, tenant: TENANTS[0], pins: false }, model, false) : {}
    return { model: model.name, name, args: { where }, expects: 'ENVELOPE_TENANT_INVALID' }
  },
}

/** Lists of rows that are another's, which only a filter on their owner could keep to the tenant. */
function strangers(models: Models, { bound }: Setting, model: Model): Relation[] {
  if (!bound) return []
  return model.relations.filter(({ list, kept, model: name }) => list && !kept && models.get(name).step !== undefined)
}
