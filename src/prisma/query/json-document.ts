import { isDate } from 'node:util/types'
import { wrongType } from '../../values/index.js'

/**
 * A document as the text that Prisma would store, checked against Prisma 7 (`serializeArgumentsValue` of its runtime):
 * BigInt and Decimal become strings, bytes base64, dates ISO 8601; functions, symbols, invalid dates and `undefined` in
 * an array are refused, where bare `JSON.stringify` would drop them or write `null`.
 *
 * Throws `ENVELOPE_VALUE_INVALID`, and whatever a `toJSON()` throws.
 */
export function documentText(value: unknown): string | undefined {
  // Alone, and only there, Prisma writes a Decimal as a number, and `JsonNull` stands for null.
  if (isDecimal(value)) return numberText(value)
  if (hasMethod(value, '_getName')) {
    if (value._getName() === 'JsonNull') return 'null'
    throw wrongType('a JSON value', value, 'DbNull or AnyNull')
  }
  return JSON.stringify(asPrismaWrites(value), (_key, inner: unknown) =>
    typeof inner === 'bigint' ? inner.toString() : inner,
  )
}

function asPrismaWrites(value: unknown): unknown {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
      return value
    case 'bigint':
      return value.toString()
    case 'object':
      return value === null ? null : objectAsPrismaWrites(value)
    default:
      throw wrongType('a JSON value', value)
  }
}

function objectAsPrismaWrites(value: object): unknown {
  if (isDate(value)) {
    if (Number.isNaN(value.getTime())) throw wrongType('a JSON value', value, 'an invalid Date')
    return value.toISOString()
  }
  // `from`, since `map` would pass over holes.
  if (Array.isArray(value)) return Array.from(value, asPrismaWrites)
  if (ArrayBuffer.isView(value)) {
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')
  }
  // `DbNull` and its like mean nothing inside a document; Prisma writes their names.
  if (hasMethod(value, '_getName')) return value._getName()
  if (hasMethod(value, 'toJSON')) return value.toJSON()
  // Without a prototype, so that a key `__proto__` is one like any other.
  const document: Record<string, unknown> = Object.create(null)
  for (const [key, inner] of Object.entries(value)) {
    // `undefined` and `Prisma.skip`: as if the key were not there.
    if (inner !== undefined && !hasMethod(inner, 'ifUndefined')) document[key] = asPrismaWrites(inner)
  }
  return document
}

/** A Decimal of any copy of decimal.js, told as the library itself tells them. */
function isDecimal(value: unknown): value is { toFixed(): string } {
  return hasMethod(value, 'toFixed') && Reflect.get(value, 'toStringTag') === '[object Decimal]'
}

function numberText(value: { toFixed(): string }): string {
  const text = value.toFixed()
  if (!/^-?\d/.test(text)) throw wrongType('a JSON value', value, 'a Decimal that is not finite')
  return text
}

function hasMethod<K extends string>(value: unknown, name: K): value is { [P in K]: () => string } {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, name) === 'function'
}
