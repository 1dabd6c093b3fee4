import type { RelationEntry } from '../../schema/model-map.js'
import { fillDefaults } from './fill-defaults.js'
import { fillTenant, pinTenant, writesOwnedRelation } from './fill-tenant.js'
import { noteCreated, noteForeignKeys, perhaps } from './foreign-keys.js'
import { objectOr, ownValue } from './own.js'
import { foundOwner, ownerOfCreate, ownerOfUpdate, refuseMove, sameOwner } from './owners.js'
import { holdsTenant, tenantInWhere } from './ownership.js'
import { ofConnectOrCreate, ofNestedUpsert, planPerhapsCreated } from './perhaps-created.js'
import type { Owner } from './plan.js'
import { each, isAbsent, isPlainObject, type Plain } from './prisma-values.js'
import { indexIsComputed, manyUnprotected, tenantChanged, unknownArgument } from './refusals.js'
import { alongWrite, isCertain, keepInTenant, pinAssumed, refuseTenantChange } from './row-tenant.js'
import { checkSimple, checkWritten, refuseUnknownKeys } from './shapes.js'
import { filtered, filterUnique, filterWhere, tenantFilterOf } from './tenant-filter.js'
import { isWrapper, pinWrapper, refuseAmbiguous } from './to-one-update.js'
import { refuseUnprotectedWrites } from './unprotected-writes.js'
import { planValue } from './values.js'
import { filterTenant, type RowWalk, type WriteWalk } from './walk.js'
import { walkUniqueWhere, walkWhere } from './where.js'

/**
 * Writes, at the root or nested. The functions of this file call each other: a row contains nested writes, and these
 * contain rows. All that needs no such circle is in files of its own.
 */

/**
 * Plans the `data` of one created row and of all that is nested in it. Returns the row's owner.
 *
 * @param found the part whose `where` finds the row if it is there already, and is then not created.
 */
export function planCreate(walk: WriteWalk, given: unknown, found?: Plain): Owner {
  const { context, model, draft } = walk
  const data = objectOr(model.name, 'data', given)
  if (data === undefined) return NOBODY
  fillDefaults(model, data)
  const owner = ownerOfCreate(walk, data)
  const { tenant, ask } = owner
  planFields(
    { context, model, draft, tenant, ask, askBelow: undefined, certain: true, values: data, exists: false, found },
    data,
  )
  if (tenant !== undefined) fillTenant(walk, data, tenant)
  return owner
}

/** Plans the rows of a `createMany`. */
export function planCreateMany(walk: WriteWalk, args: Plain): void {
  const skips = ownValue(args, 'skipDuplicates')
  for (const data of each(ownValue(args, 'data'))) {
    planCreate(walk, data)
    // A duplicate that is skipped may be another tenant's row.
    if (isAbsent(skips) || skips === false) noteCreated(walk, data)
  }
}

/**
 * Plans the `data` of an update of the rows that `part.where` finds, and of all that is nested in it. Returns their owner.
 *
 * @param unique whether the filter names one row.
 */
export function planUpdate(walk: WriteWalk, part: Plain, given: unknown, unique: boolean): Owner {
  const { context, model, draft } = walk
  const data = objectOr(model.name, 'data', given)
  if (data === undefined) return NOBODY
  const where = pinAssumed(walk, part, data)
  const { tenant, ask, askBelow } = ownerOfUpdate(walk, where, unique)
  refuseTenantChange(walk, data, tenant)
  const certain = ask !== undefined || isCertain(walk, where)
  const values = isPlainObject(where) ? where : {}
  const found = unique || walk.root === true ? part : undefined
  const from = { through: walk, part }
  const row: RowWalk = { context, model, draft, tenant, ask, askBelow, certain, values, exists: true, found, ...from }
  refuseMove(row, data)
  planFields(row, data)
  pinTenant(row, data)
  return { tenant, ask }
}

const NOBODY: Owner = { tenant: undefined }

function planFields(row: RowWalk, data: Plain): void {
  const { model } = row
  noteForeignKeys(row, data)
  for (const [key, value] of Object.entries(data)) {
    if (isAbsent(value)) continue
    const entry = model.fields.get(key)
    if (entry === undefined) throw unknownArgument(model.name, key, model.fields.keys())
    if (entry.kind === 'relation') planNested(row, entry, objectOr(model.name, key, value))
    else if (entry.index !== undefined) throw indexIsComputed(model.name, key, entry.index.source)
    else {
      const field = model.encrypted.get(key)
      if (field !== undefined) planValue(row, data, field, value)
      else checkWritten(model, key, entry, value)
    }
  }
}

/** Plans the writes nested in one relation field; each operation takes one item or a list of them. */
function planNested(row: RowWalk, relation: RelationEntry, write: Plain | undefined): void {
  if (write === undefined) return
  refuseUnprotectedWrites(row, relation, write)
  const walk = alongWrite(row, relation)
  for (const [operation, value] of Object.entries(write)) {
    if (isAbsent(value)) continue
    if (!OPERATIONS.has(operation)) throw unknownArgument(walk.model.name, operation)
    const items = each(value)
    const checked =
      operation === 'create' && items.some((item) => isPlainObject(item) && writesOwnedRelation(walk.model, item))
    const here = checked ? { ...walk, checked } : walk
    const planned = items.map((item) => planItem(here, relation, write, operation, item))
    write[operation] = Array.isArray(value) ? planned : planned[0]
  }
}

const OPERATIONS: ReadonlySet<string> = new Set([
  ...['create', 'createMany', 'connectOrCreate', 'connect', 'set', 'disconnect', 'delete', 'deleteMany'],
  ...['update', 'updateMany', 'upsert'],
])
const UPDATE: ReadonlySet<string> = new Set(['where', 'data'])

/** What the items of nested operations consist of, except for those that are data or a filter themselves. */
const PARTS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['createMany', new Set(['data', 'skipDuplicates'])],
  ['connectOrCreate', new Set(['where', 'create'])],
  ['updateMany', UPDATE],
  ['upsert', new Set(['where', 'create', 'update'])],
])

/** Plans one item of a nested write; returns the item that takes its place. */
function planItem(walk: WriteWalk, relation: RelationEntry, write: Plain, operation: string, item: unknown): unknown {
  const { name } = walk.model
  const one = relation.list !== true
  const keys = PARTS.get(operation)
  const part = keys === undefined ? {} : (objectOr(name, operation, item) ?? {})
  if (keys !== undefined) refuseUnknownKeys(name, part, keys)
  switch (operation) {
    case 'create':
      planCreate(walk, item)
      noteCreated(walk, item)
      return item

    case 'createMany':
      checkSimple(name, part)
      planCreateMany(walk, part)
      return item

    case 'connectOrCreate':
      walkUniqueWhere(walk, ownValue(part, 'where'))
      keepInTenant(walk, ownValue(part, 'where'))
      keepWithOwner(walk, ownValue(part, 'where'))
      perhaps(walk.draft, () =>
        planPerhapsCreated(
          walk.draft,
          () => planCreate(walk, ownValue(part, 'create'), part),
          () => ofConnectOrCreate(walk, relation, write, part),
        ),
      )
      filterUnique(linked(walk), ownValue(part, 'where'))
      return item

    case 'connect':
    case 'set':
      walkUniqueWhere(walk, item, operation)
      keepInTenant(walk, item)
      keepWithOwner(walk, item)
      filterUnique(linked(walk), item)
      return item

    case 'disconnect':
    case 'delete':
      if (item === false) return item
      if (one) {
        const where = item === true ? undefined : item
        walkWhere(walk, where, operation)
        return tenantFilterOf(walk) === undefined ? item : filtered(walk, where)
      }
      walkUniqueWhere(walk, item, operation)
      filterUnique(walk, item)
      return item

    case 'deleteMany':
      refuseRelationFilter(walk)
      walkWhere(walk, item, operation)
      return filtered(walk, item)

    case 'update':
      return one ? planToOneUpdate(walk, item) : planListUpdate(walk, item)

    case 'updateMany':
      refuseRelationFilter(walk)
      walkWhere(walk, ownValue(part, 'where'))
      planUpdate(walk, part, ownValue(part, 'data'), false)
      filterWhere(walk, part)
      return item

    case 'upsert':
      if (one) planToOneUpsert(walk, relation, write, part)
      else planListUpsert(walk, relation, write, part)
      return item

    default:
      // Another was refused before: an empty list of items would not come here.
      throw unknownArgument(name, operation)
  }
}

/**
 * Keeps a row that is linked to the row it is to belong to from another tenant's: it must be one of the same tenant's already.
 * A bound call's filter does that.
 */
function keepWithOwner(walk: WriteWalk, where: unknown): void {
  const { model } = walk
  if (!walk.below || model.step === undefined || filterTenant(walk) !== undefined) return
  sameOwner(walk, walk, foundOwner(walk, where), () => tenantChanged(model.name))
}

/** Rows that a write links to: nothing keeps them to the tenant yet. */
function linked(walk: WriteWalk): WriteWalk {
  return walk.kept === true ? { ...walk, kept: false } : walk
}

/** Nested `updateMany` and `deleteMany` take scalars only. */
function refuseRelationFilter(walk: WriteWalk): void {
  const { model } = walk
  if (model.step !== undefined && tenantFilterOf(walk) !== undefined) throw manyUnprotected(model.name, model.step.name)
}

function planListUpdate(walk: WriteWalk, item: unknown): unknown {
  const { name } = walk.model
  const part = objectOr(name, 'update', item)
  if (part === undefined) return item
  refuseUnknownKeys(name, part, UPDATE)
  walkUniqueWhere(walk, ownValue(part, 'where'))
  planUpdate(walk, part, ownValue(part, 'data'), true)
  filterUnique(walk, ownValue(part, 'where'))
  return item
}

function planToOneUpdate(walk: WriteWalk, given: unknown): unknown {
  const { context, model } = walk
  const item = objectOr(model.name, 'update', given)
  if (item === undefined) return given
  if (!isWrapper(model, item)) {
    const wrapper: Plain = {}
    planUpdate(walk, wrapper, item, false)
    filterWhere(walk, wrapper)
    if (wrapper.where === undefined) return item
    refuseAmbiguous(model)
    return { ...wrapper, data: item }
  }
  walkWhere(walk, ownValue(item, 'where'))
  const said = tenantInWhere(context.models, model, ownValue(item, 'where'))
  planUpdate(walk, item, ownValue(item, 'data'), false)
  pinWrapper(model, item)
  filterWhere(walk, item)
  if (tenantInWhere(context.models, model, ownValue(item, 'where')) !== said) refuseAmbiguous(model)
  return item
}

function planListUpsert(walk: WriteWalk, relation: RelationEntry, write: Plain, part: Plain): void {
  walkUniqueWhere(walk, ownValue(part, 'where'))
  perhaps(walk.draft, () => {
    planPerhapsCreated(
      walk.draft,
      () => planCreate(walk, ownValue(part, 'create'), part),
      () => ofNestedUpsert(walk, relation, write, part),
    )
    planUpdate(walk, part, ownValue(part, 'update'), true)
  })
  filterUnique(walk, ownValue(part, 'where'))
}

function planToOneUpsert(walk: WriteWalk, relation: RelationEntry, write: Plain, part: Plain): void {
  walkWhere(walk, ownValue(part, 'where'))
  perhaps(walk.draft, () => {
    planPerhapsCreated(
      walk.draft,
      () => planCreate(walk, ownValue(part, 'create')),
      () => ofNestedUpsert(walk, relation, write, part),
    )
    planUpdate(walk, filterAlone(part), ownValue(part, 'update'), false)
  })
  if (tenantFilterOf(walk) === undefined || isWithinTenant(walk, relation)) return
  filterWhere(walk, part)
  walk.draft.filteredUpserts.push(walk.model.name)
}

/**
 * The filter, apart from the call. Prisma reports that of a to-one upsert as a broken query where there is no row yet: what
 * an update would add to it stays out.
 */
function filterAlone(part: Plain): Plain {
  const where = ownValue(part, 'where')
  return isPlainObject(where) ? { where: { ...where } } : {}
}

/** Whether the foreign key keeps the row at the other end in the tenant: then an upsert needs no tenant filter. */
function isWithinTenant({ context, model }: WriteWalk, relation: RelationEntry): boolean {
  const opposite = model.fields.get(relation.opposite)
  return opposite?.kind === 'relation' && holdsTenant(context.models, model, opposite)
}
