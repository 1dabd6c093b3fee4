import type { RelationEntry } from '../../schema/model-map.js'
import { addFields, computesAny, neededOf, type TenantShown } from './added-fields.js'
import { addWay } from './added-way.js'
import { planCounts } from './counts.js'
import { addIndexColumns } from './index-columns.js'
import { refuseListed, walkOrderBy } from './order-by.js'
import { objectIn, objectOr, ownValue } from './own.js'
import { holdsTenant, isStep, tenantColumnOf, tenantInWhere } from './ownership.js'
import type { ReadPlan, RowOwner } from './plan.js'
import { isAbsent, type Plain } from './prisma-values.js'
import { checkNames, checkSelected, checkSimple, checkYesOrNo, refuseUnknownKeys } from './shapes.js'
import { filterList, tenantFilterOf } from './tenant-filter.js'
import { alongRelation, forTenant, type Rows, type Walk } from './walk.js'
import { walkUniqueWhere, walkWhere } from './where.js'

const RELATION_ARGUMENTS: ReadonlySet<string> = new Set([
  ...['where', 'orderBy', 'cursor', 'take', 'skip', 'distinct'],
  ...['select', 'include', 'omit'],
])

const NOTHING_ADDED: ReadPlan = { added: [], relations: new Map() }

/** What is known of the rows of a selection beforehand. */
export interface Selected {
  /** Set where they have to be compared with the tenant, whatever they contain. */
  readonly guard?: ReadPlan['guard']
  /** What determines which tenant owns them. */
  readonly owner?: RowOwner | undefined
}

/**
 * Plans a selection with its filters and orderings: the root of a call, or one relation in `select` or `include`.
 *
 * @param around its `tenant` is the one that the selection around this one is about.
 */
export function planRead(around: Walk, args: Plain, selected: Selected = {}): ReadPlan {
  const { context, model } = around
  const where = ownValue(args, 'where')
  const walk = forTenant(around, tenantInWhere(context.models, model, where) ?? around.tenant)
  walkWhere(walk, where)
  walkUniqueWhere(walk, ownValue(args, 'cursor'), 'cursor')
  walkOrderBy(walk, ownValue(args, 'orderBy'))
  const distinct = ownValue(args, 'distinct')
  refuseListed(model, distinct, 'distinct')
  checkNames(model, 'distinct', distinct)
  return planSelection(walk, args, selected)
}

/** Plans `select`, `include` and `omit`. */
export function planSelection(walk: Walk, args: Plain, { guard, owner: known }: Selected = {}): ReadPlan {
  const { context, model } = walk
  const select = objectIn(model.name, args, 'select')
  const included = planRelations(walk, objectIn(model.name, args, 'include'))
  const relations = planRelations(walk, select) ?? included
  checkSelected(model.name, 'omit', ownValue(args, 'omit'))
  // Under a tenant filter the database has compared the tenant column: by the filter in roots and lists, by the foreign
  // key where it contains the tenant. All other rows are guarded. Envelopes are compared with the bound tenant all the same.
  const filters = tenantFilterOf({ context, model }) !== undefined && guard === undefined
  // A database that treats two tenants as equal has not compared them. Rows below their parent have its tenant all the same.
  const mayFold = filters && tenantColumnOf(context.models, model)?.tenant.folds === true
  const said = mayFold && known?.from === 'call' ? undefined : known
  const folds = mayFold && said === undefined
  const shown: TenantShown = guard !== undefined || folds ? 'always' : filters ? 'never' : 'with envelopes'
  const way = said === undefined ? addWay(walk, args, shown, relations) : undefined
  const owner: RowOwner | undefined = said ?? (way && { from: 'way', hidden: way.hidden })
  const added = [...addFields(walk, args, shown), ...(way?.added ?? []), ...addIndexColumns(walk, args)]
  const needsGuard = guard ?? (folds ? 'error' : undefined)
  if (relations === undefined && added.length === 0 && needsGuard === undefined && owner === undefined)
    return NOTHING_ADDED
  const needed = neededOf(walk, args, added)
  const below = way?.relations ?? relations ?? NOTHING_ADDED.relations
  const computes = needed.length > 0 || computesAny(below)
  const hides = way?.hidden === true || [...below.values()].some((plan) => plan.hides === true)
  return {
    added,
    needed,
    computes,
    hides,
    guard: needsGuard,
    owner,
    relations: below,
  }
}

function planRelations(walk: Walk, selection: Plain | undefined): Map<string, ReadPlan> | undefined {
  if (selection === undefined) return undefined
  const { model } = walk
  const relations = new Map<string, ReadPlan>()
  for (const [key, value] of Object.entries(selection)) {
    if (key === '_count') {
      selection[key] = planCounts(walk, value)
      continue
    }
    const entry = model.fields.get(key)
    if (entry?.kind !== 'relation') {
      checkYesOrNo(model.name, key, value)
      continue
    }
    if (value === false || isAbsent(value)) continue
    const target = alongRelation(walk, entry)
    const args = value === true ? {} : (objectOr(target.model.name, key, value) ?? {})
    refuseUnknownKeys(target.model.name, args, RELATION_ARGUMENTS)
    checkSimple(target.model.name, args)
    const guard = guardOf(walk, entry)
    const planned = planRead(target, args, { guard, owner: ownerAlong(walk, entry) })
    if (entry.list === true) filterList(target, args, 'nested')
    // `true` means the whole row; it becomes an object where something was added.
    if (value === true && Object.keys(args).length > 0) selection[key] = args
    relations.set(key, planned)
  }
  return relations
}

/**
 * Rows along their owner relation have the tenant of the row that they are read with: unless that is not in the result, as in
 * a fluent call.
 */
function ownerAlong({ context, model }: Walk, relation: RelationEntry): RowOwner | undefined {
  if (context.models.get(relation.model).step === undefined || context.fluent === true) return undefined
  return isStep(context.models, model, relation) ? { from: 'above' } : undefined
}

/** To-one relations take no filter where they are required, nor in every release where they are optional. */
export function guardOf({ context, model }: Rows, relation: RelationEntry): ReadPlan['guard'] {
  if (relation.list === true) return undefined
  if (tenantFilterOf({ context, model: context.models.get(relation.model) }) === undefined) return undefined
  if (holdsTenant(context.models, model, relation)) return undefined
  return relation.optional === true ? 'absent' : 'error'
}
