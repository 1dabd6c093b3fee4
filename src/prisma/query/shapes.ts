import type { ScalarEntry } from '../../schema/model-map.js'
import type { Model } from './models.js'
import { objectOr, ownValue } from './own.js'
import { each, fieldReference, isAbsent, isPlainObject, type Plain } from './prisma-values.js'
import { unknownArgument, wrongShape } from './refusals.js'
import { refusedUse } from './refused-uses.js'
import type { Rows } from './walk.js'

/**
 * Parts of the arguments that contain nothing to seal. They are read nonetheless: a key or a value that Prisma does not
 * know makes it print all arguments in its error, and with them a plaintext that a typing error put in the wrong place.
 */

/** Throws `ENVELOPE_ARGUMENT_UNKNOWN`. */
export function refuseUnknownKeys(model: string, object: Plain, known: ReadonlySet<string>): void {
  for (const key of Object.keys(object)) {
    if (!known.has(key) && !isAbsent(object[key])) throw unknownArgument(model, key)
  }
}

const WHOLE_NUMBER = { wanted: 'an integer', fits: (value: unknown) => ['number', 'bigint'].includes(typeof value) }
const YES_OR_NO = { wanted: 'true or false', fits: (value: unknown) => typeof value === 'boolean' }

/** Arguments that are one value, at the root or nested. */
const SIMPLE: ReadonlyMap<string, { wanted: string; fits(value: unknown): boolean }> = new Map([
  ['take', WHOLE_NUMBER],
  ['skip', WHOLE_NUMBER],
  ['limit', WHOLE_NUMBER],
  ['skipDuplicates', YES_OR_NO],
  ['relationLoadStrategy', { wanted: '"join" or "query"', fits: (value) => value === 'join' || value === 'query' }],
])

/** Checks the arguments that are one value among `args`. Throws `ENVELOPE_VALUE_INVALID`. */
export function checkSimple(model: string, args: Plain): void {
  for (const key of Object.keys(args)) {
    const simple = SIMPLE.get(key)
    if (simple === undefined) continue
    const value = args[key]
    if (!isAbsent(value) && value !== null && !simple.fits(value)) throw wrongShape(model, key, simple.wanted)
  }
}

/** A selection of fields: `{ email: true }`. Throws `ENVELOPE_VALUE_INVALID`. */
export function checkSelected(model: string, name: string, selection: unknown): void {
  const fields = objectOr(model, name, selection)
  if (fields === undefined) return
  for (const [key, value] of Object.entries(fields)) checkYesOrNo(model, key, value)
}

/** Whether a field is selected or not. It may have any name: result extensions add fields that the schema does not have. */
export function checkYesOrNo(model: string, name: string, value: unknown): void {
  if (name === '__proto__') throw unknownArgument(model, name)
  if (typeof value !== 'boolean' && !isAbsent(value) && value !== null) throw wrongShape(model, name, 'true or false')
}

/** Names of fields, one or a list of them, as `distinct` and `by` take them. Throws `ENVELOPE_VALUE_INVALID`. */
export function checkNames(model: Model, name: string, fields: unknown): void {
  if (isAbsent(fields) || fields === null) return
  for (const field of each(fields)) {
    if (typeof field !== 'string' || !model.fields.has(field)) throw wrongShape(model.name, name, 'names of fields')
  }
}

const SORT: ReadonlySet<string> = new Set(['sort', 'nulls'])
const DIRECTIONS: ReadonlySet<unknown> = new Set(['asc', 'desc'])
const NULLS: ReadonlySet<unknown> = new Set(['first', 'last'])

/** `'asc'`, or `{ sort: 'asc', nulls: 'last' }`. */
export function checkSort(model: string, field: string, value: unknown): void {
  if (DIRECTIONS.has(value) || isAbsent(value) || value === null) return
  const sort = isPlainObject(value) ? ownValue(value, 'sort') : undefined
  const nulls = isPlainObject(value) ? ownValue(value, 'nulls') : undefined
  if (!isPlainObject(value) || !DIRECTIONS.has(sort) || !(isAbsent(nulls) || NULLS.has(nulls))) {
    throw wrongShape(model, `the ordering by ${field}`, '"asc" or "desc"')
  }
  refuseUnknownKeys(model, value, SORT)
}

/** What Prisma's filters of plain fields are made of, whatever the type. */
const OPERATORS: ReadonlySet<string> = new Set([
  ...['equals', 'in', 'notIn', 'lt', 'lte', 'gt', 'gte', 'not'],
  ...['contains', 'startsWith', 'endsWith', 'mode', 'search'],
  ...['has', 'hasEvery', 'hasSome', 'isEmpty'],
  ...['path', 'string_contains', 'string_starts_with', 'string_ends_with'],
  ...['array_contains', 'array_starts_with', 'array_ends_with'],
])
export const AGGREGATES: ReadonlySet<string> = new Set(['_count', '_avg', '_sum', '_min', '_max'])

/**
 * Checks the filter of a plain field. Its values are up to the caller and Prisma, but it may contain no object that is
 * not part of a filter, and no comparison with an encrypted column.
 */
export function checkFilter(rows: Rows, field: string, entry: ScalarEntry, filter: unknown): void {
  if (typeof filter !== 'object' || filter === null) return
  if (!isPlainObject(filter)) {
    checkOperand(rows, field, entry, filter)
    return
  }
  for (const [operator, value] of Object.entries(filter)) {
    if (isAbsent(value)) continue
    if (AGGREGATES.has(operator)) checkFilter(rows, field, entry, value)
    else if (!OPERATORS.has(operator)) throw unknownArgument(rows.model.name, operator)
    else if (operator === 'not' && entry.type !== 'Json') checkFilter(rows, field, entry, value)
    else checkOperand(rows, field, entry, value)
  }
}

function checkOperand(rows: Rows, field: string, entry: ScalarEntry, value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  const reference = fieldReference(value)
  if (reference !== undefined) {
    const model = rows.context.models.get(reference.model)
    if (model.encrypted.has(reference.field)) throw refusedUse(model, reference.field, 'a comparison with it')
  } else if (Array.isArray(value)) for (const item of value) checkOperand(rows, field, entry, item)
  else if (entry.type !== 'Json' && isPlainObject(value))
    throw wrongShape(rows.model.name, field, 'a value or a filter')
}

const UPDATES: ReadonlySet<string> = new Set(['set', 'push', 'increment', 'decrement', 'multiply', 'divide'])

/**
 * Checks what is written to a plain field: a value, or an operation on it. A document may be anything, and so may an
 * element of a Json list; the object that contains the elements is an operation like any other.
 */
export function checkWritten(model: Model, field: string, entry: ScalarEntry, value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  if (entry.type === 'Json') {
    if (entry.list === true && isPlainObject(value)) refuseUnknownKeys(model.name, value, UPDATES)
    return
  }
  if (!isPlainObject(value)) {
    refuseObject(model, field, value)
    return
  }
  refuseUnknownKeys(model.name, value, UPDATES)
  for (const operand of Object.values(value)) refuseObject(model, field, operand)
}

function refuseObject(model: Model, field: string, value: unknown): void {
  if (Array.isArray(value)) for (const item of value) refuseObject(model, field, item)
  else if (isPlainObject(value) && !isAbsent(value)) throw wrongShape(model.name, field, 'a value or an update of it')
}
