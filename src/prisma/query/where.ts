import type { RelationEntry, ScalarEntry } from '../../schema/model-map.js'
import type { Call, Plain } from './call.js'
import { type IndexChoice, searchByIndex } from './index-tokens.js'
import type { Model } from './models.js'
import { objectOr, ownValue } from './own.js'
import { each, isAbsent, isPlainObject, nullMarker } from './prisma-values.js'
import { compoundRenamed, refusedListFilter, refusedUse, unknownArgument, wrongShape } from './refusals.js'
import { tenantInWhere } from './row-tenant.js'
import { checkFilter, checkNames, checkSort, refuseUnknownKeys } from './shapes.js'
import { lockRelationFilter, refuseUnprotected } from './tenant-filter.js'

const COMBINATORS: ReadonlySet<string> = new Set(['AND', 'OR', 'NOT'])

/**
 * Walks a filter, unique or not: moves equality on an encrypted field to its index, and refuses what would compare
 * ciphertext. Null checks pass: NULL stays NULL in an encrypted column.
 *
 * @param around the tenant that the filter around this one is about.
 */
export function walkWhere(call: Call, model: Model, where: unknown, around?: string, name = 'where'): void {
  walk(call, model, objectOr(model.name, name, where), around, ANY_INDEX)
}

/** Walks a unique filter: a plain field stands there for its unique index, not for the first that it has. */
export function walkUniqueWhere(call: Call, model: Model, where: unknown, around?: string, name = 'where'): void {
  walk(call, model, objectOr(model.name, name, where), around, ({ unique }) => unique)
}

const ANY_INDEX: IndexChoice = () => true

function walk(
  call: Call,
  model: Model,
  where: Plain | undefined,
  around: string | undefined,
  choice: IndexChoice,
): void {
  if (where === undefined) return
  const tenant = tenantInWhere(call.models, model, where) ?? around ?? call.context.bound ?? call.context.fallback
  for (const [key, value] of Object.entries(where)) {
    if (isAbsent(value)) continue
    if (COMBINATORS.has(key)) {
      for (const part of each(value)) walkWhere(call, model, part, tenant, key)
      continue
    }
    const entry = model.fields.get(key)
    if (entry?.kind === 'relation') walkRelationFilter(call, model, where, key, entry, value, tenant)
    else if (entry !== undefined) walkScalarFilter(call, model, where, key, entry, value, { tenant, choice })
    else {
      const fields = model.compounds.get(key)
      if (fields === undefined) throw successorOf(model, key) ?? unknownArgument(model.name, key)
      walk(call, model, objectOr(model.name, key, value), tenant, ({ field }) => fields.includes(field))
    }
  }
}

/** What to say of a compound unique's name from before one of its fields was encrypted. */
function successorOf(model: Model, key: string): Error | undefined {
  const indexes = [...model.indexes.values()].flat()
  for (const [name, fields] of model.compounds) {
    const former = fields.map((field) => indexes.find((index) => index.field === field)?.source.field ?? field)
    if (former.join('_') === key) return compoundRenamed(model.name, key, name, former)
  }
  return undefined
}

const LIST_WORDS: ReadonlySet<string> = new Set(['some', 'every', 'none'])
const ROW_WORDS: ReadonlySet<string> = new Set(['is', 'isNot'])

function walkRelationFilter(
  call: Call,
  model: Model,
  where: Plain,
  name: string,
  relation: RelationEntry,
  filter: unknown,
  tenant: string | undefined,
): void {
  const target = call.models.get(relation.model)
  const list = relation.list === true
  // `{ name: undefined }` is to Prisma what `{}` is: no condition, not even that there is a row.
  if (!list && isPlainObject(filter) && Object.values(filter).every(isAbsent)) return
  const usesWords = list || (isPlainObject(filter) && usesRowWords(target, filter))
  if (!usesWords) walkWhere(call, target, filter, tenant, name)
  else {
    for (const [key, value] of Object.entries(objectOr(model.name, name, filter) ?? {})) {
      if (!(list ? LIST_WORDS : ROW_WORDS).has(key)) throw unknownArgument(target.name, key)
      walkWhere(call, target, value, tenant, `${name}.${key}`)
    }
  }
  lockRelationFilter(call, model, where, name, relation, usesWords)
}

/**
 * A to-one relation takes `is` and `isNot`, or the target's filter directly. The target may have a field of such a name:
 * Prisma tries the words first, and takes them where what they hold could be a filter of the target.
 */
function usesRowWords(target: Model, filter: Plain): boolean {
  const couldBeFilter = (value: unknown): boolean =>
    !isPlainObject(value)
      ? isAbsent(value) || value === null
      : Object.keys(value).every((key) => COMBINATORS.has(key) || target.fields.has(key))
  return Object.entries(filter).every(
    ([key, value]) => ROW_WORDS.has(key) && (!target.fields.has(key) || couldBeFilter(value)),
  )
}

function walkScalarFilter(
  call: Call,
  model: Model,
  where: Plain,
  field: string,
  entry: ScalarEntry,
  filter: unknown,
  search: { tenant: string | undefined; choice: IndexChoice },
): void {
  if (entry.encrypted === undefined) {
    checkFilter(call, model, field, entry, filter)
    return
  }
  if (entry.list === true) {
    if (!isListCheck(filter)) throw refusedListFilter(model.name, field)
    return
  }
  if (isNullCheck(filter, entry.type === 'Json')) return
  searchByIndex(call, model, where, field, filter, search)
}

/** Whether a filter asks only if the column is NULL. Json is compared with whole documents, `{}` among them. */
function isNullCheck(filter: unknown, json: boolean, operand = false): boolean {
  if (isAbsent(filter) || filter === null || nullMarker(filter) === 'DbNull') return true
  if (!isPlainObject(filter) || (json && operand)) return false
  return Object.entries(filter).every(([operator, value]) => {
    if (isAbsent(value)) return true
    return (operator === 'equals' || operator === 'not') && isNullCheck(value, json, true)
  })
}

/** What asks only how long a list is, or if there is one. Prisma itself refuses `null` in place of the filter. */
function isListCheck(filter: unknown): boolean {
  if (filter === null) return true
  if (!isPlainObject(filter)) return false
  return Object.entries(filter).every(
    ([operator, value]) =>
      isAbsent(value) ||
      (operator === 'isEmpty' && typeof value === 'boolean') ||
      (operator === 'equals' && value === null),
  )
}

/** Walks `having`: as a filter, but no aggregate of an encrypted field means anything. */
export function walkHaving(call: Call, model: Model, having: unknown): void {
  for (const [key, value] of Object.entries(objectOr(model.name, 'having', having) ?? {})) {
    if (isAbsent(value)) continue
    if (COMBINATORS.has(key)) {
      for (const part of each(value)) walkHaving(call, model, part)
      continue
    }
    if (model.encrypted.has(key) && !onlyCounts(value)) throw refusedUse(model.name, key, 'having')
    const entry = model.fields.get(key)
    if (entry?.kind !== 'scalar') throw unknownArgument(model.name, key)
    checkFilter(call, model, key, entry, value)
  }
}

function onlyCounts(filter: unknown): boolean {
  return isPlainObject(filter) && Object.keys(filter).every((key) => key === '_count')
}

/** Refuses encrypted fields among those that are listed for `use`. */
export function refuseListed(model: Model, fields: unknown, use: string): void {
  for (const field of each(fields)) {
    if (typeof field === 'string' && model.encrypted.has(field)) throw refusedUse(model.name, field, use)
  }
}

/** Refuses encrypted fields that are selected for `use`. */
export function refuseSelected(model: Model, selection: unknown, use: string): void {
  if (!isPlainObject(selection)) return
  for (const [field, value] of Object.entries(selection)) {
    if (value !== false && !isAbsent(value)) refuseListed(model, field, use)
  }
}

const AGGREGATES: ReadonlySet<string> = new Set(['_count', '_avg', '_sum', '_min', '_max'])
const RELEVANCE: ReadonlySet<string> = new Set(['fields', 'search', 'sort'])

/** Walks `orderBy`. */
export function walkOrderBy(call: Call, model: Model, orderBy: unknown): void {
  for (const order of each(orderBy)) {
    for (const [key, value] of Object.entries(objectOr(model.name, 'orderBy', order) ?? {})) {
      if (isAbsent(value)) continue
      const entry = model.fields.get(key)
      if (entry?.kind === 'relation') {
        refuseUnprotected(call, model, entry, `ordering by ${key}`)
        walkOrderBy(call, call.models.get(entry.model), value)
      } else if (entry !== undefined) {
        refuseListed(model, key, 'ordering')
        checkSort(model.name, key, value)
      } else walkAggregateOrder(model, key, value)
    }
  }
}

function walkAggregateOrder(model: Model, key: string, value: unknown): void {
  if (key === '_relevance') walkRelevance(model, objectOr(model.name, key, value) ?? {})
  else if (!AGGREGATES.has(key)) throw unknownArgument(model.name, key)
  else if (!isPlainObject(value)) checkSort(model.name, key, value)
  else {
    if (key !== '_count') refuseSelected(model, value, key)
    for (const [field, sort] of Object.entries(value)) {
      if (!model.fields.has(field)) throw unknownArgument(model.name, field)
      checkSort(model.name, field, sort)
    }
  }
}

function walkRelevance(model: Model, relevance: Plain): void {
  refuseUnknownKeys(model.name, relevance, RELEVANCE)
  const [fields, search] = [ownValue(relevance, 'fields'), ownValue(relevance, 'search')]
  refuseListed(model, fields, 'relevance')
  checkNames(model, '_relevance.fields', fields)
  checkSort(model.name, '_relevance', ownValue(relevance, 'sort'))
  if (typeof search !== 'string' && !isAbsent(search)) throw wrongShape(model.name, '_relevance.search', 'a string')
}
