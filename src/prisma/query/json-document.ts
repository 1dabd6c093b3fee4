import { isDate } from 'node:util/types'
import { wrongType } from '../../values/index.js'
import { isAbsent, isDecimal, isMarker } from '../internals.js'

/**
 * A document as the text that Prisma would store, checked against Prisma 7 (`serializeArgumentsValue` of its runtime):
 * BigInt and Decimal become strings, bytes base64, dates ISO 8601; functions, symbols, invalid dates and `undefined` in
 * an array are refused, where bare `JSON.stringify` would drop them or write `null`.
 *
 * Throws `ENVELOPE_VALUE_INVALID`, and whatever a `toJSON()` throws.
 */
export function documentText(value: unknown): string | undefined {
  // Alone, and only there, Prisma writes a Decimal as a number, and `JsonNull` means null.
  if (isDecimal(value)) return numberText(value)
  if (isMarker(value)) {
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
  if (isMarker(value)) return value._getName()
  if (hasToJson(value)) return value.toJSON()
  // Without a prototype, so that a key `__proto__` is one like any other.
  const document: Record<string, unknown> = Object.create(null)
  for (const [key, inner] of Object.entries(value)) {
    // `undefined` and `Prisma.skip`: as if the key were not there.
    if (!isAbsent(inner)) document[key] = asPrismaWrites(inner)
  }
  return document
}

function numberText(value: { toFixed(): string }): string {
  const text = value.toFixed()
  if (!/^-?\d/.test(text)) throw wrongType('a JSON value', value, 'a Decimal that is not finite')
  return text
}

function hasToJson(value: object): value is { toJSON(): unknown } {
  return typeof Reflect.get(value, 'toJSON') === 'function'
}
