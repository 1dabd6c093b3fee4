import { EnvelopeFormatError } from '../errors.js'

/** The text form of an envelope: this prefix and the binary form in canonical base64 (RFC 4648, section 4). */
export const TEXT_PREFIX = 'pe1:'

export function encodeText(envelope: Buffer): string {
  return TEXT_PREFIX + envelope.toString('base64')
}

/**
 * The binary form behind the text form. Throws `ENVELOPE_NOT_AN_ENVELOPE`, `ENVELOPE_MALFORMED`.
 *
 * Any other spelling of the same bytes is refused (missing padding, the URL alphabet, white space, stray trailing
 * bits): Node's decoder takes them all, and two texts for one envelope would let an attacker alter what compares equal.
 */
export function decodeText(text: string): Buffer {
  if (!text.startsWith(TEXT_PREFIX)) throw notAnEnvelope()
  const bytes = Buffer.from(text.slice(TEXT_PREFIX.length), 'base64')
  if (text.length !== TEXT_PREFIX.length + Math.ceil(bytes.length / 3) * 4 || encodeText(bytes) !== text) {
    throw new EnvelopeFormatError(
      'ENVELOPE_MALFORMED',
      'The envelope is not spelt in canonical base64. Something rewrote or cut the column: restore the value from a backup.',
    )
  }
  return bytes
}

export function notAnEnvelope(): EnvelopeFormatError {
  return new EnvelopeFormatError(
    'ENVELOPE_NOT_AN_ENVELOPE',
    'An encrypted column holds a value that is not an envelope. It was written by something other than this client: encrypt it, or restore it.',
  )
}
