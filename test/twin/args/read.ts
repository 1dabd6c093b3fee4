import { isOwned, type Model, type Models, mayOwn, type Relation } from '../models.js'
import type { Tree } from '../split.js'
import { type Setting, withStrays } from '../values.js'
import { drawUniqueWhere, keyWhere } from './unique.js'
import { along, canPin, canReach, drawWhere, isTime, pin } from './where.js'

/** `where`, `orderBy`, `cursor`, `take`, `skip`, `distinct`, and what to select. */
export function drawRead(models: Models, setting: Setting, model: Model, depth: number, paged = true): Tree {
  const { draw } = setting
  const scope = drawScope(setting, model)
  const args: Tree = {}
  if (draw.chance(70) || scope.pinned) {
    const where = drawWhere(models, scope, model, Math.min(depth, 2))
    if (scope.pinned) pin({ ...scope, pins: true }, model, where)
    args.where = where
  }
  if (paged) drawPage(models, scope, model, args)
  return { ...args, ...drawSelection(models, scope, model, depth) }
}

/** Where nothing but the arguments says the tenant, most reads say it, and may then search by index. */
function drawScope(setting: Setting, model: Model): Setting {
  const pinned = setting.pinned || (setting.pins && canPin(setting, model) && setting.draw.chance(60))
  return { ...setting, pinned }
}

/** What decides on order is always a total order: else twins may rightly differ. */
function drawPage(models: Models, setting: Setting, model: Model, args: Tree): void {
  const { draw } = setting
  if (draw.chance(40)) return
  args.orderBy = drawOrder(models, setting, model)
  if (draw.chance(25)) args.take = draw.pick([1, 2, 3, 10, -1, -2])
  if (draw.chance(20)) args.skip = draw.below(3)
  if (draw.chance(20) && mayOwn(model, setting.tenant)) putCursor(models, setting, model, args)
  if (draw.chance(15)) args.distinct = drawPlain(setting, model)
}

/** Prisma takes no relation filter here, and finds nothing by one that says NULL. */
function putCursor(models: Models, setting: Setting, model: Model, args: Tree): void {
  const { draw } = setting
  const plain = model.tenant?.required === true || !isOwned(model)
  const any = withStrays(setting, 35)
  if (plain) args.cursor = draw.chance(50) ? keyWhere(any, model) : drawUniqueWhere(models, any, model, false)
  // A bound client looks the row up, which it cannot for each row of a list.
  else if (!setting.bound || !setting.nested || setting.kept === true)
    args.cursor = keyWhere({ ...any, pins: false }, model)
}

/** Plain fields that one may order, group and select by. */
export function plainFields(model: Model) {
  return model.scalars.filter(
    (field) => !field.encrypted && !field.isIndex && !field.list && field.type !== 'Json' && !isTime(field),
  )
}

export function drawPlain(setting: Setting, model: Model): string[] {
  const { draw } = setting
  const names = plainFields(model).map(({ name }) => name)
  return [...new Set(Array.from({ length: 1 + draw.below(2) }, () => draw.pick(names)))]
}

export function drawOrder(models: Models, setting: Setting, model: Model): Tree[] {
  const { draw } = setting
  const direction = () => draw.pick(['asc', 'desc'])
  const orders: Tree[] = []
  if (draw.chance(50)) orders.push({ [draw.pick(plainFields(model)).name]: direction() })
  const relations = model.relations.filter((relation) => canOrderBy(models, setting, relation))
  if (relations.length > 0 && draw.chance(15)) {
    const relation = draw.pick(relations)
    const target = models.get(relation.model)
    if (relation.list) orders.push({ [relation.name]: { _count: direction() } })
    else orders.push({ [relation.name]: { [draw.pick(plainFields(target)).name]: direction() } })
  }
  return [...orders, ...model.key.map((name) => ({ [name]: direction() }))]
}

/** A bound client refuses to order by what it cannot keep within the tenant. */
function canOrderBy(models: Models, setting: Setting, relation: Relation): boolean {
  if (!canReach(models, setting, relation)) return false
  // Prisma's statement with JOINs names a column that is not there (P2022), unless that column happens to be selected.
  if (setting.nested && relation.list && models.provider === 'postgresql') return false
  return !setting.bound || relation.held || relation.kept || !isOwned(models.get(relation.model))
}

/** Nothing, `select`, `include` or `omit`, down to `depth` relations. */
export function drawSelection(models: Models, setting: Setting, model: Model, depth: number): Tree {
  const { draw } = setting
  const kind = draw.below(10)
  if (kind < 3) return {}
  if (kind < 5) {
    const omit = drawFields(setting, model, [true, true, false])
    // Prisma does not leave out everything.
    if (Object.keys(omit).length === model.scalars.length) delete omit[model.key[0] ?? '']
    return { omit }
  }
  const relations = depth > 0 ? drawRelations(models, setting, model, depth) : {}
  if (kind < 8) {
    const fields = drawFields(setting, model, [true])
    const select = { ...fields, ...relations }
    return { select: Object.keys(select).length > 0 ? select : { [model.key[0] ?? '']: true } }
  }
  return Object.keys(relations).length > 0 ? { include: relations } : {}
}

function drawFields({ draw }: Setting, model: Model, choices: readonly boolean[]): Tree {
  const fields: Tree = {}
  for (let left = 1 + draw.below(3); left > 0; left--) fields[draw.pick(model.scalars).name] = draw.pick(choices)
  return fields
}

function drawRelations(models: Models, setting: Setting, model: Model, depth: number): Tree {
  const { draw } = setting
  const relations = model.relations.filter((relation) => canReach(models, setting, relation))
  const chosen: Tree = {}
  for (let left = 1 + draw.below(2); left > 0 && relations.length > 0; left--) {
    // What is selected of the owner is merged with what is added to know which tenant owns the row.
    const relation = model.step !== undefined && draw.chance(30) ? model.step : draw.pick(relations)
    chosen[relation.name] = drawRelation(models, setting, relation, depth - 1)
  }
  const lists = relations.filter(({ list }) => list)
  if (lists.length > 0 && draw.chance(25)) chosen._count = drawCounts(models, setting, model, lists)
  return chosen
}

function drawRelation(models: Models, setting: Setting, relation: Relation, depth: number): unknown {
  const target = models.get(relation.model)
  if (setting.draw.chance(30)) return true
  const nested = { ...along(setting, relation), nested: true, kept: relation.kept }
  if (!relation.list) {
    const selection = drawSelection(models, nested, target, depth)
    // A filter on a parent that may be missing: then it is, whether it is there or not.
    if (relation.required || models.schema === 'twin' || setting.draw.chance(35)) return selection
    return { where: drawWhere(models, nested, target, 1), ...selection }
  }
  return drawRead(models, nested, target, depth)
}

function drawCounts(models: Models, setting: Setting, model: Model, lists: readonly Relation[]): unknown {
  const { draw } = setting
  // All of them, also those to models that two tenants share.
  if (draw.chance(30) && lists.length === model.relations.filter(({ list }) => list).length) return true
  const relation = draw.pick(lists)
  const where = () => ({ where: drawWhere(models, along(setting, relation), models.get(relation.model), 1) })
  return { select: { [relation.name]: draw.chance(50) ? true : where() } }
}
