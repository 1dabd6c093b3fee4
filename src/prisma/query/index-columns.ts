import type { IndexField } from '../../leaves/index.js'
import type { Call, Plain } from './call.js'
import type { Model } from './models.js'
import { ownValue } from './own.js'
import { isAbsent, isPlainObject } from './prisma-values.js'
import { isComputed, lowerFirst } from './selection.js'

/**
 * Hides index columns that nobody asked for by name, and adds those that are needed to check an index against its
 * value; gives the latter, which are taken out of the result again.
 */
export function addIndexColumns(call: Call, model: Model, args: Plain): string[] {
  const { omit = false, verify = false } = call.indexColumns ?? {}
  if (model.indexColumns.size === 0 || !(omit || verify)) return []
  // With `select`, there is in the result what it names.
  const select = ownValue(args, 'select')
  if (isPlainObject(select)) return verify ? addToSelect(model, select) : []
  return changeOmit(call, model, args, omit, verify)
}

function addToSelect(model: Model, select: Plain): string[] {
  // What a computed field needs is added by Prisma later on: it may be an encrypted field.
  const computed = Object.keys(select).some((key) => isComputed(model, key))
  const added: string[] = []
  for (const { field, source } of indexesOf(model)) {
    if (ownValue(select, field) === true || !(computed || ownValue(select, source.field) === true)) continue
    select[field] = true
    added.push(field)
  }
  return added
}

function changeOmit(call: Call, model: Model, args: Plain, omit: boolean, verify: boolean): string[] {
  const given = ownValue(args, 'omit')
  const local = isPlainObject(given) ? given : {}
  const hides = (field: string, otherwise: boolean): boolean => {
    const here = ownValue(local, field)
    const choice = isAbsent(here) ? call.globalOmit[lowerFirst(model.name)]?.[field] : here
    return typeof choice === 'boolean' ? choice : otherwise
  }
  const changes: Plain = {}
  const added: string[] = []
  for (const { field, source } of indexesOf(model)) {
    if (!hides(field, omit)) continue
    const needed = verify && !hides(source.field, false)
    changes[field] = !needed
    if (needed) added.push(field)
  }
  if (Object.keys(changes).length > 0) args.omit = { ...local, ...changes }
  return added
}

function indexesOf(model: Model): IndexField[] {
  return [...model.indexes.values()].flat()
}
