import type { EncryptedField } from '../../leaves/index.js'
import type { RelationEntry } from '../../schema/model-map.js'
import type { Call, Plain } from './call.js'
import { fillDefaults } from './fill-defaults.js'
import { fillTenant, pinTenant, writesOwnedRelation } from './fill-tenant.js'
import { planToken } from './index-tokens.js'
import { planList } from './list-values.js'
import type { Model } from './models.js'
import { noteCreated, noteLinks, perhaps } from './note-links.js'
import { objectOr, ownValue } from './own.js'
import { each, isAbsent, isPlainObject, nullMarker } from './prisma-values.js'
import { indexIsComputed, tenantRequired, unknownArgument, wrongShape } from './refusals.js'
import {
  type Inherited,
  inheritedBy,
  isCertain,
  keepInTenant,
  pinAssumed,
  refuseTenantChange,
  tenantInWhere,
  tenantOfCreate,
  tenantOfUpdate,
} from './row-tenant.js'
import { checkSimple, checkWritten, refuseUnknownKeys } from './shapes.js'
import { holdsTenant, lockedFilter, lockOf, lockUnique, refuseUnprotected } from './tenant-filter.js'
import { walkUniqueWhere, walkWhere } from './where.js'

/** Plans the `data` of one created row and of all that is nested in it. */
export function planCreate(call: Call, model: Model, given: unknown, inherited: Inherited): void {
  const data = objectOr(model.name, 'data', given)
  if (data === undefined) return
  fillDefaults(model, data)
  const tenant = tenantOfCreate(call, model, data, inherited)
  planFields(call, model, data, { tenant, certain: true, values: data, exists: false })
  if (model.tenant !== undefined && tenant !== undefined && !inherited.held) {
    fillTenant(call, model, model.tenant, data, tenant, inherited.checked)
  }
}

/** Plans the rows of a `createMany`, at the root or nested. */
export function planCreateMany(call: Call, model: Model, args: Plain, inherited: Inherited): void {
  const skips = ownValue(args, 'skipDuplicates')
  for (const data of each(ownValue(args, 'data'))) {
    planCreate(call, model, data, inherited)
    // A duplicate that is skipped may be another tenant's row.
    if (isAbsent(skips) || skips === false) noteCreated(call, model, data)
  }
}

/** Plans the `data` of an update of the rows that `part.where` finds, and of all that is nested in it. */
export function planUpdate(call: Call, model: Model, part: Plain, given: unknown, inherited: Inherited): void {
  const data = objectOr(model.name, 'data', given)
  if (data === undefined) return
  const where = pinAssumed(call, model, part, inherited)
  const tenant = tenantOfUpdate(call, model, where, inherited)
  refuseTenantChange(call, model, data, tenant)
  const certain = isCertain(call, model, where, inherited)
  planFields(call, model, data, { tenant, certain, values: isPlainObject(where) ? where : {}, exists: true })
  if (model.tenant !== undefined) pinTenant(call, model, model.tenant, data, certain ? tenant : undefined)
}

/** What is known of the row whose data is planned: its tenant, and values that a nested row may take over. */
interface Row {
  readonly tenant: string | undefined
  /** Whether the tenant is more than what the option `tenant` assumes. */
  readonly certain: boolean
  readonly values: Plain
  /** Whether it is updated, not created: what it is related to may stand already. */
  readonly exists: boolean
}

function planFields(call: Call, model: Model, data: Plain, row: Row): void {
  noteLinks(call, model, data, row.exists)
  for (const [key, value] of Object.entries(data)) {
    if (isAbsent(value)) continue
    const entry = model.fields.get(key)
    if (entry === undefined) throw unknownArgument(model.name, key)
    if (entry.kind === 'relation') planNested(call, model, row, entry, objectOr(model.name, key, value))
    else if (entry.index !== undefined) throw indexIsComputed(model.name, key, entry.index.source)
    else {
      const field = model.encrypted.get(key)
      if (field !== undefined) planValue(call, model, data, field, value, row.tenant)
      else checkWritten(model, key, entry, value)
    }
  }
}

function planValue(
  call: Call,
  model: Model,
  data: Plain,
  field: EncryptedField,
  value: unknown,
  tenant: string | undefined,
): void {
  if (field.list) {
    planList(call, model, data, field, value, tenant)
    return
  }
  // A Json field takes any object as its value; elsewhere an object is Prisma's `{ set }`.
  const wrapped = !field.type.structured && isPlainObject(value)
  if (wrapped && Object.keys(value).some((key) => key !== 'set')) {
    throw wrongShape(model.name, field.field, 'a value or { set: value }')
  }
  const [holder, key] = wrapped ? [value, 'set'] : [data, field.field]
  const plain = ownValue(holder, key)
  // NULL says that there is no value: there is nothing to hide. JSON null is a value, and sealed like any other.
  if (isAbsent(plain)) return
  const indexes = model.indexes.get(field.field) ?? []
  if (plain === null || nullMarker(plain) === 'DbNull') {
    // An index that outlived its value would still be found.
    for (const index of indexes) data[index.field] = null
    return
  }
  if (tenant === undefined) throw tenantRequired(model.name, model.tenant?.field)
  call.seals.push({ holder, key, field, tenant })
  if (!call.searchable) return
  for (const index of indexes) planToken(call, index, tenant, data, index.field, plain)
}

/** Plans the writes nested in one relation field; each operation takes one item or a list of them. */
function planNested(call: Call, parent: Model, row: Row, relation: RelationEntry, write: Plain | undefined): void {
  if (write === undefined) return
  refuseUnprotectedWrites(call, parent, row, relation, write)
  const target = call.models.get(relation.model)
  const inherited = { ...inheritedBy(call.models, parent, row, relation), assumed: !row.certain }
  for (const [operation, value] of Object.entries(write)) {
    if (isAbsent(value)) continue
    if (!OPERATIONS.has(operation)) throw unknownArgument(target.name, operation)
    const items = each(value)
    const checked =
      operation === 'create' && items.some((item) => isPlainObject(item) && writesOwnedRelation(target, item))
    const planned = items.map((item) =>
      planNestedItem(call, target, { ...inherited, checked }, relation, operation, item),
    )
    write[operation] = Array.isArray(value) ? planned : planned[0]
  }
}

/** Writes that reach rows which no filter can keep out: those that a list or a link is taken from. */
function refuseUnprotectedWrites(call: Call, parent: Model, row: Row, relation: RelationEntry, write: Plain): void {
  if (relation.list === true) {
    if (!isAbsent(ownValue(write, 'set'))) refuseUnprotected(call, parent, relation, 'set')
    return
  }
  // In a one-to-one relation the row that was linked before loses its link, whoever's it is.
  const taken = relation.fields === undefined ? row.exists : relation.optional === true && isOneToOne(call, relation)
  if (!taken) return
  const where = row.exists ? 'an update' : 'a create'
  // A row that is created on the far side of the foreign key was linked to nothing.
  const operations =
    relation.fields === undefined ? ['create', 'connect', 'connectOrCreate'] : ['connect', 'connectOrCreate']
  // The row that loses its link is the one with the foreign key: of the parent's model, where that has it.
  const reached = relation.fields === undefined ? undefined : parent
  for (const operation of operations) {
    if (!isAbsent(ownValue(write, operation)))
      refuseUnprotected(call, parent, relation, `${operation} in ${where}`, reached)
  }
}

function isOneToOne(call: Call, relation: RelationEntry): boolean {
  const opposite = call.models.get(relation.model).fields.get(relation.opposite)
  return opposite?.kind === 'relation' && opposite.list !== true
}

const OPERATIONS: ReadonlySet<string> = new Set([
  ...['create', 'createMany', 'connectOrCreate', 'connect', 'set', 'disconnect', 'delete', 'deleteMany'],
  ...['update', 'updateMany', 'upsert'],
])
const CREATE_MANY: ReadonlySet<string> = new Set(['data', 'skipDuplicates'])
const CONNECT_OR_CREATE: ReadonlySet<string> = new Set(['where', 'create'])
const UPDATE: ReadonlySet<string> = new Set(['where', 'data'])
const UPSERT: ReadonlySet<string> = new Set(['where', 'create', 'update'])

/** What the items of nested operations consist of, but for those that are data or a filter themselves. */
const PARTS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['createMany', CREATE_MANY],
  ['connectOrCreate', CONNECT_OR_CREATE],
  ['updateMany', UPDATE],
  ['upsert', UPSERT],
])

/** Plans one item of a nested write; gives the item that takes its place. */
function planNestedItem(
  call: Call,
  target: Model,
  inherited: Inherited,
  relation: RelationEntry,
  operation: string,
  item: unknown,
): unknown {
  const one = relation.list !== true
  const keys = PARTS.get(operation)
  const part = keys === undefined ? {} : (objectOr(target.name, operation, item) ?? {})
  if (keys !== undefined) refuseUnknownKeys(target.name, part, keys)
  switch (operation) {
    case 'create':
      planCreate(call, target, item, inherited)
      noteCreated(call, target, item)
      return item

    case 'createMany':
      checkSimple(target.name, part)
      planCreateMany(call, target, part, inherited)
      return item

    case 'connectOrCreate':
      walkUniqueWhere(call, target, ownValue(part, 'where'), inherited.tenant)
      keepInTenant(call, target, inherited, ownValue(part, 'where'))
      perhaps(call, () => planCreate(call, target, ownValue(part, 'create'), inherited))
      lockUnique(call, target, ownValue(part, 'where'))
      return item

    case 'connect':
    case 'set':
      walkUniqueWhere(call, target, item, inherited.tenant, operation)
      keepInTenant(call, target, inherited, item)
      lockUnique(call, target, item)
      return item

    case 'disconnect':
    case 'delete':
      if (item === false) return item
      if (one) {
        const where = item === true ? undefined : item
        walkWhere(call, target, where, inherited.tenant, operation)
        return lockOf(call, target) === undefined ? item : lockedFilter(call, target, where)
      }
      walkUniqueWhere(call, target, item, inherited.tenant, operation)
      lockUnique(call, target, item)
      return item

    case 'deleteMany':
      walkWhere(call, target, item, inherited.tenant, operation)
      return lockedFilter(call, target, item)

    case 'update':
      return one ? planToOneUpdate(call, target, inherited, item) : planUpdateItem(call, target, inherited, item)

    case 'updateMany':
      walkWhere(call, target, ownValue(part, 'where'), inherited.tenant)
      planUpdate(call, target, part, ownValue(part, 'data'), inherited)
      lockPart(call, target, part)
      return item

    case 'upsert':
      if (one) walkWhere(call, target, ownValue(part, 'where'), inherited.tenant)
      else walkUniqueWhere(call, target, ownValue(part, 'where'), inherited.tenant)
      perhaps(call, () => {
        planCreate(call, target, ownValue(part, 'create'), inherited)
        planUpdate(call, target, one ? filterAlone(part) : part, ownValue(part, 'update'), inherited)
      })
      if (!one) lockUnique(call, target, ownValue(part, 'where'))
      else if (lockOf(call, target) !== undefined && !isWithinTenant(call, target, relation)) {
        lockPart(call, target, part)
        call.lockedUpserts.push(target.name)
      }
      return item

    default:
      // Another was refused before: an empty list of items would not come here.
      throw unknownArgument(target.name, operation)
  }
}

/**
 * The filter, apart from the call. Prisma reports that of a to-one upsert as a broken query where there is no row yet: what
 * an update would add to it stays out.
 */
function filterAlone(part: Plain): Plain {
  const where = ownValue(part, 'where')
  return isPlainObject(where) ? { where: { ...where } } : {}
}

/** Whether the foreign key keeps the row at the other end in the tenant: then an upsert needs no lock. */
function isWithinTenant(call: Call, target: Model, relation: RelationEntry): boolean {
  const opposite = target.fields.get(relation.opposite)
  return opposite?.kind === 'relation' && holdsTenant(call.models, target, opposite)
}

function planUpdateItem(call: Call, target: Model, inherited: Inherited, item: unknown): unknown {
  const part = objectOr(target.name, 'update', item)
  if (part === undefined) return item
  refuseUnknownKeys(target.name, part, UPDATE)
  walkUniqueWhere(call, target, ownValue(part, 'where'), inherited.tenant)
  planUpdate(call, target, part, ownValue(part, 'data'), inherited)
  lockUnique(call, target, ownValue(part, 'where'))
  return item
}

function planToOneUpdate(call: Call, target: Model, inherited: Inherited, given: unknown): unknown {
  const item = objectOr(target.name, 'update', given)
  if (item === undefined) return given
  if (!isUpdateEnvelope(target, item)) {
    const envelope: Plain = {}
    planUpdate(call, target, envelope, item, inherited)
    lockPart(call, target, envelope)
    if (envelope.where === undefined) return item
    refuseAmbiguous(target)
    return { ...envelope, data: item }
  }
  walkWhere(call, target, ownValue(item, 'where'), inherited.tenant)
  const said = tenantInWhere(call.models, target, ownValue(item, 'where'))
  planUpdate(call, target, item, ownValue(item, 'data'), inherited)
  pinEnvelope(target, item)
  lockPart(call, target, item)
  if (tenantInWhere(call.models, target, ownValue(item, 'where')) !== said) refuseAmbiguous(target)
  return item
}

function lockPart(call: Call, target: Model, part: Plain): void {
  if (lockOf(call, target) !== undefined) part.where = lockedFilter(call, target, ownValue(part, 'where'))
}

/** A row that could take `{ where, data }` for its own data would be stored with the lock in it, and not locked. */
function refuseAmbiguous(target: Model): void {
  const where = target.fields.get('where')
  if (!target.fields.has('data') || where?.kind !== 'scalar' || where.type !== 'Json') return
  throw wrongShape(target.name, 'a nested update', 'another form here: update it by a call of its own')
}

/**
 * A to-one `update` takes the data itself or `{ where?, data }`. A target with a field named `data` takes both, so the
 * second form is meant only if what stands in `data` could be the target's data.
 */
function isUpdateEnvelope(target: Model, item: unknown): boolean {
  const data = isPlainObject(item) ? ownValue(item, 'data') : undefined
  if (!isPlainObject(item) || !isPlainObject(data)) return false
  if (!Object.keys(item).every((key) => key === 'where' || key === 'data')) return false
  const where = ownValue(item, 'where')
  if (!isAbsent(where) && !isPlainObject(where)) return false
  return !target.fields.has('data') || Object.keys(data).every((key) => target.fields.has(key))
}

/**
 * Leaves Prisma one way to read an envelope. It takes the first form that fits: an envelope with a value of a wrong type
 * in it would be stored as the row's own `data` and `where`, in clear. No String field takes this filter for its value.
 */
function pinEnvelope(target: Model, envelope: Plain): void {
  if (!target.fields.has('data')) return
  const where = target.fields.get('where')
  if (where?.kind === 'scalar' && where.type === 'Json') {
    if (!target.encrypted.has('data') && !target.encrypted.has('where')) return
    throw wrongShape(target.name, 'a nested update', 'the data itself here, since { where, data } could be that too')
  }
  // The filter's own conditions stay at its top: further in, Prisma takes `OR: []` for no condition at all.
  const given = ownValue(envelope, 'where')
  envelope.where = isPlainObject(given) ? { AND: [], ...given } : {}
}
