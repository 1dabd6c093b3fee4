import { EnvelopeFormatError, EnvelopeQueryError } from '../errors.js'

/** Errors about a value. They name its type, never the value. */

export function wrongType(wanted: string, value: unknown, given = kindOf(value)): EnvelopeQueryError {
  return new EnvelopeQueryError(
    'ENVELOPE_VALUE_INVALID',
    `This encrypted field takes ${wanted}, but was given ${given}.`,
  )
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value
}

export function notIndexable(wanted: string): EnvelopeQueryError {
  return new EnvelopeQueryError('ENVELOPE_VALUE_INVALID', `An index over this field takes ${wanted}.`)
}

export function wrongContent(expected: string): EnvelopeFormatError {
  return new EnvelopeFormatError(
    'ENVELOPE_MALFORMED',
    `The envelope opens, but what was sealed in it is not ${expected}. Something other than this client wrote it: restore the value from a backup.`,
  )
}
