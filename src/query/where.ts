import type { ScalarEntry } from '../schema/model-map.js'
import type { Call, Plain } from './call.js'
import type { Model } from './models.js'
import { each, fieldReference, isAbsent, isPlainObject, nullMarker } from './prisma-values.js'
import { refusedFilter, refusedUse, unknownArgument } from './refusals.js'

/**
 * Walks a filter, unique or not, and refuses what would compare ciphertext.
 *
 * Null checks pass: NULL stays NULL in an encrypted column.
 */
export function walkWhere(call: Call, model: Model, where: unknown): void {
  if (!isPlainObject(where)) return
  for (const [key, value] of Object.entries(where)) {
    if (isAbsent(value)) continue
    if (key === 'AND' || key === 'OR' || key === 'NOT') {
      for (const part of each(value)) walkWhere(call, model, part)
      continue
    }
    const entry = model.fields.get(key)
    if (entry?.kind === 'relation') walkRelationFilter(call, call.models.get(entry.model), value)
    else if (entry !== undefined) walkScalarFilter(call, model, key, entry, value)
    else if (model.compounds.has(key)) walkWhere(call, model, value)
    else throw unknownArgument(model.name, key)
  }
}

const RELATION_FILTERS: ReadonlySet<string> = new Set(['some', 'every', 'none', 'is', 'isNot'])

function walkRelationFilter(call: Call, target: Model, filter: unknown): void {
  if (!isPlainObject(filter)) return
  for (const [key, value] of Object.entries(filter)) {
    // A to-one relation takes the target's filter directly as well; a field of the target wins over the word.
    if (RELATION_FILTERS.has(key) && !target.fields.has(key)) walkWhere(call, target, value)
    else walkWhere(call, target, { [key]: value })
  }
}

function walkScalarFilter(call: Call, model: Model, field: string, entry: ScalarEntry, filter: unknown): void {
  if (entry.encrypted !== undefined && !isNullCheck(filter)) throw refusedFilter(model.name, field)
  refuseReferences(call, filter)
}

/** Whether a filter asks only if the column is NULL. */
function isNullCheck(filter: unknown): boolean {
  if (isAbsent(filter) || filter === null || nullMarker(filter) === 'DbNull') return true
  if (!isPlainObject(filter)) return false
  return Object.entries(filter).every(([operator, value]) => {
    if (isAbsent(value)) return true
    return (operator === 'equals' || operator === 'not') && isNullCheck(value)
  })
}

/** A plain field must not be compared with an encrypted column either. */
function refuseReferences(call: Call, filter: unknown): void {
  const reference = fieldReference(filter)
  if (reference !== undefined) {
    const { model, field } = reference
    if (call.models.get(model).encrypted.has(field)) throw refusedUse(model, field, 'a comparison with it')
    return
  }
  if (Array.isArray(filter)) for (const item of filter) refuseReferences(call, item)
  else if (isPlainObject(filter)) for (const item of Object.values(filter)) refuseReferences(call, item)
}

/** Walks `having`: as a filter, but no aggregate of an encrypted field means anything. */
export function walkHaving(call: Call, model: Model, having: unknown): void {
  if (!isPlainObject(having)) return
  for (const [key, value] of Object.entries(having)) {
    if (isAbsent(value)) continue
    if (key === 'AND' || key === 'OR' || key === 'NOT') {
      for (const part of each(value)) walkHaving(call, model, part)
      continue
    }
    if (model.encrypted.has(key) && !onlyCounts(value)) throw refusedUse(model.name, key, 'having')
    if (!model.fields.has(key)) throw unknownArgument(model.name, key)
    refuseReferences(call, value)
  }
}

function onlyCounts(filter: unknown): boolean {
  return isPlainObject(filter) && Object.keys(filter).every((key) => key === '_count')
}

/** Refuses encrypted fields among those that are listed or selected for `use`. */
export function refuseListed(model: Model, fields: unknown, use: string): void {
  for (const field of each(fields)) {
    if (typeof field === 'string' && model.encrypted.has(field)) throw refusedUse(model.name, field, use)
  }
}

export function refuseSelected(model: Model, selection: unknown, use: string): void {
  if (!isPlainObject(selection)) return
  for (const [field, value] of Object.entries(selection)) {
    if (value !== false && !isAbsent(value)) refuseListed(model, field, use)
  }
}

/** Walks `orderBy`. */
export function walkOrderBy(call: Call, model: Model, orderBy: unknown): void {
  for (const order of each(orderBy)) {
    if (!isPlainObject(order)) continue
    for (const [key, value] of Object.entries(order)) {
      if (isAbsent(value)) continue
      const entry = model.fields.get(key)
      if (entry?.kind === 'relation') walkOrderBy(call, call.models.get(entry.model), value)
      else if (entry !== undefined) refuseListed(model, key, 'ordering')
      else walkAggregateOrder(model, key, value)
    }
  }
}

function walkAggregateOrder(model: Model, key: string, value: unknown): void {
  if (key === '_count') return
  if (key === '_relevance') refuseListed(model, (value as Plain | null)?.fields, 'relevance')
  else if (key === '_avg' || key === '_sum' || key === '_min' || key === '_max') refuseSelected(model, value, key)
  else throw unknownArgument(model.name, key)
}
