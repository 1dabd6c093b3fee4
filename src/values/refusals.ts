import { EnvelopeFormatError, EnvelopeQueryError } from '../errors.js'

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

export function wrongContent(expected: string): EnvelopeFormatError {
  return new EnvelopeFormatError(
    'ENVELOPE_MALFORMED',
    `The envelope opens, but its content is not ${expected}: something other than this client sealed it. Restore the value from a backup.`,
  )
}
