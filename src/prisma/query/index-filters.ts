import { type Holder, putAt } from '../../leaves/holder.js'
import { type EncryptedField, type IndexField, readsPlaintext, type TokenLeaf } from '../../leaves/index.js'
import { tokenLeaf } from '../../leaves/tokens.js'
import { equality, type Operand } from '../../search/index.js'
import { addCondition } from './conditions.js'
import type { TokenMaker } from './context.js'
import {
  caseMatters,
  indexMissing,
  listWanted,
  needleRefused,
  refusedOperator,
  wholeValueWanted,
} from './filter-refusals.js'
import { caselessIndexOf, encryptedField, type IndexChoice, indexOf, partIndexes } from './index-choice.js'
import type { Lack } from './index-lines.js'
import { PENDING, searchLeaf } from './index-tokens.js'
import { addLegacySearch, refuseInexact, refuseInexactPart, refuseTooMany } from './legacy-search.js'
import { withoutLongLists } from './long-lists.js'
import { isNullCheck } from './null-checks.js'
import { ownValue } from './own.js'
import { type PartFilter, takeParts } from './part-filters.js'
import { fieldReference, isAbsent, isPlainObject, nullMarker, type Plain } from './prisma-values.js'
import { searchTenantRequired } from './refusals.js'
import type { Walk } from './walk.js'

/**
 * Moves a filter on an encrypted field to its index columns, in place: the plain value leaves the arguments. Each operator goes to
 * an index that answers it; all of them must hold, as they must in the filter.
 */
export function searchByIndex(walk: Walk, where: Plain, field: string, choice: IndexChoice): void {
  const { context, model } = walk
  const encrypted = encryptedField(model, field)
  const filter = ownValue(where, field)
  const anyCase = asksForAnyCase(filter)
  refuseOperators({ model, encrypted, anyCase }, filter, MODES)
  if (!context.searchable) throw anyCase ? caseMatters(model, encrypted) : indexMissing({ model, encrypted })
  // A document is compared with another one, whose keys are no operators.
  const { whole, parts } = takeParts(encrypted.type.structured ? undefined : filter)
  const [part] = parts
  if (part === undefined) {
    searchWhole(walk, where, field, filter, choice)
    return
  }
  // There, Prisma takes values alone.
  if (choice.place === 'compound') throw wholeValueWanted(encrypted, part.operator)
  delete where[field]
  for (const one of parts) searchPart(walk, where, encrypted, one, anyCase)
  if (whole === undefined) return
  const { mode: _, ...operators } = whole
  if (isNullCheck(operators, encrypted.type)) {
    addCondition(where, { [field]: operators })
    return
  }
  const rest: Plain = { [field]: whole }
  searchWhole(walk, rest, field, whole, choice)
  addCondition(where, rest)
}

/** Moves a filter that compares whole values. */
function searchWhole(walk: Walk, where: Plain, field: string, filter: unknown, choice: IndexChoice): void {
  const { context, model, tenant } = walk
  // Operators are no part of a unique input, whatever is beside them.
  const bare = !isPlainObject(filter)
  const index = asksForAnyCase(filter)
    ? caselessIndexOf(model, field, tenant)
    : indexOf(model, field, tenant, bare ? choice : undefined)
  const isLegacy = readsPlaintext(index.source)
  if (isLegacy) {
    refuseInexact(walk, where, index, choice.place)
    refuseTooMany(index.source, filter)
  }
  delete where[field]
  const search = { tokens: walk.draft.tokens, index, tenant, make: context.tokenLeaf }
  const byToken = (holder: Plain, part: unknown): Plain => {
    planFilter(search, holder, index.field, part)
    return holder
  }
  if (isLegacy) {
    addLegacySearch(
      walk,
      where,
      index,
      withoutLongLists(filter, (part) => byToken({}, part)),
      filter,
    )
    return
  }
  // A unique filter takes the value of a unique column itself, and operators on it only inside AND.
  if (bare && isAbsent(ownValue(where, index.field))) byToken(where, filter)
  else addCondition(where, byToken({}, filter))
}

/** Adds what asks for a part: an index has the answer for some of what can be sought. */
function searchPart(walk: Walk, where: Plain, field: EncryptedField, part: PartFilter, anyCase: boolean): void {
  const { context, draft, model, tenant } = walk
  const { operator, sought, around } = part
  const indexes = partIndexes(model, field.field, operator, anyCase)
  const make = context.tokenLeaf ?? tokenLeaf
  for (const index of indexes) {
    const equals: Plain = { equals: PENDING }
    const leaf = make(index, tenant, equals, 'equals', sought, 'sought')
    if (leaf === undefined) continue
    if (tenant === undefined) throw searchTenantRequired(model.name, field.field)
    const byToken = { [index.field]: around(equals) }
    draft.tokens.push(leaf)
    if (!readsPlaintext(index.source)) addCondition(where, byToken)
    else {
      refuseInexactPart(context.models.provider, index, sought)
      addLegacySearch(walk, where, index, byToken, around({ [operator]: sought }))
    }
    return
  }
  throw needleRefused(field, operator, indexes)
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
  asked: Omit<Lack, 'operator'>,
  filter: unknown,
  modes: ReadonlySet<unknown> = NESTED_MODES,
): void {
  const { model, encrypted } = asked
  if (fieldReference(filter) !== undefined)
    throw refusedOperator({ ...asked, operator: 'a comparison with another field' })
  if (!isPlainObject(filter)) return
  for (const [operator, value] of Object.entries(filter)) {
    if (isAbsent(value)) continue
    const operand = operandOf(operator, model.indexes.get(encrypted.field))
    if (operand === undefined && !(operator === 'mode' && modes.has(value))) {
      throw refusedOperator({ ...asked, operator })
    }
    const items = operand === 'a list of values' ? value : [value]
    if (!Array.isArray(items)) throw listWanted(encrypted, operator)
    // What a document is compared with is another document.
    if (!encrypted.type.structured) for (const item of items) refuseOperators(asked, item)
  }
}

/** What an operator is given, if one of these indexes answers it, or the usual kind would, which may be missing. */
function operandOf(operator: string, indexes: readonly IndexField[] | undefined): Operand | undefined {
  for (const { operators } of [equality, ...(indexes ?? []).map(({ kind }) => kind)]) {
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
