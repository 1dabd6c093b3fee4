import { wrongContent } from '../envelope/index.js'
import { EnvelopeQueryError } from '../errors.js'
import { opensAsText, wellFormed, wrongType } from './refusals.js'
import type { ValueType } from './value-type.js'

/** Documents of JSON values. BigInt becomes a string. */
export const json = jsonType((document) =>
  JSON.stringify(document, (_key, inner: unknown) => (typeof inner === 'bigint' ? inner.toString() : inner)),
)

/**
 * Documents as `write` serializes them, for a caller whose own objects represent JSON values. `write` returns `undefined`,
 * or throws, for a value that is not a document.
 */
export function jsonType(write: (document: unknown) => string | undefined): ValueType {
  return {
    name: 'json',
    prismaTypes: ['Json'],
    column: 'json',
    structured: true,
    normalizable: false,
    verbatim: false,
    isStored: () => true,
    encode(value) {
      try {
        const written = write(value)
        if (written !== undefined) return wellFormed(written)
      } catch (error) {
        if (error instanceof EnvelopeQueryError) throw error
        // A cyclic value, or a toJSON() that threw: these messages may quote values, so they are not passed on.
      }
      throw wrongType('a JSON value', value)
    },
    decode: (opened) => parsed(opensAsText(opened)),
    literal: (written) => JSON.parse(written),
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's own message quotes the text.
    throw wrongContent('JSON')
  }
}
