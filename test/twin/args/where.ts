import { Prisma } from '../../generated/sqlite/twin-encrypted/client/client.js'
import { type Index, isOwned, type Model, type Models, mayOwn, type Relation, type Scalar, SHARED } from '../models.js'
import { partSought } from '../oracle.js'
import { isTree, Split, type Tree, tokenOf } from '../split.js'
import { drawId, drawOne, drawValue, type Setting, tenantValue } from '../values.js'

/** A filter of up to three conditions on a model's rows, and `depth` relations further. */
export function drawWhere(models: Models, setting: Setting, model: Model, depth: number): Tree {
  const { draw } = setting
  const where: Tree = {}
  for (let left = draw.below(3); left > 0; left--) drawCondition(models, setting, model, depth, where)
  // Prisma takes it for a condition that is not there. An index column may hold the plain twin's.
  const fields = [...model.scalars.filter(({ isIndex }) => !isIndex), ...model.relations]
  if (draw.chance(3)) where[draw.pick(fields).name] ??= undefined
  return where
}

function drawCondition(models: Models, setting: Setting, model: Model, depth: number, where: Tree): void {
  const { draw } = setting
  const kind = draw.below(10)
  if (kind < 4) {
    const field = draw.pick(model.scalars.filter((scalar) => canFilter(setting, model, scalar)))
    putFilter(models, setting, model, field, where)
  } else if (kind < 6) {
    const indexed = model.scalars.filter((field) => usableIndex(setting, field) !== undefined)
    if (indexed.length > 0) putFilter(models, setting, model, draw.pick(indexed), where)
  } else if (kind < 8) {
    const relations = model.relations.filter((relation) => canReach(models, setting, relation))
    if (depth > 0 && relations.length > 0) putRelation(models, setting, draw.pick(relations), depth - 1, where)
  } else drawCombinator(models, setting, model, depth, where)
}

export function canReach(models: Models, setting: Setting, relation: Relation): boolean {
  return mayMeet(models, setting, models.get(relation.model))
}

/**
 * Models that two tenants share are left alone where each tenant has a plain twin of its own, unless these are kept the same;
 * and secrets that say nothing of a tenant where nothing else does.
 */
export function mayMeet({ schema }: Models, { apart, pins }: Setting, model: Model): boolean {
  if (isOwned(model)) return true
  const ofTheCall = !model.shared && model.scalars.some(({ encrypted }) => encrypted)
  return apart ? schema === 'twin-company' && !ofTheCall : !(pins && ofTheCall)
}

/** Whether rows at the other end may be of the tenant that the call is about. */
export function canWrite(models: Models, setting: Setting, relation: Relation): boolean {
  return canReach(models, setting, relation) && mayOwn(models.get(relation.model), setting.tenant)
}

function drawCombinator(models: Models, setting: Setting, model: Model, depth: number, where: Tree): void {
  const { draw } = setting
  const inner = () => drawWhere(models, setting, model, depth)
  const several = () => Array.from({ length: draw.below(3) + 1 }, inner).filter((item) => !saysNothing(item))
  const word = draw.pick(['AND', 'OR', 'NOT'])
  const content = word === 'OR' || draw.chance(50) ? several() : inner()
  if (word !== 'OR' || (content as Tree[]).length > 0) where[word] = content
}

/**
 * A filter of nothing but combinators and empty relation filters. Prisma is of two minds about those in an OR: at the root they are met by no row,
 * deeper by all.
 */
function saysNothing(where: Tree): boolean {
  return Object.entries(where).every(([key, value]) => {
    if (value === undefined) return true
    if (key !== 'AND' && key !== 'OR' && key !== 'NOT') return isTree(value) && Object.keys(value).length === 0
    return (Array.isArray(value) ? value : [value]).every(saysNothing)
  })
}

function canFilter(setting: Setting, model: Model, field: Scalar): boolean {
  if (field.encrypted && field.list) return true
  if (isTime(field) || field.isIndex || field.type === 'Json' || field.type === 'Bytes') {
    return field.encrypted && !field.required
  }
  if (field.name === model.tenant?.name) return false
  return !field.encrypted || !field.required || usableIndex(setting, field) !== undefined
}

/** Columns that the clock fills differ between twins. */
export function isTime({ name }: Scalar): boolean {
  return name === 'createdAt' || name === 'updatedAt'
}

function putFilter(models: Models, setting: Setting, model: Model, field: Scalar, where: Tree): void {
  const { draw } = setting
  if (!field.encrypted) {
    where[field.name] = plainFilter(models, setting, model, field)
    return
  }
  if (field.list) {
    where[field.name] = draw.pick([{ isEmpty: true }, { isEmpty: false }, { equals: null }])
    return
  }
  const index = usableIndex(setting, field)
  const ofParts = field.indexes.filter((one) => one.part !== undefined && hasKey(setting, one))
  if (index === undefined || (!field.required && draw.chance(25))) where[field.name] = nullFilter(setting, field)
  else if (ofParts.length > 0 && draw.chance(50)) where[field.name] = partFilter(setting, model, field, ofParts, index)
  else where[field.name] = searchFilter(setting, model, field, index)
}

/** The first index of the schema whose key can be had. */
export function usableIndex(
  setting: Setting,
  field: Scalar,
  choice: (index: Index) => boolean = () => true,
): Index | undefined {
  return field.indexes.find((index) => index.part === undefined && hasKey(setting, index) && choice(index))
}

function hasKey({ pins, pinned }: Setting, { scope, shared }: Index): boolean {
  return scope === 'global' || shared || !pins || pinned
}

/** NULL stays NULL, so null checks go to the encrypted column itself. */
function nullFilter({ draw }: Setting, field: Scalar): unknown {
  const nothing = field.type === 'Json' ? Prisma.DbNull : null
  const forms = [{ equals: nothing }, { not: nothing }]
  return field.type === 'Json' ? draw.pick(forms) : draw.pick([null, ...forms, { not: { equals: null } }])
}

/** Equality through an index: on the field for the encrypted twin, on the index column for the plain one. */
function searchFilter(setting: Setting, model: Model, field: Scalar, index: Index): Split {
  const values = equality(setting, field, () => drawOne(setting, model, field))
  // The mode chooses among the indexes; what the plain twin compares is a token, for which it has no meaning.
  const caseless = isTree(values) && setting.draw.chance(25) ? usableIndex(setting, field, ignoresCase) : undefined
  const { column } = caseless ?? index
  const plain = mapValues(values, (value) => tokenOf(caseless ?? index, setting.tenant, value))
  const mode = caseless === undefined ? {} : { mode: 'insensitive' }
  return new Split({ [field.name]: isTree(values) ? { ...values, ...mode } : values }, { [column]: plain })
}

/**
 * What begins or ends in some way, perhaps beside equality: on the field for the encrypted twin; for the plain one on the
 * columns that hold the oracle's parts, each for itself.
 */
function partFilter(setting: Setting, model: Model, field: Scalar, indexes: readonly Index[], whole: Index): Split {
  const { draw, tenant } = setting
  const first = draw.pick(indexes)
  const others = indexes.filter((one) => operatorOf(one) !== operatorOf(first) && draw.chance(30))
  const encrypted: Tree = {}
  const plain: Tree = {}
  const nots = draw.below(3)
  const around = (filter: Tree): Tree => Array.from({ length: nots }).reduce<Tree>((not) => ({ not }), filter)
  for (const index of [first, ...others.slice(0, 1)]) {
    const needle = drawNeedle(setting, model, field, index)
    encrypted[operatorOf(index)] = needle
    plain[index.column] = around({ equals: tokenOf(index, tenant, needle, true) })
  }
  if (draw.chance(20)) {
    const value = drawOne(setting, model, field)
    encrypted.equals = value
    plain[whole.column] = around({ equals: tokenOf(whole, tenant, value) })
  }
  const caseless = draw.chance(25) && encrypted.equals === undefined && [first, ...others].every(ignoresCase)
  const filter = around(encrypted)
  return new Split({ [field.name]: caseless ? { ...filter, mode: 'insensitive' } : filter }, plain)
}

function operatorOf({ part }: Index): string {
  return part?.of === 'first' ? 'startsWith' : 'endsWith'
}

/** A needle that the index answers: cut from a value, and perhaps spelt otherwise. */
export function drawNeedle(setting: Setting, model: Model, field: Scalar, index: Index): string {
  const { draw } = setting
  const text = `${drawOne(setting, model, field)}`
  const length = index.part?.length ?? 0
  const letters = [...(draw.chance(50) ? text.trim() : text)]
  const cut =
    index.part?.of === 'domain'
      ? `@${text.split('@').at(-1) ?? ''}`
      : (index.part?.of === 'first' ? letters.slice(0, length) : letters.slice(-length)).join('')
  const spelt = draw.pick([
    cut,
    cut.toUpperCase(),
    index.part?.of === 'first' ? ` ${cut}` : `${cut} `,
    cut.normalize('NFD'),
  ])
  if (partSought(index, spelt) !== undefined) return spelt
  return index.part?.of === 'domain' ? '@nobody' : 'z%_é'.padEnd(length, 'é').slice(-length)
}

/** Whether an index answers `mode: 'insensitive'`. */
export function ignoresCase({ normalize }: Index): boolean {
  return normalize.includes('lowercase') || normalize.includes('digits')
}

function equality({ draw }: Setting, { required }: Scalar, value: () => unknown): unknown {
  const some = () => Array.from({ length: draw.below(3) }, value)
  return draw.pick<() => unknown>([
    value,
    () => ({ equals: value() }),
    () => ({ in: [value(), ...some()] }),
    () => ({ not: value() }),
    () => ({ notIn: some() }),
    () => ({ not: { equals: value() } }),
    () => ({ not: { in: [value(), ...some()] } }),
    () => ({ in: some(), not: value() }),
    ...(required ? [] : [() => ({ equals: null }), () => ({ not: null })]),
    () => ({ not: { not: value() } }),
  ])()
}

function mapValues(filter: unknown, change: (value: unknown) => unknown): unknown {
  if (filter === null || filter === undefined) return filter
  if (Array.isArray(filter)) return filter.map((item) => mapValues(item, change))
  if (typeof filter !== 'object' || filter instanceof Uint8Array) return change(filter)
  return Object.fromEntries(Object.entries(filter).map(([key, value]) => [key, mapValues(value, change)]))
}

function plainFilter(models: Models, setting: Setting, model: Model, field: Scalar): unknown {
  const { draw } = setting
  const value = () =>
    field.isId || field.foreign ? drawReference(setting, model, field, models) : drawValue(setting, model, field)
  if (field.list) return listFilter(setting, model, field)
  if (!field.required && draw.chance(20)) return draw.pick([null, { not: null }])
  const forms: (() => unknown)[] = [
    value,
    () => ({ equals: value() }),
    () => ({ in: [value(), value()] }),
    () => ({ not: value() }),
  ]
  if (field.type === 'Int' || field.type === 'DateTime')
    forms.push(
      () => ({ gte: value() }),
      () => ({ lt: value(), not: value() }),
    )
  if (field.type === 'String')
    forms.push(
      () => ({ contains: 'a' }),
      () => ({ startsWith: 'b' }),
      () => ({ gt: value() }),
    )
  return draw.pick(forms)()
}

function listFilter(setting: Setting, model: Model, field: Scalar): unknown {
  const one = () => drawOne(setting, model, field)
  const some = () => Array.from({ length: setting.draw.below(3) }, one)
  return setting.draw.pick<() => unknown>([
    () => ({ has: one() }),
    () => ({ hasSome: some() }),
    () => ({ hasEvery: some() }),
    () => ({ isEmpty: true }),
    () => ({ equals: some() }),
  ])()
}

/** An id of this model or of the one that the field points at. */
export function drawReference(setting: Setting, model: Model, field: Scalar, models: Models): unknown {
  const owner = model.relations.find(({ from }) => from.includes(field.name))
  if (owner === undefined) return field.type === 'Int' ? drawId(setting, model) : `${drawId(setting, model)}`
  return drawId(setting, models.get(owner.model))
}

function putRelation(models: Models, setting: Setting, relation: Relation, depth: number, where: Tree): void {
  const { draw } = setting
  const target = models.get(relation.model)
  const inner = () => drawWhere(models, along(setting, relation), target, depth)
  if (relation.list) where[relation.name] = { [draw.pick(['some', 'every', 'none'])]: inner() }
  else if (mayBeNull(setting, relation) && draw.chance(15))
    where[relation.name] = draw.pick([null, { is: null }, { isNot: null }])
  else where[relation.name] = draw.pick([inner, () => ({ is: inner() }), () => ({ isNot: inner() })])()
}

/**
 * Asked for rows without a parent, Prisma wants every column of the foreign key NULL, and so finds none where one of them
 * is required. A bound client does find them, since it has to ask in another way.
 */
function mayBeNull({ bound, ownOnly }: Setting, { required, partlyNull, owns }: Relation): boolean {
  return !required && !(bound && partlyNull) && !(ownOnly === true && owns)
}

export function scalarOf(model: Model, name: string): Scalar {
  const field = model.scalars.find((scalar) => scalar.name === name)
  if (field === undefined) throw new Error(`${model.name} has no field ${name}`)
  return field
}

/** What is known inside a filter that {@link pin} will say the tenant in. */
export function pinning(setting: Setting, model: Model): Setting {
  return { ...setting, pinned: setting.pinned || (setting.pins && canPin(setting, model)) }
}

/** Whether a filter can say that rows are of the tenant that the call is about. */
export function canPin({ tenant }: Setting, model: Model): boolean {
  return isOwned(model) && mayOwn(model, tenant)
}

/** What is known along a relation of what the filter around says. */
export function along(setting: Setting, { spreads }: Relation): Setting {
  return setting.pinned && !spreads ? { ...setting, pinned: false } : setting
}

/** The filter that rows of the tenant meet: `{ orgId: '1' }`, or `{ document: { orgId: '1' } }`. */
function tenantFilter(setting: Setting, { tenant, step, parent }: Model): Tree {
  const { draw, tenant: whose } = setting
  if (tenant !== undefined) return { [tenant.name]: tenantValue(tenant, whose) }
  if (step === undefined || parent === undefined) return {}
  if (whose === SHARED && !step.required) return { [step.name]: draw.pick([null, { is: null }]) }
  const inner = tenantFilter(setting, parent)
  return { [step.name]: draw.chance(30) ? { is: inner } : inner }
}

/** Says the tenant in a filter, where nothing else does. */
export function pin(setting: Setting, model: Model, where: Tree): void {
  if (!setting.pins || !canPin(setting, model)) return
  const { tenant, step } = model
  if (step !== undefined) {
    const said = tenantFilter(setting, model)
    if (where[step.name] === undefined) Object.assign(where, said)
    else where.AND = [where.AND ?? [], said].flat()
  }
  if (tenant === undefined || where[tenant.name] !== undefined) return
  const given = model.uniques.some(({ name, fields }) => fields.includes(tenant.name) && where[name] !== undefined)
  if (!given) where[tenant.name] = tenantValue(tenant, setting.tenant)
}
