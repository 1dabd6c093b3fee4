import { isUtf8 } from 'node:buffer'
import { EnvelopeFormatError } from '../errors.js'

const REPLACEMENT = '\ufffd'

/** Pads a text: a byte that UTF-8 never contains, so that where the text ends is never in doubt. */
export const PADDING = 0xff
/** Pads nothing. */
export const NO_PADDING = 1
/** Bytes: a text may be padded to a multiple of so many. */
export const LARGEST_PAD = 1024

/** The length with padding, which is at least one unit: an empty text looks like any other. @param length in bytes. */
export function paddedLength(length: number, pad: number): number {
  if (pad === NO_PADDING) return length
  return Math.max(1, Math.ceil(length / pad)) * pad
}

/** Decodes UTF-8, without the padding behind it; `undefined` for ill-formed bytes. */
export function textOf(bytes: Buffer, start: number, padded: number): string | undefined {
  let end = padded
  while (end > start && bytes[end - 1] === PADDING) end -= 1
  const text = bytes.toString('utf8', start, end)
  // Decoding silently replaces ill-formed bytes by U+FFFD, so the bytes are checked only where the text contains one.
  return text.includes(REPLACEMENT) && !isUtf8(bytes.subarray(start, end)) ? undefined : text
}

export function wrongContent(expected: string): EnvelopeFormatError {
  return new EnvelopeFormatError(
    'ENVELOPE_MALFORMED',
    `The envelope opens, but its content is not ${expected}: something other than this client sealed it. Restore the value from a backup.`,
  )
}
