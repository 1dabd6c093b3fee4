import { drawCreate, drawPinned, drawRows, drawUpdate } from './args/data.js'
import { drawOrder, drawPlain, drawRead, drawSelection, plainFields } from './args/read.js'
import { drawUniqueWhere } from './args/unique.js'
import { along, canReach, mayMeet } from './args/where.js'
import { isOwned, type Model, type Models, mayOwn } from './models.js'
import type { Tree } from './split.js'
import { type Setting, withStrays } from './values.js'

/** One call of a Prisma client, for both twins. */
export interface Operation {
  readonly model: string
  readonly name: string
  readonly args: Tree
  readonly tenant: string
  /** A relation called on the promise: `patient.findUnique(…).visits(…)`. */
  readonly fluent?: { readonly relation: string; readonly args: Tree }
  /** The typed error that the encrypted twin must throw, before any SQL; the plain one is not asked. */
  readonly expects?: string
  /** The rows that must be there for it to be refused. */
  readonly needs?: readonly { readonly model: string; readonly id: string | number }[]
}

/** One kind of call that the library documents as refused, on a model of these; nothing where the model has no place for it. */
export type Refusal = (
  models: Models,
  setting: Setting,
  model: Model,
) => (Omit<Operation, 'model' | 'tenant'> & { readonly model?: string }) | undefined

type Drawing = (models: Models, setting: Setting, model: Model) => Tree

const DEPTH = 4

const read: Drawing = (models, setting, model) => ({
  ...drawRead(models, setting, model, DEPTH),
  ...drawStrategy(models, setting),
})
/** What counts and aggregates take of a read: which rows, and in which order. */
const filters: Drawing = (models, setting, model) => {
  const {
    select: _,
    include: __,
    omit: ___,
    distinct: ____,
    relationLoadStrategy: _____,
    ...args
  } = read(models, setting, model)
  return args
}
const select: Drawing = (models, setting, model) => drawSelection(models, setting, model, 2)
/** Of one's own rows mostly. Each tenant has a plain twin without the others' where strays are drawn. */
const oneRow = (models: Models, setting: Setting, model: Model): Tree =>
  drawUniqueWhere(models, withStrays(setting, 12), model)
const unique: Drawing = (models, setting, model) => ({
  where: oneRow(models, setting, model),
  ...drawSelection(models, setting, model, DEPTH),
  ...drawStrategy(models, setting),
})
const rows: Drawing = (models, setting, model) => ({
  data: drawRows(models, setting, model, 3),
  ...(skipsDuplicates(models, model) && setting.draw.chance(20) && { skipDuplicates: true }),
})

/** MySQL then skips rows with a missing parent too, whose tenant nobody could say. */
function skipsDuplicates({ provider }: Models, { step }: Model): boolean {
  return provider === 'postgresql' || (provider === 'mysql' && step === undefined)
}
const updates: Drawing = (models, setting, model) => ({
  where: drawPinned(models, setting, model),
  data: drawUpdate(models, setting, model, 0, undefined, true),
  ...(setting.draw.chance(10) && { limit: 100 }),
})

/** One statement with JOINs or one for each relation, where there is a choice. */
function drawStrategy({ provider }: Models, { draw }: Setting): Tree {
  if (provider !== 'postgresql' || draw.chance(30)) return {}
  return { relationLoadStrategy: draw.pick(['join', 'query', 'query']) }
}

/** One row: Prisma takes no other number here. */
const first: Drawing = (models, setting, model) => {
  const { take: _, ...args } = read(models, setting, model)
  const orderBy = drawOrder(models, setting, model)
  return setting.draw.chance(20) ? { ...args, orderBy, take: setting.draw.pick([1, -1]) } : { ...args, orderBy }
}

const OPERATIONS: Readonly<Record<string, Drawing>> = {
  findUnique: unique,
  findUniqueOrThrow: unique,
  findFirst: first,
  findFirstOrThrow: first,
  findMany: read,
  create: (models, setting, model) => ({
    data: drawCreate(models, setting, model, DEPTH - 1),
    ...select(models, setting, model),
  }),
  createMany: rows,
  createManyAndReturn: (models, setting, model) => ({
    ...rows(models, setting, model),
    ...drawReturned(models, setting, model),
  }),
  update: (models, setting, model) => ({
    where: oneRow(models, setting, model),
    data: drawUpdate(models, setting, model, DEPTH - 1),
    ...select(models, setting, model),
  }),
  updateMany: updates,
  updateManyAndReturn: (models, setting, model) => ({
    ...updates(models, setting, model),
    ...drawReturned(models, setting, model),
  }),
  upsert: (models, setting, model) => ({
    where: drawUniqueWhere(models, setting, model),
    create: drawCreate(models, setting, model, setting.draw.below(DEPTH - 1)),
    update: drawUpdate(models, setting, model, setting.draw.below(DEPTH - 1)),
    ...select(models, setting, model),
  }),
  delete: (models, setting, model) => ({
    where: oneRow(models, setting, model),
    ...select(models, setting, model),
  }),
  deleteMany: (models, setting, model) => ({ where: drawPinned(models, setting, model) }),
  count: (models, setting, model) => {
    const args = filters(models, setting, model)
    return setting.draw.chance(50) ? args : { ...args, select: { _all: true, ...drawCounted(setting, model) } }
  },
  aggregate: (models, setting, model) => {
    const args = filters(models, setting, model)
    return {
      ...args,
      _count: setting.draw.chance(50) ? true : drawCounted(setting, model),
      ...drawAggregates(setting, model),
    }
  },
  groupBy: (models, setting, model) => {
    const by = drawPlain(setting, model)
    const where = drawPinned(models, setting, model)
    const [first = ''] = by
    const having = setting.draw.chance(25) ? { having: { [first]: { _count: { gte: 1 } } } } : {}
    return {
      by,
      where,
      orderBy: by.map((name) => ({ [name]: 'asc' })),
      _count: true,
      ...drawAggregates(setting, model),
      ...having,
    }
  },
}

/** Of many rows that are written, Prisma returns columns, and rows that their foreign keys refer to. */
function drawReturned(models: Models, setting: Setting, model: Model): Tree {
  const { draw } = setting
  const owned = model.relations.filter((relation) => relation.from.length > 0 && canReach(models, setting, relation))
  if (models.schema === 'twin' || owned.length === 0 || draw.chance(70)) return drawSelection(models, setting, model, 0)
  const relation = draw.pick(owned)
  const columns = drawSelection(models, along(setting, relation), models.get(relation.model), 0)
  return draw.chance(50)
    ? { include: { [relation.name]: columns } }
    : { select: { [model.key[0] ?? '']: true, [relation.name]: columns } }
}

/** Non-null values are counted of encrypted columns too. */
function drawCounted({ draw }: Setting, model: Model): Tree {
  return { [draw.pick(model.scalars).name]: true }
}

function drawAggregates({ draw }: Setting, model: Model): Tree {
  const numbers = plainFields(model).filter(({ type, foreign }) => type === 'Int' && !foreign)
  if (numbers.length === 0) return {}
  const word = draw.pick(['_sum', '_avg', '_min', '_max'])
  return { [word]: { [draw.pick(numbers).name]: true } }
}

/** Reads twice as often as each write, and models with secrets twice as often as others. */
const NAMES = Object.keys(OPERATIONS)
const WEIGHTED = [...NAMES, 'findUnique', 'findMany', 'findMany', 'create', 'update', 'update', 'upsert']

/** The operations that this database offers. */
export function operationNames(models: Models): string[] {
  const returning = models.provider !== 'mysql'
  return WEIGHTED.filter((name) => returning || !name.endsWith('AndReturn'))
}

export const READS = [
  'findUnique',
  'findUniqueOrThrow',
  'findFirst',
  'findFirstOrThrow',
  'findMany',
  'count',
  'aggregate',
  'groupBy',
]

/** The models that a call may be made on. */
export function rootModels(models: Models, setting: Setting): Model[] {
  const list = models.list.filter((model) => mayOwn(model, setting.tenant) && mayMeet(models, setting, model))
  const own = list.filter(isOwned)
  // With nothing but the arguments to say the tenant, a model without that column has none.
  return setting.pins ? [...own, ...list] : [...list, ...own]
}

export function drawOperation(
  models: Models,
  setting: Setting,
  names: readonly string[] = operationNames(models),
): Operation {
  const { draw, tenant } = setting
  const model = draw.pick(rootModels(models, setting))
  if (names.includes('findUnique') && !setting.inside && draw.chance(4)) return drawFluent(models, setting, model)
  const name = draw.pick(names)
  const args = OPERATIONS[name]?.(models, setting, model) ?? {}
  return { model: model.name, name, args, tenant }
}

function drawFluent(models: Models, setting: Setting, model: Model): Operation {
  const args = { where: oneRow(models, setting, model) }
  const relations = model.relations.filter((relation) => canReach(models, setting, relation))
  const base = { model: model.name, name: 'findUnique', args, tenant: setting.tenant }
  if (relations.length === 0) return base
  const relation = setting.draw.pick(relations)
  const target = models.get(relation.model)
  const more = relation.list
    ? drawRead(models, { ...along(setting, relation), nested: true, kept: relation.kept }, target, 1)
    : drawSelection(models, along(setting, relation), target, 1)
  return { ...base, fluent: { relation: relation.name, args: more } }
}
