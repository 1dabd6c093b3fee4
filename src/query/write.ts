import type { RelationEntry } from '../schema/model-map.js'
import type { Call, Plain } from './call.js'
import { fillTenant, pinTenant, writesOwnedRelation } from './fill-tenant.js'
import { planToken } from './index-tokens.js'
import type { EncryptedField, Model } from './models.js'
import { each, isAbsent, isPlainObject, nullMarker } from './prisma-values.js'
import { indexIsComputed, tenantRequired, unknownArgument, wrongShape } from './refusals.js'
import { type Inherited, inheritedBy, refuseTenantChange, tenantOfCreate, tenantOfUpdate } from './tenant.js'
import { walkWhere } from './where.js'

/** Plans the `data` of one created row and of all that is nested in it. */
export function planCreate(call: Call, model: Model, data: unknown, inherited: Inherited): void {
  if (!isPlainObject(data)) return
  const tenant = tenantOfCreate(call, model, data, inherited)
  planFields(call, model, data, { tenant, values: data })
  if (model.tenant !== undefined && tenant !== undefined && !inherited.held) {
    fillTenant(call, model, model.tenant, data, tenant, inherited.checked)
  }
}

/** Plans the `data` of an update of the rows that `where` finds, and of all that is nested in it. */
export function planUpdate(call: Call, model: Model, where: unknown, data: unknown, inherited: Inherited): void {
  if (!isPlainObject(data)) return
  const tenant = tenantOfUpdate(call, model, where, inherited)
  refuseTenantChange(call, model, data, tenant)
  planFields(call, model, data, { tenant, values: isPlainObject(where) ? where : {} })
  if (model.tenant !== undefined && tenant !== undefined) pinTenant(call, model, model.tenant, data, tenant)
}

/** What is known of the row whose data is planned: its tenant, and values that a nested row may take over. */
interface Row {
  readonly tenant: string | undefined
  readonly values: Plain
}

function planFields(call: Call, model: Model, data: Plain, row: Row): void {
  for (const [key, value] of Object.entries(data)) {
    if (isAbsent(value)) continue
    const entry = model.fields.get(key)
    if (entry === undefined) throw unknownArgument(model.name, key)
    if (entry.kind === 'relation') planNested(call, model, row, entry, value)
    else if (entry.index !== undefined) throw indexIsComputed(model.name, key, entry.index.source)
    else {
      const field = model.encrypted.get(key)
      if (field !== undefined) planValue(call, model, data, field, value, row.tenant)
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
  // A Json field takes any object as its value; elsewhere an object is Prisma's `{ set }`.
  const wrapped = field.valueType !== 'json' && isPlainObject(value)
  if (wrapped && Object.keys(value).some((key) => key !== 'set')) {
    throw wrongShape(model.name, field.field, 'a value or { set: value }')
  }
  const [holder, key] = wrapped ? [value, 'set'] : [data, field.field]
  const plain = holder[key]
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
function planNested(call: Call, parent: Model, row: Row, relation: RelationEntry, write: unknown): void {
  if (!isPlainObject(write)) return
  const target = call.models.get(relation.model)
  const inherited = inheritedBy(call.models, parent, row, relation)
  for (const [operation, value] of Object.entries(write)) {
    if (isAbsent(value)) continue
    const items = each(value)
    const checked =
      operation === 'create' && items.some((item) => isPlainObject(item) && writesOwnedRelation(target, item))
    for (const item of items) planNestedItem(call, target, { ...inherited, checked }, relation, operation, item)
  }
}

function planNestedItem(
  call: Call,
  target: Model,
  inherited: Inherited,
  relation: RelationEntry,
  operation: string,
  item: unknown,
): void {
  const part: Plain = isPlainObject(item) ? item : {}
  switch (operation) {
    case 'create':
      return planCreate(call, target, item, inherited)
    case 'createMany':
      for (const data of each(part.data)) planCreate(call, target, data, inherited)
      return
    case 'connectOrCreate':
      walkWhere(call, target, part.where, inherited.tenant)
      return planCreate(call, target, part.create, inherited)
    case 'connect':
    case 'disconnect':
    case 'delete':
    case 'deleteMany':
    case 'set':
      return walkWhere(call, target, item, inherited.tenant)
    case 'update':
      if (relation.list !== true && !isUpdateEnvelope(target, item)) {
        return planUpdate(call, target, undefined, item, inherited)
      }
      walkWhere(call, target, part.where, inherited.tenant)
      planUpdate(call, target, part.where, part.data, inherited)
      if (relation.list !== true) pinEnvelope(target, part)
      return
    case 'updateMany':
      walkWhere(call, target, part.where, inherited.tenant)
      return planUpdate(call, target, part.where, part.data, inherited)
    case 'upsert':
      walkWhere(call, target, part.where, inherited.tenant)
      planCreate(call, target, part.create, inherited)
      return planUpdate(call, target, part.where, part.update, inherited)
    default:
      throw unknownArgument(target.name, operation)
  }
}

/**
 * A to-one `update` takes the data itself or `{ where?, data }`. A target with a field named `data` takes both, so the
 * second form is meant only if what stands in `data` could be the target's data.
 */
function isUpdateEnvelope(target: Model, item: unknown): boolean {
  if (!isPlainObject(item) || !isPlainObject(item.data)) return false
  if (!Object.keys(item).every((key) => key === 'where' || key === 'data')) return false
  if (!isAbsent(item.where) && !isPlainObject(item.where)) return false
  return !target.fields.has('data') || Object.keys(item.data).every((key) => target.fields.has(key))
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
  envelope.where = isPlainObject(envelope.where) ? { AND: [envelope.where] } : {}
}
