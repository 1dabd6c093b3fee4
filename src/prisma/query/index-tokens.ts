import { type Holder, putAt } from '../../leaves/holder.js'
import { type EncryptedField, type IndexField, readsPlaintext, type TokenLeaf } from '../../leaves/index.js'
import { tokenLeaf } from '../../leaves/tokens.js'
import { indexKinds, type Operand } from '../../search/index.js'
import { addCondition } from './conditions.js'
import type { TokenMaker } from './context.js'
import { addLegacySearch, type FilterPlace, refuseInexact } from './legacy-search.js'
import type { Model } from './models.js'
import { ownValue } from './own.js'
import { fieldReference, isAbsent, isPlainObject, nullMarker, type Plain } from './prisma-values.js'
import {
  caseMatters,
  indexMissing,
  listWanted,
  noSuchIndex,
  notSearchable,
  nullRefused,
  refusedOperator,
  searchTenantRequired,
  tokenMissing,
  unknownArgument,
} from './refusals.js'
import type { RowWalk, Walk } from './walk.js'

/** Holds the place of a token. Not `undefined`, which would be a condition that was left out. */
const PENDING = new Uint8Array()

/** Notes that an index column in a row's data takes the token of a value. Throws `ENVELOPE_VALUE_INVALID`. */
export function planToken(
  { context, draft, tenant, ask }: RowWalk,
  index: IndexField,
  data: Plain,
  value: unknown,
): void {
  const leaf = storedLeaf(index, tenant, data, index.field, value, context.tokenLeaf)
  if (leaf === undefined) return
  const waits = index.scope === 'tenant' && tenant === undefined ? ask : undefined
  const { tokens } = waits === undefined ? draft : waits.ask()
  tokens.push(leaf)
}

/**
 * A place for the token that is stored beside a value. `undefined` where the value has none: then there is NULL.
 *
 * Throws `ENVELOPE_VALUE_INVALID` where that column cannot be NULL.
 */
export function storedLeaf(
  index: IndexField,
  tenant: string | undefined,
  holder: Holder,
  key: string | number,
  value: unknown,
  make: TokenMaker = tokenLeaf,
): TokenLeaf | undefined {
  const leaf = make(index, tenant, holder, key, value, true)
  if (leaf === undefined && index.required) throw tokenMissing(index)
  putAt(holder, key, leaf === undefined ? null : PENDING)
  return leaf
}

/**
 * Empties an index column with its field: an index that outlived its value would still be found.
 *
 * Throws `ENVELOPE_VALUE_INVALID` where that column cannot be NULL.
 */
export function planNoToken(index: IndexField, data: Plain): void {
  if (index.required) throw nullRefused(index)
  data[index.field] = null
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
  make: TokenMaker = tokenLeaf,
): TokenLeaf {
  const leaf = make(index, tenant, holder, key, value, false)
  if (leaf === undefined) throw notSearchable(index.model, index.source.field, index.field)
  return leaf
}

function encryptedField(model: Model, name: string): EncryptedField {
  const field = model.encrypted.get(name)
  if (field === undefined) throw unknownArgument(model.name, name)
  return field
}

/** Which of several indexes a filter takes. Where it takes none that can be used, any will do: Prisma will refuse it. */
export interface IndexChoice {
  takes(index: IndexField): boolean
  readonly place: FilterPlace
}

/**
 * The index to search a field by: the first in the schema whose tenant is known, of those that the filter takes. One of
 * scope `global` also serves where no tenant is known.
 */
export function indexOf(model: Model, field: string, tenant: string | undefined, choice?: IndexChoice): IndexField {
  const indexes = model.indexes.get(field) ?? []
  if (indexes.length === 0) throw indexMissing(encryptedField(model, field))
  const usable = usableOf(model, field, indexes, tenant)
  return (choice && usable.find((index) => choice.takes(index))) ?? usable[0]
}

/** The index to search a field by in any letter case: as {@link indexOf}, of those that ignore it. */
function caselessIndexOf(model: Model, field: string, tenant: string | undefined): IndexField {
  const indexes = (model.indexes.get(field) ?? []).filter(ignoresCase)
  if (indexes.length === 0) throw caseMatters(encryptedField(model, field))
  return usableOf(model, field, indexes, tenant)[0]
}

function ignoresCase({ kind, definition }: IndexField): boolean {
  return kind.ignoresCase(definition)
}

/** Those whose key is known. One of scope `global` has the key that all share. */
function usableOf(
  model: Model,
  field: string,
  indexes: readonly IndexField[],
  tenant: string | undefined,
): [IndexField, ...IndexField[]] {
  const [first, ...others] = indexes.filter(({ scope }) => scope === 'global' || tenant !== undefined)
  if (first === undefined) throw searchTenantRequired(model.name, field)
  return [first, ...others]
}

/** An index by the name of its column. */
export function namedIndex(model: Model, field: string, tenant: string | undefined, name: string): IndexField {
  const index = (model.indexes.get(field) ?? []).find((one) => one.field === name)
  if (index === undefined) throw noSuchIndex(model.name, field, name)
  if (index.scope === 'tenant' && tenant === undefined) throw searchTenantRequired(model.name, field)
  return index
}

/** Moves a filter on an encrypted field to its index column, in place: the plain value leaves the arguments. */
export function searchByIndex(walk: Walk, where: Plain, field: string, choice: IndexChoice): void {
  const { context, model, tenant } = walk
  const filter = ownValue(where, field)
  refuseOperators(encryptedField(model, field), model.indexes.get(field), filter, MODES)
  const anyCase = asksForAnyCase(filter)
  if (!context.searchable) throw (anyCase ? caseMatters : indexMissing)(encryptedField(model, field))
  // Operators are no part of a unique input, whatever is beside them.
  const bare = !isPlainObject(filter)
  const index = anyCase
    ? caselessIndexOf(model, field, tenant)
    : indexOf(model, field, tenant, bare ? choice : undefined)
  const isLegacy = readsPlaintext(index.source)
  if (isLegacy) refuseInexact(walk, where, index, choice.place)
  delete where[field]
  // A unique filter takes the value of a unique column itself, and operators on it only inside AND.
  const beside = !isLegacy && bare && isAbsent(ownValue(where, index.field))
  const holder = beside ? where : {}
  planFilter({ tokens: walk.draft.tokens, index, tenant, make: context.tokenLeaf }, holder, index.field, filter)
  if (isLegacy) addLegacySearch(walk, where, index, holder as Plain, filter)
  else if (!beside) addCondition(where, holder)
}

/** One search: by which index, for which tenant, and where its tokens are noted. */
interface Search {
  readonly tokens: TokenLeaf[]
  readonly index: IndexField
  readonly tenant: string | undefined
  readonly make: TokenMaker | undefined
}

/** Prisma's default mode, which changes nothing, and the one that an index answers whose normalizers ignore case. */
const MODES: ReadonlySet<unknown> = new Set(['default', 'insensitive'])
/** Of a filter within `not`: the mode around it holds there, too. */
const NESTED_MODES: ReadonlySet<unknown> = new Set(['default'])

/** Whether a filter compares in any letter case. */
function asksForAnyCase(filter: unknown): boolean {
  return isPlainObject(filter) && ownValue(filter, 'mode') === 'insensitive'
}

/** Each of the field's indexes answers the operators of its kind; nothing else can be answered. */
function refuseOperators(
  field: EncryptedField,
  indexes: readonly IndexField[] | undefined,
  filter: unknown,
  modes: ReadonlySet<unknown> = NESTED_MODES,
): void {
  const indexed = indexes !== undefined
  if (fieldReference(filter) !== undefined) throw refusedOperator(field, 'a comparison with another field', indexed)
  if (!isPlainObject(filter)) return
  for (const [operator, value] of Object.entries(filter)) {
    if (isAbsent(value)) continue
    const operand = operandOf(operator, indexes)
    if (operand === undefined && !(operator === 'mode' && modes.has(value))) {
      throw refusedOperator(field, operator, indexed)
    }
    const items = operand === 'a list of values' ? value : [value]
    if (!Array.isArray(items)) throw listWanted(field, operator)
    // What a document is compared with is another document.
    if (!field.type.structured) for (const item of items) refuseOperators(field, indexes, item)
  }
}

/** What an operator is given, if one of these indexes answers it. Without any, what the usual kind would answer. */
function operandOf(operator: string, indexes: readonly IndexField[] | undefined): Operand | undefined {
  for (const { operators } of indexes?.map(({ kind }) => kind) ?? [indexKinds.equality]) {
    if (Object.hasOwn(operators, operator)) return operators[operator]
  }
  return undefined
}

/** Equality in all its forms; an index column is NULL where its field is, so null checks move with the rest. */
function planFilter(search: Search, holder: Holder, key: string | number, filter: unknown): void {
  if (filter === null || nullMarker(filter) !== undefined || isAbsent(filter)) {
    putAt(holder, key, filter)
    return
  }
  if (!isPlainObject(filter)) {
    search.tokens.push(searchLeaf(search.index, search.tenant, holder, key, filter, search.make))
    putAt(holder, key, PENDING)
    return
  }
  const operators: Plain = {}
  putAt(holder, key, operators)
  for (const [operator, value] of Object.entries(filter)) {
    if (isAbsent(value) || operator === 'mode') continue
    if (!Array.isArray(value)) {
      planFilter(search, operators, operator, value)
      continue
    }
    const tokens: unknown[] = []
    operators[operator] = tokens
    for (const [at, item] of value.entries()) planFilter(search, tokens, at, item)
  }
}
