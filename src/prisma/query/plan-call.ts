import type { TokenLeaf } from '../../leaves/index.js'
import { noteAbsence } from './absences.js'
import type { PlanContext } from './context.js'
import { noteCreated, perhaps } from './foreign-keys.js'
import type { Model } from './models.js'
import { refuseListed, refuseSelected, walkOrderBy } from './order-by.js'
import { ownValue } from './own.js'
import { checkOwner, negatable, tenantInWhere } from './ownership.js'
import { ofUpsert, planPerhapsCreated } from './perhaps-created.js'
import { newDraft, type Owner, type Plan, type ReadPlan, type RowOwner } from './plan.js'
import { isAbsent, isPlainObject, type Plain } from './prisma-values.js'
import { planRead, planSelection } from './read.js'
import { unknownOperation } from './refusals.js'
import { AGGREGATES_OF_VALUES } from './refused-uses.js'
import { checkRoot } from './root-arguments.js'
import { assumedOf, ownTenant } from './row-tenant.js'
import { checkNames, checkSelected } from './shapes.js'
import { filterList, filterUnique, tenantFilterOf } from './tenant-filter.js'
import { filterTenant, forTenant, rootOf, type WriteWalk } from './walk.js'
import { walkHaving, walkUniqueWhere, walkWhere } from './where.js'
import { planCreate, planCreateMany, planUpdate } from './write.js'

/**
 * Plans one top-level Prisma call: refuses what cannot be answered correctly, prepares the arguments in place, and
 * returns what has to be looked up, sealed and filled in before the call is sent, and what its result will contain.
 *
 * Throws `ENVELOPE_FILTER_UNSUPPORTED`, `ENVELOPE_ARGUMENT_UNKNOWN`, `ENVELOPE_VALUE_INVALID` and the codes of
 * `EnvelopeTenantError`.
 */
export function planCall(context: PlanContext, model: Model, operation: string, args: Plain): Plan {
  checkRoot(context, model, operation, args)
  const draft = newDraft()
  const walk = rootOf(context, draft, model)
  draft.read = planArguments(walk, operation, args)
  filterRoot(walk, operation, args)
  return draft
}

/** Plans a unique filter by itself, in place: returns the index tokens in it. The errors are those of {@link planCall}. */
export function planUnique(context: PlanContext, model: Model, where: Plain): readonly TokenLeaf[] {
  const draft = newDraft()
  walkUniqueWhere(rootOf(context, draft, model), where)
  return draft.tokens
}

/** Rows that are created have no filter: their tenant is in their data. */
const CREATES: ReadonlySet<string> = new Set(['create', 'createMany', 'createManyAndReturn'])
const UNIQUE: ReadonlySet<string> = new Set(['findUnique', 'findUniqueOrThrow', 'update', 'upsert', 'delete'])

/** Adds the tenant filter at the root of a call: to any operation that is not known to need none. */
function filterRoot(walk: WriteWalk, operation: string, args: Plain): void {
  const tenant = filterTenant(walk)
  if (tenant === undefined) return
  checkOwner(walk.context.models, walk.model, tenant)
  if (CREATES.has(operation) || isJudged(walk, operation)) return
  if (UNIQUE.has(operation)) filterUnique(walk, ownValue(args, 'where'))
  else filterList(walk, args, 'root')
}

/**
 * Whether the row that was found is judged by its tenant, which is selected with it, instead of being filtered: Prisma does
 * not batch `findUnique` with a relation filter. The row itself must be in the result.
 */
function isJudged(walk: WriteWalk, operation: string): boolean {
  const { context, model } = walk
  if (operation !== 'findUnique' || filterTenant(walk) === undefined) return false
  return model.step !== undefined && context.fluent !== true
}

/** Walks all arguments; returns what the result will contain. */
function planArguments(walk: WriteWalk, operation: string, args: Plain): ReadPlan | undefined {
  const { model } = walk
  switch (operation) {
    case 'findUnique':
    case 'findUniqueOrThrow':
    case 'delete':
      walkUniqueWhere(walk, ownValue(args, 'where'))
      return planReturned(walk, args, undefined, isJudged(walk, operation) ? 'absent' : undefined)

    case 'findFirst':
    case 'findFirstOrThrow':
    case 'findMany':
      return planRead(walk, args)

    case 'create':
      // Where every field has a default, a row may be created from nothing: what Prisma would not fill in is filled in.
      if (isAbsent(ownValue(args, 'data'))) args.data = {}
      return planReturned(walk, args, planCreated(walk, args.data))

    case 'createMany':
      planCreateMany(walk, args)
      return undefined

    case 'createManyAndReturn':
      planCreateMany(walk, args)
      // Its rows may be of several tenants.
      return planSelection(walk, args)

    case 'update':
      walkUniqueWhere(walk, ownValue(args, 'where'))
      return planReturned(walk, args, planUpdate(walk, args, ownValue(args, 'data'), true))

    case 'updateManyAndReturn':
      return planReturned(walk, args, planUpdateMany(walk, args))

    case 'updateMany':
      planUpdateMany(walk, args)
      return undefined

    case 'upsert':
      return planReturned(walk, args, planUpsert(walk, args))

    case 'deleteMany':
      walkWhere(walk, ownValue(args, 'where'))
      return undefined

    case 'count':
      planFilters(walk, args)
      checkCounted(model, ownValue(args, 'select'))
      return undefined

    case 'groupBy':
      refuseListed(model, ownValue(args, 'by'), 'grouping')
      checkNames(model, 'by', ownValue(args, 'by'))
      walkHaving(walk, ownValue(args, 'having'))
      planAggregates(walk, args)
      return undefined

    case 'aggregate':
      planAggregates(walk, args)
      return undefined

    default:
      throw unknownOperation(model.name, operation)
  }
}

function planCreated(walk: WriteWalk, data: unknown): Owner {
  const owner = planCreate(walk, data)
  noteCreated(walk, data)
  return owner
}

/** Returns the owner of the row, if it is the same whether the row is there already or not. */
function planUpsert(walk: WriteWalk, args: Plain): Owner | undefined {
  const where = ownValue(args, 'where')
  walkUniqueWhere(walk, where)
  // Before the update adds to the filter: then it would look certain.
  const assumed = assumedOf(walk, where, ownValue(args, 'update'))
  const column = walk.model.tenant
  const filter =
    tenantFilterOf(walk, true) ?? (assumed === undefined || column === undefined ? assumed : negatable(column, assumed))
  let same: Owner | undefined
  perhaps(walk.draft, () => {
    const created = planPerhapsCreated(
      walk.draft,
      () => planCreate(walk, ownValue(args, 'create'), args),
      () => ofUpsert(walk, args),
    )
    const updated = planUpdate(walk, args, ownValue(args, 'update'), true)
    if (created.tenant !== undefined && created.tenant === updated.tenant) same = created
  })
  noteAbsence(walk, args, filter)
  return same
}

function planUpdateMany(walk: WriteWalk, args: Plain): Owner {
  walkWhere(walk, ownValue(args, 'where'))
  return planUpdate(walk, args, ownValue(args, 'data'), false)
}

/**
 * Plans the selection of one row, or of a write: it has the tenant that its filter names, else its own data.
 *
 * @param owner of a row that is written, as far as it is known.
 */
function planReturned(walk: WriteWalk, args: Plain, owner?: Owner, guard?: ReadPlan['guard']): ReadPlan {
  const { context, model } = walk
  const row = ownValue(args, 'create') ?? ownValue(args, 'data')
  const tenant =
    tenantInWhere(context.models, model, ownValue(args, 'where')) ??
    owner?.tenant ??
    (isPlainObject(row) ? ownTenant(context.models, model, row) : undefined)
  return planSelection(forTenant(walk, tenant), args, { guard, owner: settledBy(walk, owner) })
}

/** What determines which tenant owns a written row, without another look-up: the call says it, or has looked it up anyway. */
function settledBy({ model }: WriteWalk, owner: Owner | undefined): RowOwner | undefined {
  if (model.step === undefined || owner === undefined) return undefined
  const tenant = owner.tenant ?? owner.ask?.asked
  return tenant === undefined ? undefined : { from: 'call', tenant }
}

function planFilters(walk: WriteWalk, args: Plain): void {
  const { context, model } = walk
  const where = ownValue(args, 'where')
  walkWhere(walk, where)
  walkUniqueWhere(forTenant(walk, tenantInWhere(context.models, model, where)), ownValue(args, 'cursor'), 'cursor')
  walkOrderBy(walk, ownValue(args, 'orderBy'))
}

function planAggregates(walk: WriteWalk, args: Plain): void {
  const { model } = walk
  planFilters(walk, args)
  for (const aggregate of AGGREGATES_OF_VALUES) {
    refuseSelected(model, ownValue(args, aggregate), aggregate)
    checkSelected(model.name, aggregate, ownValue(args, aggregate))
  }
  checkCounted(model, ownValue(args, '_count'))
}

/** `true` counts rows; else those where the fields are not NULL. */
function checkCounted(model: Model, counted: unknown): void {
  if (typeof counted !== 'boolean') checkSelected(model.name, '_count', counted)
}
