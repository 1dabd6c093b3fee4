import { SEAM, type SweptColumn } from '../../databases/index.js'
import { decodeText, encodeText, TEXT_PREFIX } from '../../envelope/index.js'

/** Envelopes, and what they begin with, as statements have them: the text form, or the hexadecimal of `Bytes`. */

/** Throws `ENVELOPE_MALFORMED` for what is not canonical base64. */
export function bytesOf({ form }: SweptColumn, text: string): Buffer {
  return form === 'bytes' ? Buffer.from(text, 'hex') : decodeText(text)
}

export function textIn({ form }: SweptColumn, bytes: Buffer): string {
  return form === 'bytes' ? bytes.toString('hex') : encodeText(bytes)
}

/** Of so many bytes, which base64 has whole groups for. */
export function lengthIn({ form }: SweptColumn, bytes: number): number {
  return form === 'bytes' ? bytes : TEXT_PREFIX.length + (bytes / 3) * 4
}

/** What the prefix of an envelope ends with. */
export function seamOf(column: SweptColumn, prefix: Buffer): string {
  return textIn(column, prefix).slice(column.form === 'bytes' ? -2 * SEAM.bytes : -SEAM.characters)
}
