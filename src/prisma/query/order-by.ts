import { legacyIndexIncomplete } from './legacy-refusals.js'
import { legacySourceOf } from './legacy-search.js'
import type { Model } from './models.js'
import { objectOr, ownValue } from './own.js'
import { each, isAbsent, isPlainObject, type Plain } from './prisma-values.js'
import { unknownArgument, wrongShape } from './refusals.js'
import { AGGREGATES_OF_VALUES, refusedUse, type Use } from './refused-uses.js'
import { AGGREGATES, checkNames, checkSort, refuseUnknownKeys } from './shapes.js'
import { refuseUnprotected } from './tenant-filter.js'
import { type Rows, targetOf } from './walk.js'

/** Refuses encrypted fields among those that are listed for `use`. */
export function refuseListed(model: Model, fields: unknown, use: Use): void {
  for (const field of each(fields)) {
    if (typeof field !== 'string') continue
    if (model.encrypted.has(field)) throw refusedUse(model, field, use)
    const legacy = use === 'distinct' || use === 'grouping' ? legacySourceOf(model, field) : undefined
    if (legacy !== undefined) throw legacyIndexIncomplete(legacy, field)
  }
}

/** Refuses encrypted fields that are selected for `use`. */
export function refuseSelected(model: Model, selection: unknown, use: Use): void {
  if (!isPlainObject(selection)) return
  for (const [field, value] of Object.entries(selection)) {
    if (value !== false && !isAbsent(value)) refuseListed(model, field, use)
  }
}

const RELEVANCE: ReadonlySet<string> = new Set(['fields', 'search', 'sort'])

/** Walks `orderBy`. */
export function walkOrderBy(rows: Rows, orderBy: unknown): void {
  const { context, model } = rows
  for (const order of each(orderBy)) {
    for (const [key, value] of Object.entries(objectOr(model.name, 'orderBy', order) ?? {})) {
      if (isAbsent(value)) continue
      const entry = model.fields.get(key)
      if (entry?.kind === 'relation') {
        refuseUnprotected(rows, entry, `ordering by ${key}`)
        walkOrderBy({ context, model: targetOf(context, entry) }, value)
      } else if (entry !== undefined) {
        refuseListed(model, key, 'ordering')
        checkSort(model.name, key, value)
      } else walkAggregateOrder(model, key, value)
    }
  }
}

function walkAggregateOrder(model: Model, key: string, value: unknown): void {
  if (key === '_relevance') walkRelevance(model, objectOr(model.name, key, value) ?? {})
  else if (!AGGREGATES.has(key)) throw unknownArgument(model.name, key, model.fields.keys())
  else if (!isPlainObject(value)) checkSort(model.name, key, value)
  else {
    const aggregate = AGGREGATES_OF_VALUES.find((one) => one === key)
    if (aggregate !== undefined) refuseSelected(model, value, aggregate)
    for (const [field, sort] of Object.entries(value)) {
      if (!model.fields.has(field)) throw unknownArgument(model.name, field, model.fields.keys())
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
