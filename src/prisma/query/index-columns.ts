import type { IndexField } from '../../leaves/index.js'
import type { IndexColumns } from './context.js'
import type { Model } from './models.js'
import { ownValue } from './own.js'
import { isAbsent, isPlainObject, type Plain } from './prisma-values.js'
import { isComputed, omittedByClient } from './selection.js'
import type { Rows } from './walk.js'

const UNCHANGED: IndexColumns = { omit: false, verify: false }

/**
 * Hides index columns that nobody asked for by name, and adds those that are needed to compare an index with its value.
 * Returns the latter, which are taken out of the result again.
 */
export function addIndexColumns(rows: Rows, args: Plain): string[] {
  const { context, model } = rows
  const columns = context.indexColumns ?? UNCHANGED
  if (model.indexColumns.size === 0 || !(columns.omit || columns.verify)) return []
  // With `select`, the result contains what it names.
  const select = ownValue(args, 'select')
  if (isPlainObject(select)) return columns.verify ? addToSelect(model, select) : []
  return changeOmit(rows, args, columns)
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

function changeOmit(rows: Rows, args: Plain, { omit, verify }: IndexColumns): string[] {
  const given = ownValue(args, 'omit')
  const local = isPlainObject(given) ? given : {}
  const hides = (field: string, otherwise: boolean): boolean => {
    const here = ownValue(local, field)
    const choice = isAbsent(here) ? omittedByClient(rows, field) : here
    return typeof choice === 'boolean' ? choice : otherwise
  }
  const changes: Plain = {}
  const added: string[] = []
  for (const { field, source } of indexesOf(rows.model)) {
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
