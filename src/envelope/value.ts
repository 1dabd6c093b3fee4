import { isUtf8 } from 'node:buffer'
import { isUint8Array } from 'node:util/types'
import { EnvelopeFormatError, EnvelopeQueryError } from '../errors.js'
import type { ValueType } from './authenticated-data.js'

/** A value of an encrypted field as the bytes that are sealed. Throws `ENVELOPE_VALUE_INVALID`. */
export function encodeValue(type: ValueType, value: unknown): Buffer {
  switch (type) {
    case 'text':
      if (typeof value !== 'string') throw wrongType('a string', value)
      return utf8(value)
    case 'bytes':
      if (!isUint8Array(value)) throw wrongType('a Uint8Array', value)
      // A copy: the caller's own array may change before it is sealed, and must not be wiped with ours.
      return Buffer.from(value)
    case 'json':
      return utf8(jsonText(value))
  }
}

/** The value behind the bytes that were opened. Throws `ENVELOPE_MALFORMED` where another writer sealed something else. */
export function decodeValue(type: ValueType, bytes: Buffer): unknown {
  switch (type) {
    case 'text':
      return textOf(bytes)
    case 'bytes':
      // A copy of its own: the opened bytes are wiped by whoever opened them.
      return new Uint8Array(bytes)
    case 'json':
      return jsonOf(textOf(bytes))
  }
}

function textOf(bytes: Buffer): string {
  // Decoding would silently put U+FFFD in place of what is ill-formed.
  if (!isUtf8(bytes)) throw wrongContent('UTF-8')
  return bytes.toString('utf8')
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's own message quotes the text.
    throw wrongContent('JSON')
  }
}

function utf8(text: string): Buffer {
  // UTF-8 has no form for a lone surrogate: encoding one would silently store U+FFFD in its place.
  if (!text.isWellFormed()) {
    throw new EnvelopeQueryError(
      'ENVELOPE_VALUE_INVALID',
      'The value holds a lone surrogate, which is not well-formed Unicode and could not be read back as it was. Remove it, or call toWellFormed() first.',
    )
  }
  return Buffer.from(text, 'utf8')
}

/**
 * JSON as Prisma stores it, checked against Prisma 7: BigInt and Decimal become strings, bytes base64; functions,
 * symbols and `undefined` in an array are refused, where bare `JSON.stringify` would drop them.
 */
function jsonText(value: unknown): string {
  let text: string | undefined
  try {
    text = JSON.stringify(value, function (this: Record<string, unknown>, key, inner: unknown) {
      // What stood there before its toJSON() was called: Buffer's gives an object.
      const original = this[key]
      if (ArrayBuffer.isView(original)) {
        return Buffer.from(original.buffer, original.byteOffset, original.byteLength).toString('base64')
      }
      if (typeof inner === 'bigint') return inner.toString()
      if (typeof inner === 'function' || typeof inner === 'symbol') throw wrongType('a JSON value', inner)
      if (inner === undefined && Array.isArray(this)) throw wrongType('a JSON value', inner)
      return inner
    })
  } catch (error) {
    if (error instanceof EnvelopeQueryError) throw error
    // A circle, or a toJSON() that threw: neither message is ours, so neither is passed on.
    throw wrongType('a JSON value', value)
  }
  if (text === undefined) throw wrongType('a JSON value', value)
  return text
}

function wrongType(wanted: string, value: unknown): EnvelopeQueryError {
  const given = value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value
  return new EnvelopeQueryError(
    'ENVELOPE_VALUE_INVALID',
    `This encrypted field takes ${wanted}, but was given ${given}.`,
  )
}

function wrongContent(expected: string): EnvelopeFormatError {
  return new EnvelopeFormatError(
    'ENVELOPE_MALFORMED',
    `The envelope opens, but what was sealed in it is not ${expected}. Something other than this client wrote it: restore the value from a backup.`,
  )
}
