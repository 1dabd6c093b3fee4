import { databaseOf } from '../../databases/index.js'
import { uniqueValues } from './conditions.js'
import type { Model } from './models.js'
import { ownValue } from './own.js'
import { isAbsent, isPlainObject, type Plain } from './prisma-values.js'
import type { Walk } from './walk.js'

/**
 * Notes that an upsert must not meet another tenant's row. With a tenant filter it would not find that row, and would
 * create a second one; unless the database itself does the upsert, which then returns nothing.
 *
 * @param filter the tenant filter that `where` gets, in the form that may be negated.
 */
export function noteAbsence({ model, context, draft }: Walk, args: Plain, filter: Plain | undefined): void {
  const where = ownValue(args, 'where')
  if (filter === undefined || !isPlainObject(where)) return
  const { tenant } = model
  const pinned =
    tenant !== undefined && Object.keys(where).some((key) => model.compounds.get(key)?.includes(tenant.field) === true)
  if (pinned) return
  const native =
    databaseOf(context.models.provider)?.nativeUpsert === true && tenant !== undefined && isNative(model, args, where)
  if (native) draft.nativeUpserts.push(model.name)
  else draft.absences.push({ model, where, filter })
}

function isNative(model: Model, args: Plain, where: Plain): boolean {
  const create = ownValue(args, 'create')
  const parts = [create, ownValue(args, 'update'), ownValue(args, 'select'), ownValue(args, 'include')]
  if (parts.some((part) => namesRelation(model, part))) return false
  const given = Object.entries(where).filter(([, value]) => !isAbsent(value))
  const [[key, value] = ['', undefined], ...more] = given
  // With the tenant filter beside it, Prisma looks for a conflict in such a compound, and the other's row is P2002.
  const compound = [...model.compounds.values()].some((fields) =>
    fields.every((field) => field === key || field === model.tenant?.field),
  )
  if (compound) return false
  return more.length === 0 && isPlainObject(create) && typeof value !== 'object' && ownValue(create, key) === value
}

function namesRelation(model: Model, part: unknown): boolean {
  return isPlainObject(part) && Object.keys(part).some((key) => model.fields.get(key)?.kind !== 'scalar')
}

/** The filter that finds the row an upsert must not meet, once its index tokens are filled in. */
export function foreignTwin(model: Model, where: Plain, filter: Plain): Plain {
  return { AND: [uniqueValues(model, where), { NOT: filter }] }
}
