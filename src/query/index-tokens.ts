import { EnvelopeError, located } from '../errors.js'
import { canonicalValue } from '../search/index.js'
import type { Call, Plain, TokenLeaf } from './call.js'
import type { IndexField, Model } from './models.js'
import { isAbsent, isPlainObject, nullMarker } from './prisma-values.js'
import { refusedFilter, refusedOperator, searchTenantRequired } from './refusals.js'

/** Notes that a place in the arguments takes the token of a value. */
export function planToken(
  call: Call,
  index: IndexField,
  tenant: string | undefined,
  holder: Plain | unknown[],
  key: string | number,
  value: unknown,
): void {
  call.tokens.push(tokenLeaf(index, tenant, holder, key, value))
}

/** A place for the token of a value. Throws `ENVELOPE_VALUE_INVALID`. */
export function tokenLeaf(
  index: IndexField,
  tenant: string | undefined,
  holder: Plain | unknown[],
  key: string | number,
  value: unknown,
): TokenLeaf {
  const { model, source } = index
  try {
    const canonical = canonicalValue(index.definition, value)
    return { holder, key, index, tenant: index.scope === 'global' ? undefined : tenant, canonical }
  } catch (error) {
    throw error instanceof EnvelopeError ? located(error, { model, field: source.field, tenant }) : error
  }
}

/**
 * The index to search a field by: the named one, or the first of the schema whose tenant is known. One of scope `global`
 * also serves where none is.
 */
export function indexOf(model: Model, field: string, tenant: string | undefined, name?: string): IndexField {
  const indexes = (model.indexes.get(field) ?? []).filter((index) => name === undefined || index.field === name)
  if (indexes.length === 0) throw refusedFilter(model.name, field)
  const index = indexes.find(({ scope }) => scope === 'global' || tenant !== undefined)
  if (index === undefined) throw searchTenantRequired(model.name, field)
  return index
}

/** Moves a filter on an encrypted field to its index column, in place: the plain value leaves the arguments. */
export function searchByIndex(
  call: Call,
  model: Model,
  where: Plain,
  field: string,
  filter: unknown,
  tenant: string | undefined,
): void {
  const index = indexOf(model, field, tenant)
  const search: Plain = {}
  planFilter(call, index, tenant, search, index.field, filter)
  delete where[field]
  // A unique filter takes a unique column's value, and operators on it only inside AND.
  if (isAbsent(where[index.field]) && !isPlainObject(search[index.field])) where[index.field] = search[index.field]
  else where.AND = [...(Array.isArray(where.AND) ? where.AND : isAbsent(where.AND) ? [] : [where.AND]), search]
  // The leaf was planned for `search`; what stands in `where` is the same object unless it is a bare token.
  moveLeaf(call, search, where, index.field)
}

/** Equality in all its forms; an index column is NULL where its field is, so null checks move with the rest. */
function planFilter(
  call: Call,
  index: IndexField,
  tenant: string | undefined,
  holder: Plain | unknown[],
  key: string | number,
  filter: unknown,
): void {
  const place = holder as Record<string | number, unknown>
  if (filter === null || nullMarker(filter) !== undefined || isAbsent(filter)) {
    place[key] = filter
    return
  }
  if (!isPlainObject(filter)) {
    planToken(call, index, tenant, holder, key, filter)
    return
  }
  const operators: Plain = {}
  place[key] = operators
  for (const [operator, value] of Object.entries(filter)) {
    if (isAbsent(value)) continue
    switch (operator) {
      case 'equals':
      case 'not':
        planFilter(call, index, tenant, operators, operator, value)
        break
      case 'in':
      case 'notIn': {
        if (!Array.isArray(value)) throw refusedOperator(index.model, index.source.field, operator)
        const tokens: unknown[] = []
        operators[operator] = tokens
        for (const [at, item] of value.entries()) planFilter(call, index, tenant, tokens, at, item)
        break
      }
      case 'mode':
        // Prisma's default says nothing; case is what a normalizer is for.
        if (value !== 'default') throw refusedOperator(index.model, index.source.field, 'mode')
        break
      default:
        throw refusedOperator(index.model, index.source.field, operator)
    }
  }
}

function moveLeaf(call: Call, from: Plain, to: Plain, key: string): void {
  if (to[key] !== from[key]) return
  const at = call.tokens.findLastIndex((leaf) => leaf.holder === from && leaf.key === key)
  const leaf = call.tokens[at]
  if (leaf !== undefined) call.tokens[at] = { ...leaf, holder: to }
}
