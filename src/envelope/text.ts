import { EnvelopeFormatError } from '../errors.js'
import { decodeBase64, decodedLength } from './base64.js'

/** The text form of an envelope: this prefix, then the binary form in canonical base64 (RFC 4648, section 4). */
export const TEXT_PREFIX = 'pe1:'

/** The text form of any version: a later one is an envelope too, and never plain text. */
const ANY_TEXT_PREFIX = /^pe[0-9]+:/

export function encodeText(envelope: Buffer): string {
  return TEXT_PREFIX + envelope.toString('base64')
}

/**
 * The binary form behind the text form. Throws `ENVELOPE_NOT_AN_ENVELOPE`, `ENVELOPE_UNKNOWN_VERSION`,
 * `ENVELOPE_MALFORMED`.
 */
export function decodeText(text: string): Buffer {
  if (!text.startsWith(TEXT_PREFIX)) throw ANY_TEXT_PREFIX.test(text) ? unknownVersion() : notAnEnvelope()
  const bytes = Buffer.alloc(decodedLength(text.length - TEXT_PREFIX.length))
  return bytes.subarray(0, decodeBase64(text, TEXT_PREFIX.length, bytes, 0))
}

function unknownVersion(): EnvelopeFormatError {
  return new EnvelopeFormatError(
    'ENVELOPE_UNKNOWN_VERSION',
    `The envelope does not begin with ${TEXT_PREFIX}, so it is of a version that this release does not read. Upgrade prisma-envelope, or restore the value if it was damaged.`,
  )
}

export function notAnEnvelope(): EnvelopeFormatError {
  return new EnvelopeFormatError(
    'ENVELOPE_NOT_AN_ENVELOPE',
    'An encrypted column contains a value that is not an envelope: something other than this client wrote it, such as raw SQL. Encrypt the value ($encryption.seal), or restore it.',
  )
}
