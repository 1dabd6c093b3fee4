import { isUtf8 } from 'node:buffer'
import { EnvelopeQueryError } from '../errors.js'
import { wrongContent } from './refusals.js'

const REPLACEMENT = '\ufffd'

/** Pads a text: a byte that UTF-8 never contains, so that where the text ends is never in doubt. */
const PADDING = 0xff

/** Decodes UTF-8, without the padding behind it. Throws `ENVELOPE_MALFORMED` for ill-formed bytes. */
export function textOf(bytes: Buffer, start: number, padded: number): string {
  let end = padded
  while (end > start && bytes[end - 1] === PADDING) end -= 1
  const text = bytes.toString('utf8', start, end)
  // Decoding silently replaces ill-formed bytes by U+FFFD, so the bytes are checked only where the text contains one.
  if (text.includes(REPLACEMENT) && !isUtf8(bytes.subarray(start, end))) throw wrongContent('UTF-8')
  return text
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
