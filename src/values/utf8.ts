import { isUtf8 } from 'node:buffer'
import { EnvelopeQueryError } from '../errors.js'
import { wrongContent } from './refusals.js'

const REPLACEMENT = '\ufffd'

/** Text out of UTF-8. Throws `ENVELOPE_MALFORMED` for bytes that are none. */
export function textOf(bytes: Buffer, start: number, end: number): string {
  const text = bytes.toString('utf8', start, end)
  // Decoding silently puts U+FFFD in place of what is ill-formed; only then is it worth a look at the bytes.
  if (text.includes(REPLACEMENT) && !isUtf8(bytes.subarray(start, end))) throw wrongContent('UTF-8')
  return text
}

/** The text, if it has a form in UTF-8. Throws `ENVELOPE_VALUE_INVALID`. */
export function wellFormed(text: string): string {
  // UTF-8 has no form for a lone surrogate: encoding one would silently store U+FFFD in its place.
  if (!text.isWellFormed()) {
    throw new EnvelopeQueryError(
      'ENVELOPE_VALUE_INVALID',
      'The value holds a lone surrogate, which is not well-formed Unicode and could not be read back as it was. Remove it, or call toWellFormed() first.',
    )
  }
  return text
}
