import { isUtf8 } from 'node:buffer'
import { isDate, isUint8Array } from 'node:util/types'
import { EnvelopeFormatError, EnvelopeQueryError } from '../errors.js'
import type { ValueType } from './authenticated-data.js'

const REPLACEMENT = '\ufffd'

/** A value as it is sealed: the bytes, or the text whose UTF-8 they are. */
export type Plaintext = string | Uint8Array

/** A value of an encrypted field as what is sealed. Throws `ENVELOPE_VALUE_INVALID`. */
export function encodeValue(type: ValueType, value: unknown): Plaintext {
  switch (type) {
    case 'text':
      if (typeof value !== 'string') throw wrongType('a string', value)
      return wellFormed(value)
    case 'bytes':
      if (!isUint8Array(value)) throw wrongType('a Uint8Array', value)
      // A copy: the caller's own array may change before it is sealed.
      return new Uint8Array(value)
    case 'json':
      return wellFormed(jsonText(value))
  }
}

/** Bytes. */
export function plaintextLength(plaintext: Plaintext): number {
  return typeof plaintext === 'string' ? Buffer.byteLength(plaintext) : plaintext.length
}

/** Writes a plaintext where there is room for it; gives the number of bytes. */
export function writePlaintext(plaintext: Plaintext, bytes: Buffer, at: number): number {
  if (typeof plaintext === 'string') return bytes.write(plaintext, at)
  bytes.set(plaintext, at)
  return plaintext.length
}

/** The value behind the bytes that were opened. Throws `ENVELOPE_MALFORMED` where another writer sealed something else. */
export function decodeValue(type: ValueType, bytes: Buffer, start = 0, end = bytes.length): unknown {
  switch (type) {
    case 'text':
      return textOf(bytes, start, end)
    case 'bytes':
      // A copy of its own: the opened bytes are wiped by whoever opened them.
      return new Uint8Array(bytes.subarray(start, end))
    case 'json':
      return jsonOf(textOf(bytes, start, end))
  }
}

function textOf(bytes: Buffer, start: number, end: number): string {
  const text = bytes.toString('utf8', start, end)
  // Decoding silently puts U+FFFD in place of what is ill-formed; only then is it worth a look at the bytes.
  if (text.includes(REPLACEMENT) && !isUtf8(bytes.subarray(start, end))) throw wrongContent('UTF-8')
  return text
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's own message quotes the text.
    throw wrongContent('JSON')
  }
}

function wellFormed(text: string): string {
  // UTF-8 has no form for a lone surrogate: encoding one would silently store U+FFFD in its place.
  if (!text.isWellFormed()) {
    throw new EnvelopeQueryError(
      'ENVELOPE_VALUE_INVALID',
      'The value holds a lone surrogate, which is not well-formed Unicode and could not be read back as it was. Remove it, or call toWellFormed() first.',
    )
  }
  return text
}

/**
 * A document as the text that Prisma would store, checked against Prisma 7 (`serializeArgumentsValue` of its runtime):
 * BigInt and Decimal become strings, bytes base64, dates ISO 8601; functions, symbols, invalid dates and `undefined` in
 * an array are refused, where bare `JSON.stringify` would drop them or write `null`.
 */
function jsonText(value: unknown): string {
  try {
    // Alone, and only there, Prisma writes a Decimal as a number, and `JsonNull` stands for null.
    if (isDecimal(value)) return numberText(value)
    if (hasMethod(value, '_getName')) {
      if (value._getName() === 'JsonNull') return 'null'
      throw wrongType('a JSON value', value, 'DbNull or AnyNull')
    }
    const text = JSON.stringify(asPrismaWrites(value), (_key, inner: unknown) =>
      typeof inner === 'bigint' ? inner.toString() : inner,
    )
    if (text !== undefined) return text
  } catch (error) {
    if (error instanceof EnvelopeQueryError) throw error
    // A circle, or a toJSON() that threw: neither message is ours, so neither is passed on.
  }
  throw wrongType('a JSON value', value)
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

function wrongType(wanted: string, value: unknown, given = kindOf(value)): EnvelopeQueryError {
  return new EnvelopeQueryError(
    'ENVELOPE_VALUE_INVALID',
    `This encrypted field takes ${wanted}, but was given ${given}.`,
  )
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value
}

function wrongContent(expected: string): EnvelopeFormatError {
  return new EnvelopeFormatError(
    'ENVELOPE_MALFORMED',
    `The envelope opens, but what was sealed in it is not ${expected}. Something other than this client wrote it: restore the value from a backup.`,
  )
}
