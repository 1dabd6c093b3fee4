import type { Plaintext } from '../envelope/index.js'
import { EnvelopeQueryError } from '../errors.js'

/** Errors about a value. They name its type, never the value. */

export function wrongType(wanted: string, value: unknown, given = kindOf(value)): EnvelopeQueryError {
  return new EnvelopeQueryError(
    'ENVELOPE_VALUE_INVALID',
    `The value of this encrypted field must be ${wanted}, but is ${given}.`,
  )
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value
}

export function notIndexable(wanted: string): EnvelopeQueryError {
  return new EnvelopeQueryError('ENVELOPE_VALUE_INVALID', `The value to search for or index must be ${wanted}.`)
}

/** The text, if it can be encoded as UTF-8. Throws `ENVELOPE_VALUE_INVALID`. */
export function wellFormed(text: string): string {
  // UTF-8 cannot encode a lone surrogate: U+FFFD would silently be stored in its place.
  if (!text.isWellFormed()) {
    throw new EnvelopeQueryError(
      'ENVELOPE_VALUE_INVALID',
      'The value contains a lone surrogate, which is not well-formed Unicode and could not be read back unchanged. Remove it, or call toWellFormed() first.',
    )
  }
  return text
}

/** What an envelope in the text form holds. */
export function opensAsText(opened: Plaintext): string {
  if (typeof opened !== 'string') throw new Error('a value of text is in the binary form')
  return opened
}
