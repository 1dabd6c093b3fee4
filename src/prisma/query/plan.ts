import type { Call, Plain } from './call.js'
import type { Model } from './models.js'
import { noteAbsent } from './note-absent.js'
import { noteCreated, perhaps } from './note-links.js'
import { ownValue } from './own.js'
import { isAbsent, isPlainObject } from './prisma-values.js'
import { planRead, planSelection, type ReadPlan } from './read.js'
import { unknownOperation } from './refusals.js'
import { checkRoot } from './root-arguments.js'
import { assumedOf, ownTenant, ROOT, tenantInWhere } from './row-tenant.js'
import { checkNames, checkSelected } from './shapes.js'
import { lockedFilter, lockOf, lockUnique } from './tenant-filter.js'
import { refuseListed, refuseSelected, walkHaving, walkOrderBy, walkUniqueWhere, walkWhere } from './where.js'
import { planCreate, planCreateMany, planUpdate } from './write.js'

/**
 * Plans one top-level Prisma call, in place: collects what has to be sealed, refuses what cannot be answered rightly,
 * and says what its result will hold. `undefined` where the result holds no rows.
 *
 * Throws `ENVELOPE_FILTER_UNSUPPORTED`, `ENVELOPE_ARGUMENT_UNKNOWN`, `ENVELOPE_VALUE_INVALID` and the codes of
 * `EnvelopeTenantError`.
 */
export function planCall(call: Call, model: Model, operation: string, args: Plain): ReadPlan | undefined {
  checkRoot(call, model, operation, args)
  switch (operation) {
    case 'findUnique':
    case 'findUniqueOrThrow':
      walkUniqueWhere(call, model, ownValue(args, 'where'))
      lockUnique(call, model, ownValue(args, 'where'))
      return planRead(call, model, args)

    case 'findFirst':
    case 'findFirstOrThrow':
    case 'findMany':
      lockMany(call, model, args)
      return planRead(call, model, args)

    case 'create':
      // Where every field has a default, a row may be created of nothing: what Prisma would not fill in is filled in.
      if (isAbsent(ownValue(args, 'data'))) args.data = {}
      planCreate(call, model, args.data, ROOT)
      noteCreated(call, model, args.data)
      return planSelection(call, model, args, tenantOfRow(call, model, args))

    case 'createMany':
      planCreateMany(call, model, args, ROOT)
      return undefined

    case 'createManyAndReturn':
      planCreateMany(call, model, args, ROOT)
      return planSelection(call, model, args)

    case 'update':
      walkUniqueWhere(call, model, ownValue(args, 'where'))
      planUpdate(call, model, args, ownValue(args, 'data'), ROOT)
      lockUnique(call, model, ownValue(args, 'where'))
      return planSelection(call, model, args, tenantOfRow(call, model, args))

    case 'updateManyAndReturn':
      planUpdateMany(call, model, args)
      lockMany(call, model, args)
      return planSelection(call, model, args)

    case 'updateMany':
      planUpdateMany(call, model, args)
      lockMany(call, model, args)
      return undefined

    case 'upsert': {
      walkUniqueWhere(call, model, ownValue(args, 'where'))
      const lock = lockOf(call, model) ?? assumedOf(call, model, ownValue(args, 'where'), ROOT)
      perhaps(call, () => {
        planCreate(call, model, ownValue(args, 'create'), ROOT)
        planUpdate(call, model, args, ownValue(args, 'update'), ROOT)
      })
      noteAbsent(call, model, args, lock)
      lockUnique(call, model, ownValue(args, 'where'))
      return planSelection(call, model, args, tenantOfRow(call, model, args))
    }

    case 'delete':
      walkUniqueWhere(call, model, ownValue(args, 'where'))
      lockUnique(call, model, ownValue(args, 'where'))
      return planSelection(call, model, args, tenantOfRow(call, model, args))

    case 'deleteMany':
      walkWhere(call, model, ownValue(args, 'where'))
      lockMany(call, model, args)
      return undefined

    case 'count':
      planFilters(call, model, args)
      checkCounted(model, ownValue(args, 'select'))
      return undefined

    case 'groupBy':
      refuseListed(model, ownValue(args, 'by'), 'grouping')
      checkNames(model, 'by', ownValue(args, 'by'))
      walkHaving(call, model, ownValue(args, 'having'))
      planAggregates(call, model, args)
      return undefined

    case 'aggregate':
      planAggregates(call, model, args)
      return undefined

    default:
      throw unknownOperation(model.name, operation)
  }
}

function planUpdateMany(call: Call, model: Model, args: Plain): void {
  walkWhere(call, model, ownValue(args, 'where'))
  planUpdate(call, model, args, ownValue(args, 'data'), ROOT)
}

function planFilters(call: Call, model: Model, args: Plain): void {
  walkWhere(call, model, ownValue(args, 'where'))
  walkUniqueWhere(call, model, ownValue(args, 'cursor'), tenantInWhere(call.models, model, ownValue(args, 'where')))
  walkOrderBy(call, model, ownValue(args, 'orderBy'))
  lockMany(call, model, args)
}

/** Whose row a write returns, for searches in what is included with it: by its filter, else by its own data. */
function tenantOfRow(call: Call, model: Model, args: Plain): string | undefined {
  const row = ownValue(args, 'create') ?? ownValue(args, 'data')
  return (
    tenantInWhere(call.models, model, ownValue(args, 'where')) ??
    (isPlainObject(row) ? ownTenant(call.models, model, row) : undefined)
  )
}

/** Adds the lock to the filter and the cursor of a call on many rows. */
function lockMany(call: Call, model: Model, args: Plain): void {
  const where = lockedFilter(call, model, ownValue(args, 'where'))
  if (where !== ownValue(args, 'where')) args.where = where
  lockUnique(call, model, ownValue(args, 'cursor'))
}

function planAggregates(call: Call, model: Model, args: Plain): void {
  planFilters(call, model, args)
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
