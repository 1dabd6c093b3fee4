import { EnvelopeQueryError } from '../errors.js'
import type { ValueType } from './authenticated-data.js'

/** A value of an encrypted field as the bytes that are sealed. Throws `ENVELOPE_VALUE_INVALID`. */
export function encodeValue(type: ValueType, value: unknown): Buffer {
  switch (type) {
    case 'text':
      if (typeof value !== 'string') throw wrongType('a string', value)
      return utf8(value)
    case 'bytes':
      if (!(value instanceof Uint8Array)) throw wrongType('a Uint8Array', value)
      return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    case 'json':
      return utf8(jsonText(value))
  }
}

/** The value behind the bytes that were opened. */
export function decodeValue(type: ValueType, bytes: Buffer): unknown {
  switch (type) {
    case 'text':
      return bytes.toString('utf8')
    case 'bytes':
      // A copy of its own: the opened bytes are wiped by whoever opened them.
      return new Uint8Array(bytes)
    case 'json':
      return JSON.parse(bytes.toString('utf8'))
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

/** JSON as Prisma stores it: BigInt, Decimal and bytes have a meaning there that bare `JSON.stringify` lacks. */
function jsonText(value: unknown): string {
  const text = JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner === 'bigint') return inner.toString()
    return inner
  })
  if (text === undefined) throw wrongType('a JSON value', value)
  return text
}

function wrongType(wanted: string, value: unknown): EnvelopeQueryError {
  const given = value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value
  return new EnvelopeQueryError('ENVELOPE_VALUE_INVALID', `This encrypted field takes ${wanted}, but was given ${given}.`)
}
