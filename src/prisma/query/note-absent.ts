import { databaseOf } from '../../databases/index.js'
import type { Call, Plain } from './call.js'
import type { Model } from './models.js'
import { ownValue } from './own.js'
import { isAbsent, isPlainObject } from './prisma-values.js'

/**
 * Notes that an upsert must not meet another tenant's row. Under the lock it would not find that row, and create a
 * second one beside it; unless the database itself does the upsert, which then gives nothing.
 *
 * @param lock what the call adds to `where`.
 */
export function noteAbsent(call: Call, model: Model, args: Plain, lock: Plain | undefined): void {
  const where = ownValue(args, 'where')
  if (lock === undefined || model.tenant === undefined || !isPlainObject(where)) return
  const { tenant } = model
  const pinned = Object.keys(where).some((key) => model.compounds.get(key)?.includes(tenant.field) === true)
  if (pinned) return
  if (isNative(call, model, args, where)) call.nativeUpserts.push(model.name)
  else call.absent.push({ model: model.name, where, lock })
}

function isNative(call: Call, model: Model, args: Plain, where: Plain): boolean {
  if (databaseOf(call.models.provider)?.nativeUpsert !== true) return false
  const create = ownValue(args, 'create')
  const parts = [create, ownValue(args, 'update'), ownValue(args, 'select'), ownValue(args, 'include')]
  if (parts.some((part) => namesRelation(model, part))) return false
  const given = Object.entries(where).filter(([, value]) => !isAbsent(value))
  const [[key, value] = ['', undefined], ...more] = given
  // With the lock beside it, Prisma takes such a compound for the conflict it looks for, and the other's row is P2002.
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
export function foreignTwin(model: Model, where: Plain, lock: Plain): Plain {
  let unique: Plain = {}
  for (const [key, value] of Object.entries(where)) {
    const entry = model.fields.get(key)
    if (isPlainObject(value) && model.compounds.has(key)) unique = { ...unique, ...value }
    else if (entry?.kind === 'scalar' && entry.unique === true && !isAbsent(value)) unique[key] = value
  }
  return { AND: [unique, { NOT: lock }] }
}
