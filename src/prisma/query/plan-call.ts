import { noteAbsence } from './absences.js'
import type { PlanContext } from './context.js'
import { noteCreated, perhaps } from './foreign-keys.js'
import type { Model } from './models.js'
import { refuseListed, refuseSelected, walkOrderBy } from './order-by.js'
import { ownValue } from './own.js'
import { newDraft, type Plan, type ReadPlan } from './plan.js'
import { isAbsent, isPlainObject, type Plain } from './prisma-values.js'
import { planRead, planSelection } from './read.js'
import { unknownOperation } from './refusals.js'
import { checkRoot } from './root-arguments.js'
import { assumedOf, ownTenant, tenantInWhere } from './row-tenant.js'
import { checkNames, checkSelected } from './shapes.js'
import { filterList, filterUnique, tenantFilterOf } from './tenant-filter.js'
import { forTenant, rootOf, type WriteWalk } from './walk.js'
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

/** Rows that are created have no filter: their tenant is in their data. */
const CREATES: ReadonlySet<string> = new Set(['create', 'createMany', 'createManyAndReturn'])
const UNIQUE: ReadonlySet<string> = new Set(['findUnique', 'findUniqueOrThrow', 'update', 'upsert', 'delete'])

/** Adds the tenant filter at the root of a call: to any operation that is not known to need none. */
function filterRoot(walk: WriteWalk, operation: string, args: Plain): void {
  if (CREATES.has(operation)) return
  if (UNIQUE.has(operation)) filterUnique(walk, ownValue(args, 'where'))
  else filterList(walk, args)
}

/** Walks all arguments; returns what the result will contain. */
function planArguments(walk: WriteWalk, operation: string, args: Plain): ReadPlan | undefined {
  const { model } = walk
  switch (operation) {
    case 'findUnique':
    case 'findUniqueOrThrow':
    case 'delete':
      walkUniqueWhere(walk, ownValue(args, 'where'))
      return planReturned(walk, args)

    case 'findFirst':
    case 'findFirstOrThrow':
    case 'findMany':
      return planRead(walk, args)

    case 'create':
      // Where every field has a default, a row may be created from nothing: what Prisma would not fill in is filled in.
      if (isAbsent(ownValue(args, 'data'))) args.data = {}
      planCreate(walk, args.data)
      noteCreated(walk, args.data)
      return planReturned(walk, args)

    case 'createMany':
      planCreateMany(walk, args)
      return undefined

    case 'createManyAndReturn':
      planCreateMany(walk, args)
      return planSelection(walk, args)

    case 'update':
      walkUniqueWhere(walk, ownValue(args, 'where'))
      planUpdate(walk, args, ownValue(args, 'data'))
      return planReturned(walk, args)

    case 'updateManyAndReturn':
      planUpdateMany(walk, args)
      return planReturned(walk, args)

    case 'updateMany':
      planUpdateMany(walk, args)
      return undefined

    case 'upsert':
      planUpsert(walk, args)
      return planReturned(walk, args)

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

function planUpsert(walk: WriteWalk, args: Plain): void {
  const where = ownValue(args, 'where')
  walkUniqueWhere(walk, where)
  // Before the update adds to the filter: then it would look certain.
  const filter = tenantFilterOf(walk) ?? assumedOf(walk, where)
  perhaps(walk.draft, () => {
    planCreate(walk, ownValue(args, 'create'))
    planUpdate(walk, args, ownValue(args, 'update'))
  })
  noteAbsence(walk, args, filter)
}

function planUpdateMany(walk: WriteWalk, args: Plain): void {
  walkWhere(walk, ownValue(args, 'where'))
  planUpdate(walk, args, ownValue(args, 'data'))
}

/** Plans the selection of one row, or of a write: it has the tenant that its filter names, else its own data. */
function planReturned(walk: WriteWalk, args: Plain): ReadPlan {
  const { context, model } = walk
  const row = ownValue(args, 'create') ?? ownValue(args, 'data')
  const tenant =
    tenantInWhere(context.models, model, ownValue(args, 'where')) ??
    (isPlainObject(row) ? ownTenant(context.models, model, row) : undefined)
  return planSelection(forTenant(walk, tenant), args)
}

function planFilters(walk: WriteWalk, args: Plain): void {
  const { context, model } = walk
  const where = ownValue(args, 'where')
  walkWhere(walk, where)
  walkUniqueWhere(forTenant(walk, tenantInWhere(context.models, model, where)), ownValue(args, 'cursor'))
  walkOrderBy(walk, ownValue(args, 'orderBy'))
}

function planAggregates(walk: WriteWalk, args: Plain): void {
  const { model } = walk
  planFilters(walk, args)
  for (const aggregate of ['_min', '_max', '_avg', '_sum']) {
    refuseSelected(model, ownValue(args, aggregate), aggregate)
    checkSelected(model.name, aggregate, ownValue(args, aggregate))
  }
  checkCounted(model, ownValue(args, '_count'))
}

/** `true` counts rows; else those where the fields are not NULL. */
function checkCounted(model: Model, counted: unknown): void {
  if (typeof counted !== 'boolean') checkSelected(model.name, '_count', counted)
}
