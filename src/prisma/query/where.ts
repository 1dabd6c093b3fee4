import type { RelationEntry, ScalarEntry } from '../../schema/model-map.js'
import { COMBINATORS } from './conditions.js'
import { refusedListFilter } from './filter-refusals.js'
import type { IndexChoice } from './index-choice.js'
import { searchByIndex } from './index-filters.js'
import { refuseLegacyIndex } from './legacy-search.js'
import type { Model } from './models.js'
import { isNullCheck } from './null-checks.js'
import { objectOr, ownValue } from './own.js'
import { tenantInWhere } from './ownership.js'
import { each, isAbsent, isPlainObject, type Plain } from './prisma-values.js'
import { compoundRenamed, unknownArgument } from './refusals.js'
import { refusedUse } from './refused-uses.js'
import { checkFilter } from './shapes.js'
import { filterRelation } from './tenant-filter.js'
import { refuseTextForToken } from './token-filters.js'
import { alongRelation, filterTenant, forTenant, type Rows, type Walk } from './walk.js'

/**
 * Walks a filter, unique or not: moves equality on an encrypted field to its index, and refuses what would compare
 * ciphertext. Null checks pass: NULL stays NULL in an encrypted column.
 */
export function walkWhere(walk: Walk, where: unknown, name = 'where'): void {
  walkFilter(walk, objectOr(walk.model.name, name, where), ANY_INDEX)
}

/** Walks a unique filter: in it, a plain field means its unique index, not its first one. */
export function walkUniqueWhere(walk: Walk, where: unknown, name = 'where'): void {
  walkFilter(walk, objectOr(walk.model.name, name, where), name === 'cursor' ? CURSOR_INDEX : UNIQUE_INDEX)
}

const ANY_INDEX: IndexChoice = { takes: () => true, place: 'filter' }
const UNIQUE_INDEX: IndexChoice = { takes: ({ unique }) => unique, place: 'unique' }
/** A cursor has fields only, as a compound has. */
const CURSOR_INDEX: IndexChoice = { ...UNIQUE_INDEX, place: 'compound' }

function walkFilter(around: Walk, where: Plain | undefined, choice: IndexChoice): void {
  if (where === undefined) return
  const { model } = around
  const walk = forTenant(around, tenantOfTokens(around, where))
  for (const [key, value] of Object.entries(where)) {
    if (isAbsent(value)) continue
    if (COMBINATORS.has(key)) {
      for (const part of each(value)) walkWhere(walk, part, key)
      continue
    }
    const entry = model.fields.get(key)
    if (entry?.kind === 'relation') walkRelationFilter(walk, where, key, entry)
    else if (entry !== undefined) walkScalarFilter(walk, where, key, entry, choice)
    else {
      const fields = model.compounds.get(key)
      if (fields === undefined) {
        const known = [...model.fields.keys(), ...model.compounds.keys(), ...COMBINATORS]
        throw successorOf(model, key) ?? unknownArgument(model.name, key, known)
      }
      walkFilter(walk, objectOr(model.name, key, value), {
        takes: ({ field }) => fields.includes(field),
        place: 'compound',
      })
    }
  }
}

/**
 * The tenant whose index key computes the tokens of a filter: its rows' own, whatever the filter around this one is about. A
 * bound call that is filtered finds its own rows only, whatever tenant the caller writes into `where`, and so asks KMS for no
 * other tenant's key. The option `tenant` never decides for rows that belong to other rows.
 */
function tenantOfTokens(walk: Walk, where: Plain): string | undefined {
  const { context, model, tenant } = walk
  const { models, bound, fallback } = context
  const own = tenantInWhere(models, model, where)
  if (model.shared !== undefined) return own
  return filterTenant(walk) ?? own ?? tenant ?? bound ?? (model.step === undefined ? fallback : undefined)
}

/** What to say of the name that a compound unique had before one of its fields was encrypted. */
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

function walkRelationFilter(walk: Walk, where: Plain, name: string, relation: RelationEntry): void {
  const filter = ownValue(where, name)
  const target = alongRelation(walk, relation)
  const list = relation.list === true
  // To Prisma, `{ name: undefined }` is what `{}` is: no condition, not even that there is a row.
  if (!list && isPlainObject(filter) && Object.values(filter).every(isAbsent)) return
  const usesWords = list || (isPlainObject(filter) && usesRowWords(target.model, filter))
  if (!usesWords) walkWhere(target, filter, name)
  else {
    for (const [key, value] of Object.entries(objectOr(walk.model.name, name, filter) ?? {})) {
      const words = list ? LIST_WORDS : ROW_WORDS
      if (!words.has(key)) throw unknownArgument(target.model.name, key, words)
      walkWhere(target, value, `${name}.${key}`)
    }
  }
  filterRelation(walk, where, name, relation, usesWords)
}

/**
 * A to-one relation takes `is` and `isNot`, or the target's filter directly. The target may have a field of such a name:
 * Prisma tries the words first, and takes them where their values could be filters of the target.
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

function walkScalarFilter(walk: Walk, where: Plain, field: string, entry: ScalarEntry, choice: IndexChoice): void {
  const filter = ownValue(where, field)
  const encrypted = walk.model.encrypted.get(field)
  if (encrypted === undefined) {
    refuseLegacyIndex(walk.model, field, filter)
    refuseTextForToken(walk.model, field, filter)
    checkFilter(walk, field, entry, filter)
  } else if (encrypted.list) {
    if (!isListCheck(filter)) throw refusedListFilter(walk.model.name, field)
  } else if (!isNullCheck(filter, encrypted.type)) searchByIndex(walk, where, field, choice)
}

/** Whether a filter asks only if a list is empty, or if there is one. Prisma itself refuses `null` in place of it. */
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
export function walkHaving(rows: Rows, having: unknown): void {
  const { model } = rows
  for (const [key, value] of Object.entries(objectOr(model.name, 'having', having) ?? {})) {
    if (isAbsent(value)) continue
    if (COMBINATORS.has(key)) {
      for (const part of each(value)) walkHaving(rows, part)
      continue
    }
    if (model.encrypted.has(key) && !onlyCounts(value)) throw refusedUse(model, key, 'having')
    const entry = model.fields.get(key)
    if (entry?.kind !== 'scalar') throw unknownArgument(model.name, key, model.fields.keys())
    refuseTextForToken(model, key, value)
    checkFilter(rows, key, entry, value)
  }
}

function onlyCounts(filter: unknown): boolean {
  return isPlainObject(filter) && Object.keys(filter).every((key) => key === '_count')
}
