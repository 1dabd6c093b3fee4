import type { EncryptedField } from '../../leaves/index.js'
import { isAbsent, nullMarker } from '../../prisma/internals.js'
import { isPlainObject, type Model, type Plain, unknownArgument, wrongShape } from '../../prisma/query/index.js'
import type { Compare } from './compare.js'
import { foldCase } from './fold.js'
import { matchUnsupported, notEncrypted, operandInvalid, operatorUnknown, operatorUnsupported } from './refusals.js'

/**
 * `match`: what Prisma's filters say of opened values.
 *
 * As in SQL, a test has three outcomes: where a value is NULL, it is unknown whether it contains something, and NOT does not change that.
 * As in Prisma, a filter without any condition is none: it is left out, and an OR of none of them finds nothing.
 */

/** What a row says: `null` is unknown. */
export type Outcome = boolean | null
export type Test = (row: Plain) => Outcome

/** What is the same in a whole `match`. */
export interface Matching {
  readonly model: Model
  readonly mode: unknown
  /** How texts compare with `gt` and its like. */
  readonly texts: Compare<string>
  /** The fields that are compared. */
  readonly fields: Set<string>
}

/** Deeper than anyone writes; without it, an object within itself would end in no typed error. */
const DEEPEST = 100

/** The test that a row has to meet; `undefined` where there is no condition. Throws the codes of `EnvelopeQueryError`. */
export function testOf(matching: Matching, match: unknown, name = 'match', depth = 0): Test | undefined {
  const { model } = matching
  if (isAbsent(match)) return undefined
  if (!isPlainObject(match)) throw wrongShape(model.name, name, 'an object')
  if (depth > DEEPEST) throw wrongShape(model.name, 'match', `nested at most ${DEEPEST} deep`)
  const tests: Test[] = []
  for (const [key, value] of Object.entries(match)) {
    if (isAbsent(value)) continue
    const test = COMBINATORS.has(key)
      ? combined(matching, key, value, depth + 1)
      : fieldTest(matching, fieldNamed(model, key), value, depth + 1)
    if (test !== undefined) tests.push(test)
  }
  return allOf(tests)
}

const COMBINATORS: ReadonlySet<string> = new Set(['AND', 'OR', 'NOT'])

function combined(matching: Matching, key: string, value: unknown, depth: number): Test | undefined {
  if (key === 'OR' && !Array.isArray(value)) throw wrongShape(matching.model.name, 'OR', 'a list')
  const parts = (Array.isArray(value) ? value : [value]).flatMap((part) => testOf(matching, part, key, depth) ?? [])
  if (key === 'OR') return parts.length === 1 ? parts[0] : (row) => either(parts, row)
  return allOf(key === 'NOT' ? parts.map(not) : parts)
}

/** Throws where it is not one of those that can be compared. */
function fieldNamed({ name, fields, encrypted }: Model, key: string): EncryptedField {
  const field = encrypted.get(key)
  if (field === undefined) {
    if (fields.has(key)) throw notEncrypted(name, key)
    throw unknownArgument(name, key, [...encrypted.keys(), ...COMBINATORS, ...fields.keys()])
  }
  if (field.list || field.type.structured) throw matchUnsupported(field)
  return field
}

function fieldTest(matching: Matching, field: EncryptedField, filter: unknown, depth: number): Test | undefined {
  matching.fields.add(field.field)
  const isText = field.type.name === 'text'
  const mode = isPlainObject(filter) ? modeOf(field, filter, matching.mode) : matching.mode
  const values: Values = isText ? textValues(field, mode === 'insensitive', matching.texts) : bytesValues(field)
  return filterTest(values, isPlainObject(filter) ? { ...filter, mode: undefined } : filter, false, depth)
}

/** The mode of one field's filter comes before that of the search. */
function modeOf(field: EncryptedField, filter: Plain, otherwise: unknown): unknown {
  const mode = Object.hasOwn(filter, 'mode') ? filter.mode : undefined
  if (isAbsent(mode)) return otherwise
  if (field.type.name !== 'text') throw operatorUnsupported(field, 'mode')
  if (mode !== 'default' && mode !== 'insensitive')
    throw operandInvalid(field.model, field.field, "`mode` must be 'default' or 'insensitive'")
  return mode
}

/** The values of one field: how they are read from a row, and compared with operands. */
interface Values {
  readonly field: EncryptedField
  /** Throws `ENVELOPE_VALUE_INVALID`. */
  operand(value: unknown, operator: string): unknown
  /** The test of one operator, of a value that is not NULL; `undefined` for an operator that there is not. */
  test(operator: string, operand: unknown): ((value: unknown) => boolean) | undefined
  list(operands: readonly unknown[]): (value: unknown) => boolean
}

/** @param inverted inside `not`, each condition is inverted by itself: as in Prisma, which does not negate them together. */
function filterTest(values: Values, filter: unknown, inverted: boolean, depth: number): Test | undefined {
  const { field } = values
  if (!isPlainObject(filter)) return valueTest(values, 'equals', filter, inverted)
  if (depth > DEEPEST) throw wrongShape(field.model, 'match', `nested at most ${DEEPEST} deep`)
  const tests: Test[] = []
  for (const [operator, operand] of Object.entries(filter)) {
    if (isAbsent(operand)) continue
    const test =
      operator === 'not'
        ? filterTest(values, operand, !inverted, depth + 1)
        : valueTest(values, operator, operand, inverted)
    if (test !== undefined) tests.push(test)
  }
  return allOf(tests)
}

const LISTS: ReadonlySet<string> = new Set(['in', 'notIn'])

function valueTest(values: Values, operator: string, operand: unknown, inverted: boolean): Test {
  const { field } = values
  const name = field.field
  const isList = LISTS.has(operator)
  const yes = inverted === (operator === 'notIn')
  if ((operator === 'equals' || isList) && isNull(operand)) return (row) => (row[name] === null) === yes
  if (isList && Array.isArray(operand) && operand.length === 0) return () => !yes
  const test = isList ? values.list(listed(values, operator, operand)) : values.test(operator, operand)
  if (test === undefined)
    throw operatorUnknown(field, [...(field.type.name === 'text' ? TEXT_TESTS.keys() : ['equals']), 'not', ...LISTS])
  return (row) => {
    const value = row[name]
    return value === null || value === undefined ? null : test(value) === yes
  }
}

function listed(values: Values, operator: string, operand: unknown): unknown[] {
  const { model, field } = values.field
  if (!Array.isArray(operand)) throw operandInvalid(model, field, `\`${operator}\` must be a list of values`)
  return operand.map((one) => values.operand(one, operator))
}

function isNull(value: unknown): boolean {
  return value === null || nullMarker(value) === 'DbNull'
}

function textValues(field: EncryptedField, ignoresCase: boolean, texts: Compare<string>): Values {
  const own = (value: unknown): string => (ignoresCase ? foldCase(value as string) : (value as string))
  const operand = (value: unknown, operator: string): string => {
    if (typeof value !== 'string') throw operandInvalid(field.model, field.field, `\`${operator}\` must be a string`)
    if (!value.isWellFormed())
      throw operandInvalid(field.model, field.field, `\`${operator}\` has a lone surrogate, which is no text,`)
    return own(value)
  }
  return {
    field,
    operand,
    list(operands) {
      const wanted = new Set(operands)
      return (value) => wanted.has(own(value))
    },
    test(operator, given) {
      const test = TEXT_TESTS.get(operator)
      if (test === undefined) return undefined
      const wanted = operand(given, operator)
      return (value) => test(own(value), wanted, texts)
    },
  }
}

type TextTest = (value: string, wanted: string, compare: Compare<string>) => boolean

/** `%` and `_` are letters like any other. */
const TEXT_TESTS: ReadonlyMap<string, TextTest> = new Map<string, TextTest>([
  ['equals', (value, wanted) => value === wanted],
  ['contains', (value, wanted) => value.includes(wanted)],
  ['startsWith', (value, wanted) => value.startsWith(wanted)],
  ['endsWith', (value, wanted) => value.endsWith(wanted)],
  ['gt', (value, wanted, compare) => compare(value, wanted) > 0],
  ['gte', (value, wanted, compare) => compare(value, wanted) >= 0],
  ['lt', (value, wanted, compare) => compare(value, wanted) < 0],
  ['lte', (value, wanted, compare) => compare(value, wanted) <= 0],
])

function bytesValues(field: EncryptedField): Values {
  const operand = (value: unknown, operator: string): Uint8Array => {
    if (value instanceof Uint8Array) return value
    throw operandInvalid(field.model, field.field, `\`${operator}\` must be bytes`)
  }
  const isSame = (value: unknown, wanted: unknown): boolean =>
    Buffer.compare(value as Uint8Array, wanted as Uint8Array) === 0
  return {
    field,
    operand,
    list: (operands) => (value) => operands.some((one) => isSame(value, one)),
    test(operator, given) {
      if (TEXT_TESTS.has(operator) && operator !== 'equals') throw operatorUnsupported(field, operator)
      if (operator !== 'equals') return undefined
      const wanted = operand(given, operator)
      return (value) => isSame(value, wanted)
    },
  }
}

function allOf(tests: readonly Test[]): Test | undefined {
  return tests.length < 2 ? tests[0] : (row) => both(tests, row)
}

function both(tests: readonly Test[], row: Plain): Outcome {
  let outcome: Outcome = true
  for (const test of tests) {
    const one = test(row)
    if (one === false) return false
    if (one === null) outcome = null
  }
  return outcome
}

function either(tests: readonly Test[], row: Plain): Outcome {
  let outcome: Outcome = false
  for (const test of tests) {
    const one = test(row)
    if (one === true) return true
    if (one === null) outcome = null
  }
  return outcome
}

function not(test: Test): Test {
  return (row) => {
    const outcome = test(row)
    return outcome === null ? null : !outcome
  }
}
