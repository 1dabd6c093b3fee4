import { EnvelopeFormatError } from '../errors.js'

/** The text form of an envelope: this prefix and the binary form in canonical base64 (RFC 4648, section 4). */
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
  const base64 = text.slice(TEXT_PREFIX.length)
  const bytes = Buffer.alloc(decodedLength(base64.length))
  return bytes.subarray(0, decodeBase64(base64, bytes, 0))
}

/** The most bytes that so many characters of base64 stand for. */
export function decodedLength(characters: number): number {
  return Math.ceil(characters / 4) * 3
}

/**
 * Decodes into `bytes`, which has room for {@link decodedLength}; gives the number of bytes. Throws `ENVELOPE_MALFORMED`.
 *
 * Any other spelling of the same bytes is refused (missing padding, the URL alphabet, white space, stray trailing
 * bits): Node's decoder takes them all, and two texts for one envelope would let an attacker alter what compares equal.
 */
export function decodeBase64(base64: string, bytes: Buffer, at: number): number {
  const written = bytes.write(base64, at, 'base64')
  if (bytes.toString('base64', at, at + written) === base64) return written
  throw new EnvelopeFormatError(
    'ENVELOPE_MALFORMED',
    'The envelope is not spelt in canonical base64. Something rewrote or cut the column: restore the value from a backup.',
  )
}

function unknownVersion(): EnvelopeFormatError {
  return new EnvelopeFormatError(
    'ENVELOPE_UNKNOWN_VERSION',
    `This release reads envelopes that begin with ${TEXT_PREFIX}, this one is of another version. Upgrade prisma-envelope, or restore the value if it was damaged.`,
  )
}

export function notAnEnvelope(): EnvelopeFormatError {
  return new EnvelopeFormatError(
    'ENVELOPE_NOT_AN_ENVELOPE',
    'An encrypted column holds a value that is not an envelope. It was written by something other than this client: encrypt it, or restore it.',
  )
}
