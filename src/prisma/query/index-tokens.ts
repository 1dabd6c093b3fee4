import { type Holder, putAt } from '../../leaves/holder.js'
import type { EncryptedField, IndexField, TokenLeaf } from '../../leaves/index.js'
import { tokenLeaf } from '../../leaves/tokens.js'
import type { Call, Plain } from './call.js'
import type { Model } from './models.js'
import { ownValue } from './own.js'
import { fieldReference, isAbsent, isPlainObject, nullMarker } from './prisma-values.js'
import {
  indexMissing,
  listWanted,
  noSuchIndex,
  notSearchable,
  refusedOperator,
  searchTenantRequired,
  unknownArgument,
} from './refusals.js'
import { addCondition } from './row-tenant.js'

const EQUALITY: ReadonlySet<string> = new Set(['equals', 'not', 'in', 'notIn'])

/** Stands where a token will be. Not `undefined`: that is no condition at all, and is taken for one that was left out. */
const PENDING = new Uint8Array()

/** Notes that a place in data takes the token of a value: NULL where the value has none. */
export function planToken(
  call: Call,
  index: IndexField,
  tenant: string | undefined,
  holder: Holder,
  key: string | number,
  value: unknown,
): void {
  const leaf = tokenLeaf(index, tenant, holder, key, value)
  if (leaf !== undefined) call.tokens.push(leaf)
  putAt(holder, key, leaf === undefined ? null : PENDING)
}

/**
 * A place for the token that a value is searched by. Throws `ENVELOPE_VALUE_INVALID`, also for a value that has none: no
 * row holds it, but rows do hold the value.
 */
export function searchLeaf(
  index: IndexField,
  tenant: string | undefined,
  holder: Holder,
  key: string | number,
  value: unknown,
): TokenLeaf {
  const leaf = tokenLeaf(index, tenant, holder, key, value)
  if (leaf === undefined) throw notSearchable(index.model, index.source.field, index.field)
  return leaf
}

function encryptedField(model: Model, name: string): EncryptedField {
  const field = model.encrypted.get(name)
  if (field === undefined) throw unknownArgument(model.name, name)
  return field
}

/** Which of several indexes the place takes. Where it takes none that can be used, any will do: Prisma will say. */
export type IndexChoice = (index: IndexField) => boolean

/**
 * The index to search a field by: the first of the schema whose tenant is known, of those that the place takes. One of
 * scope `global` also serves where no tenant is known.
 */
export function indexOf(
  model: Model,
  field: string,
  tenant: string | undefined,
  choice: IndexChoice = () => true,
): IndexField {
  const indexes = model.indexes.get(field) ?? []
  if (indexes.length === 0) throw indexMissing(encryptedField(model, field))
  const usable = indexes.filter(({ scope }) => scope === 'global' || tenant !== undefined)
  const index = usable.find(choice) ?? usable[0]
  if (index === undefined) throw searchTenantRequired(model.name, field)
  return index
}

/** An index by the name of its column. */
export function namedIndex(model: Model, field: string, tenant: string | undefined, name: string): IndexField {
  const index = (model.indexes.get(field) ?? []).find((one) => one.field === name)
  if (index === undefined) throw noSuchIndex(model.name, field, name)
  if (index.scope === 'tenant' && tenant === undefined) throw searchTenantRequired(model.name, field)
  return index
}

/** Moves a filter on an encrypted field to its index column, in place: the plain value leaves the arguments. */
export function searchByIndex(
  call: Call,
  model: Model,
  where: Plain,
  field: string,
  filter: unknown,
  { tenant, choice }: { tenant: string | undefined; choice: IndexChoice },
): void {
  refuseOperators(encryptedField(model, field), model.indexes.has(field), filter)
  if (!call.searchable) throw indexMissing(encryptedField(model, field))
  // Operators are no part of a unique input, whatever stands beside them.
  const index = indexOf(model, field, tenant, isPlainObject(filter) ? undefined : choice)
  const search: Plain = {}
  planFilter(call, index, tenant, search, index.field, filter)
  delete where[field]
  // A unique filter takes a unique column's value, and operators on it only inside AND.
  const token = ownValue(search, index.field)
  if (isAbsent(ownValue(where, index.field)) && !isPlainObject(token)) where[index.field] = token
  else addCondition(where, search)
  // The leaf was planned for `search`; what stands in `where` is the same object unless it is a bare token.
  moveLeaf(call, search, where, index.field)
}

/** An index answers equality, however it is put, and nothing else. */
function refuseOperators(field: EncryptedField, indexed: boolean, filter: unknown): void {
  if (fieldReference(filter) !== undefined) throw refusedOperator(field, 'a comparison with another field', indexed)
  if (!isPlainObject(filter)) return
  for (const [operator, value] of Object.entries(filter)) {
    if (isAbsent(value)) continue
    // Prisma's default mode says nothing; case is what a normalizer is for.
    const known = EQUALITY.has(operator) || (operator === 'mode' && value === 'default')
    if (!known) throw refusedOperator(field, operator, indexed)
    const items = operator === 'in' || operator === 'notIn' ? value : [value]
    if (!Array.isArray(items)) throw listWanted(field, operator)
    // What a document is compared with is another document.
    if (!field.type.structured) for (const item of items) refuseOperators(field, indexed, item)
  }
}

/** Equality in all its forms; an index column is NULL where its field is, so null checks move with the rest. */
function planFilter(
  call: Call,
  index: IndexField,
  tenant: string | undefined,
  holder: Holder,
  key: string | number,
  filter: unknown,
): void {
  if (filter === null || nullMarker(filter) !== undefined || isAbsent(filter)) {
    putAt(holder, key, filter)
    return
  }
  if (!isPlainObject(filter)) {
    call.tokens.push(searchLeaf(index, tenant, holder, key, filter))
    putAt(holder, key, PENDING)
    return
  }
  const operators: Plain = {}
  putAt(holder, key, operators)
  for (const [operator, value] of Object.entries(filter)) {
    if (isAbsent(value) || operator === 'mode') continue
    if (!Array.isArray(value)) {
      planFilter(call, index, tenant, operators, operator, value)
      continue
    }
    const tokens: unknown[] = []
    operators[operator] = tokens
    for (const [at, item] of value.entries()) planFilter(call, index, tenant, tokens, at, item)
  }
}

function moveLeaf(call: Call, from: Plain, to: Plain, key: string): void {
  if (ownValue(to, key) !== ownValue(from, key)) return
  const at = call.tokens.findLastIndex((leaf) => leaf.holder === from && leaf.key === key)
  const leaf = call.tokens[at]
  if (leaf !== undefined) call.tokens[at] = { ...leaf, holder: to }
}
