import { EnvelopeFormatError } from '../errors.js'

/** For a character outside the alphabet: negative, and so is every group that it is part of. */
const NONE = -1
/** For text that is not canonical base64, in place of a number of bytes. */
export const REFUSED = -1
const PADDING = '='.charCodeAt(0)

/** The value of each character, by its code. */
const SEXTETS = new Int8Array(128).fill(NONE)
for (let sextet = 0; sextet < 64; sextet++) {
  const [character = ''] = Buffer.of(sextet << 2).toString('base64')
  SEXTETS[character.charCodeAt(0)] = sextet
}

/** Up to about this many characters, a loop was measured to be faster than a call into Node. */
const SHORT = 160

/** The maximum number of bytes that so many base64 characters decode to. */
export function decodedLength(characters: number): number {
  return Math.ceil(characters / 4) * 3
}

/** The number of bytes that canonical base64 from index `from` on stands for. */
export function base64Length(text: string, from: number): number {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  return ((text.length - from) / 4) * 3 - padding
}

/**
 * Decodes `text` from index `from` on into `bytes` at `at`, where there must be room for {@link decodedLength}; returns the
 * number of bytes. Base64 as in RFC 4648, section 4. Throws `ENVELOPE_MALFORMED`.
 *
 * Any other encoding of the same bytes is refused (missing padding, the URL alphabet, white space, stray trailing
 * bits): with two texts for one envelope, an attacker could change which values compare as equal.
 */
export function decodeBase64(text: string, from: number, bytes: Buffer, at: number): number {
  const written = tryDecodeBase64(text, from, bytes, at)
  if (written === REFUSED) throw notCanonical()
  return written
}

/** The same, but returns {@link REFUSED} instead of throwing. */
export function tryDecodeBase64(text: string, from: number, bytes: Buffer, at: number): number {
  return text.length - from <= SHORT ? decodeShort(text, from, bytes, at) : decodeLong(text, from, bytes, at)
}

function decodeShort(text: string, from: number, bytes: Buffer, at: number): number {
  const characters = text.length - from
  if (characters === 0) return 0
  if (characters % 4 !== 0) return REFUSED
  const padded = text.charCodeAt(text.length - 1) === PADDING
  const end = padded ? text.length - 4 : text.length
  let all = 0
  let to = at
  for (let i = from; i < end; i += 4) {
    const group =
      (sextetAt(text, i) << 18) | (sextetAt(text, i + 1) << 12) | (sextetAt(text, i + 2) << 6) | sextetAt(text, i + 3)
    all |= group
    bytes[to] = group >> 16
    bytes[to + 1] = group >> 8
    bytes[to + 2] = group
    to += 3
  }
  if (all < 0) return REFUSED
  if (!padded) return to - at
  const last = decodePadded(text, end, bytes, to)
  return last === REFUSED ? REFUSED : to + last - at
}

/** The last four characters, of which one or two are padding: two bytes, or one. */
function decodePadded(text: string, from: number, bytes: Buffer, at: number): number {
  const single = text.charCodeAt(from + 2) === PADDING
  const third = single ? 0 : sextetAt(text, from + 2)
  const group = (sextetAt(text, from) << 10) | (sextetAt(text, from + 1) << 4) | (third >> 2)
  const stray = single ? group & 0xff : third & 0b11
  if (group < 0 || stray !== 0) return REFUSED
  bytes[at] = group >> 8
  if (single) return 1
  bytes[at + 1] = group
  return 2
}

function sextetAt(text: string, at: number): number {
  return SEXTETS[text.charCodeAt(at)] ?? NONE
}

/** Node's decoder accepts every spelling, and characters above U+00FF by their low byte, so the result is encoded again. */
function decodeLong(text: string, from: number, bytes: Buffer, at: number): number {
  const base64 = text.slice(from)
  const written = bytes.write(base64, at, 'base64')
  return bytes.toString('base64', at, at + written) === base64 ? written : REFUSED
}

function notCanonical(): EnvelopeFormatError {
  return new EnvelopeFormatError(
    'ENVELOPE_MALFORMED',
    'The envelope is not canonical base64: something rewrote or truncated the column. Restore the value from a backup.',
  )
}
