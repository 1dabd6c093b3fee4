import { drawCreate } from './args/data.js'
import { keyWhere } from './args/unique.js'
import { ignoresCase, pin } from './args/where.js'
import type { Model, Models, Scalar } from './models.js'
import { type Operation, type Refusal, rootModels } from './operations.js'
import { OWNER_REFUSALS } from './owner-refusals.js'
import type { Tree } from './split.js'
import { drawId, drawOne, MARK, type Setting, tenantValue } from './values.js'

const UNSUPPORTED = 'ENVELOPE_FILTER_UNSUPPORTED'
const INVALID = 'ENVELOPE_VALUE_INVALID'

function secretOf(setting: Setting, model: Model, wanted: (field: Scalar) => boolean = () => true): Scalar | undefined {
  const fields = model.scalars.filter((field) => field.encrypted && wanted(field))
  return fields.length === 0 ? undefined : setting.draw.pick(fields)
}

/** At the root, or below AND, OR, NOT. */
function buried({ draw }: Setting, where: Tree): Tree {
  return draw.pick([where, { AND: [where] }, { OR: [{}, where] }, { NOT: where }])
}

const filtered =
  (
    filter: (field: Scalar) => unknown,
    wanted: (field: Scalar) => boolean,
    expects: (field: Scalar) => typeof UNSUPPORTED | typeof INVALID = () => UNSUPPORTED,
  ): Refusal =>
  (_models, setting, model) => {
    const field = secretOf(setting, model, wanted)
    if (field === undefined) return undefined
    const where: Tree = buried(setting, { [field.name]: filter(field) })
    pin(setting, model, where)
    return {
      name: setting.draw.pick(['findMany', 'findFirst', 'count', 'deleteMany']),
      args: { where },
      expects: expects(field),
    }
  }

/** Where an index has the answer to another needle, it is this one that is wrong. */
const byPart =
  (...kinds: readonly string[]) =>
  ({ indexes }: Scalar): typeof UNSUPPORTED | typeof INVALID =>
    indexes.some(({ part }) => part !== undefined && kinds.includes(part.of)) ? INVALID : UNSUPPORTED
const byBeginning = byPart('first')
const byEnd = byPart('last', 'domain')

const isText = ({ type, list }: Scalar) => type === 'String' && !list
const isTextList = ({ type, list }: Scalar) => type === 'String' && list
const isUnindexed = (field: Scalar) => field.indexes.length === 0

const REFUSALS: Readonly<Record<string, Refusal>> = {
  compared: filtered(() => ({ gt: MARK }), isText),
  contained: filtered(() => ({ contains: MARK }), isText),
  begun: filtered(() => ({ startsWith: MARK }), isText, byBeginning),
  ended: filtered(() => ({ not: { endsWith: MARK } }), isText, byEnd),
  begunWithOne: filtered(() => ({ startsWith: '😀' }), isText, byBeginning),
  endedWithNothing: filtered(() => ({ endsWith: '' }), isText, byEnd),
  endedWithTwoDomains: filtered(() => ({ endsWith: `@${MARK}@x` }), isText, byEnd),
  insensitive: filtered(
    () => ({ equals: MARK, mode: 'insensitive' }),
    (field) => isText(field) && !field.indexes.some((index) => index.part === undefined && ignoresCase(index)),
  ),
  equalWithoutIndex: filtered(
    () => MARK,
    (field) => isText(field) && isUnindexed(field),
  ),
  listedWithoutIndex: filtered(
    () => ({ in: [MARK] }),
    (field) => isText(field) && isUnindexed(field),
  ),
  equalDocument: filtered(
    () => ({ equals: { m: MARK } }),
    ({ type }) => type === 'Json',
  ),
  hasElement: filtered(() => ({ has: MARK }), isTextList),
  hasSome: filtered(() => ({ hasSome: [MARK] }), isTextList),
  equalList: filtered(() => ({ equals: [MARK] }), isTextList),

  ordered: (_models, setting, model) => {
    const field = secretOf(setting, model)
    return field && { name: 'findMany', args: { orderBy: { [field.name]: 'asc' } }, expects: UNSUPPORTED }
  },
  distinct: (_models, setting, model) => {
    const field = secretOf(setting, model)
    return field && { name: 'findMany', args: { distinct: [field.name] }, expects: UNSUPPORTED }
  },
  grouped: (_models, setting, model) => {
    const field = secretOf(setting, model)
    return field && { name: 'groupBy', args: { by: [field.name], _count: true }, expects: UNSUPPORTED }
  },
  least: (_models, setting, model) => {
    const field = secretOf(setting, model, isText)
    return (
      field && {
        name: 'aggregate',
        args: { [setting.draw.pick(['_min', '_max'])]: { [field.name]: true } },
        expects: UNSUPPORTED,
      }
    )
  },
  related: (models, setting, model) => {
    const relations = model.relations.filter((relation) =>
      models.get(relation.model).scalars.some((f) => f.encrypted && isText(f)),
    )
    if (relations.length === 0) return undefined
    const relation = setting.draw.pick(relations)
    const field = secretOf(setting, models.get(relation.model), isText)
    const expects = field === undefined ? UNSUPPORTED : byEnd(field)
    const filter = { [field?.name ?? '']: { endsWith: MARK } }
    const where: Tree = { [relation.name]: relation.list ? { some: filter } : { is: filter } }
    pin(setting, model, where)
    if (relation.list && setting.draw.chance(50)) {
      return { name: 'findMany', args: { include: { [relation.name]: { where: filter } } }, expects }
    }
    return { name: 'findMany', args: { where }, expects }
  },

  wrongType: (models, setting, model) => {
    const field = secretOf(setting, model, isText)
    if (field === undefined) return undefined
    const data = drawCreate(models, setting, model, 0, undefined, 'scalars')
    return { name: 'create', args: { data: { ...data, [field.name]: Number(MARK) } }, expects: INVALID }
  },
  loneSurrogate: (models, setting, model) => {
    const field = secretOf(setting, model, isText)
    if (field === undefined) return undefined
    const data = drawCreate(models, setting, model, 0, undefined, 'scalars')
    return { name: 'create', args: { data: { ...data, [field.name]: `${MARK}\ud800` } }, expects: INVALID }
  },
  loneSurrogateInList: (_models, setting, model) => {
    const field = secretOf(setting, model, isTextList)
    if (field === undefined) return undefined
    const list = [MARK, `${MARK}\ud800`]
    const data = { [field.name]: setting.draw.pick<unknown>([list, { set: list }, { push: list }]) }
    return { name: 'update', args: { where: keyWhere(setting, model), data }, expects: INVALID }
  },
  wrongTypeInList: (_models, setting, model) => {
    const field = secretOf(setting, model, isTextList)
    if (field === undefined) return undefined
    const data = { [field.name]: setting.draw.pick<unknown>([[Number(MARK)], { push: Number(MARK) }, MARK]) }
    return { name: 'update', args: { where: keyWhere(setting, model), data }, expects: INVALID }
  },
  unknownWord: (_models, setting, model) => {
    const field = secretOf(setting, model, isText)
    const where = keyWhere(setting, model)
    return field && { name: 'update', args: { where, data: { [field.name]: { increment: MARK } } }, expects: INVALID }
  },
  writtenIndex: (_models, setting, model) => {
    const index = model.scalars.find(({ isIndex }) => isIndex)
    if (index === undefined) return undefined
    const data = { [index.name]: Buffer.from(MARK) }
    return { name: 'update', args: { where: keyWhere(setting, model), data }, expects: INVALID }
  },
  unknownField: (models, setting, model) => {
    const data = { ...drawCreate(models, setting, model, 0, undefined, 'scalars'), nothing: MARK }
    return { name: 'create', args: { data }, expects: 'ENVELOPE_ARGUMENT_UNKNOWN' }
  },

  otherTenantsRow: (models, setting, model) => {
    const { tenant } = model
    if (tenant === undefined || !setting.bound) return undefined
    const data = drawCreate(models, setting, model, 0, undefined, 'scalars')
    data[tenant.name] = tenantValue(tenant, '3')
    return { name: 'create', args: { data }, expects: 'ENVELOPE_TENANT_CONFLICT' }
  },
  otherTenantsFilter: (_models, setting, model) => {
    const { tenant } = model
    if (tenant === undefined || !setting.bound || model.key.length > 1) return undefined
    const where = { ...keyWhere(setting, model), [tenant.name]: tenantValue(tenant, '3') }
    return { name: setting.draw.pick(['findUnique', 'delete']), args: { where }, expects: 'ENVELOPE_TENANT_CONFLICT' }
  },
  moved: (_models, setting, model) => {
    const { tenant } = model
    if (tenant === undefined) return undefined
    const data = { [tenant.name]: tenantValue(tenant, '3') }
    return { name: 'update', args: { where: keyWhere(setting, model), data }, expects: 'ENVELOPE_TENANT_CHANGED' }
  },
  nobodysValue: (_models, setting, model) => {
    const { tenant } = model
    const field = secretOf(setting, model, ({ list }) => !list)
    if (!setting.pins || tenant === undefined || field === undefined || model.key.length > 1) return undefined
    const data = { [field.name]: drawOne(setting, model, field) }
    const where = { [model.key[0] ?? '']: drawId(setting, model) }
    return { name: 'update', args: { where, data }, expects: 'ENVELOPE_TENANT_REQUIRED' }
  },
  nobodysSearch: (_models, setting, model) => {
    const field = secretOf(
      setting,
      model,
      ({ indexes }) => indexes.length > 0 && indexes.every(({ scope }) => scope === 'tenant'),
    )
    if (!setting.pins || field === undefined || model.shared) return undefined
    return {
      name: 'findMany',
      args: { where: { [field.name]: drawOne(setting, model, field) } },
      expects: 'ENVELOPE_TENANT_REQUIRED',
    }
  },
  unprotected: (_models, setting, model) => {
    if (!setting.bound || (model.name !== 'Staff' && model.name !== 'Desk')) return undefined
    const staff = model.name === 'Staff'
    const where = keyWhere(setting, model)
    const data = staff
      ? { uses: { set: [] } }
      : setting.draw.pick<Tree>([{ users: { set: [] } }, { holder: { connect: { id: 'x' } } }])
    const update = { name: 'update', args: { where, data } }
    const ordered = {
      name: 'findMany',
      args: { orderBy: staff ? { desk: { label: 'asc' } } : { users: { _count: 'asc' } } },
    }
    return { ...setting.draw.pick([update, ordered]), expects: 'ENVELOPE_TENANT_UNPROTECTED' }
  },
}

function refusalsOf({ schema }: Models): Refusal[] {
  const owners = schema === 'twin' ? [] : Object.values(OWNER_REFUSALS)
  return [...Object.values(REFUSALS), ...owners, ...owners]
}

/** A call that must be refused, with the code. */
export function drawRefusal(models: Models, setting: Setting): Operation {
  const { draw, tenant } = setting
  for (let tries = 0; tries < 20; tries++) {
    const refusal = draw.pick(refusalsOf(models))
    const model = draw.pick(rootModels(models, setting))
    const drawn = refusal(models, setting, model)
    if (drawn !== undefined) return { model: model.name, tenant, ...drawn }
  }
  const model = models.list.find((one) => one.scalars.some((field) => field.encrypted)) ?? draw.pick(models.list)
  const field = model.scalars.find(({ encrypted }) => encrypted)
  const args = { orderBy: { [field?.name ?? '']: 'asc' } }
  return { model: model.name, name: 'findMany', args, tenant, expects: UNSUPPORTED }
}
