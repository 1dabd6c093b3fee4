import type { SweptColumn } from '../../databases/index.js'
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

/** Bytes at the end of a prefix that no two wrapped keys have alike. */
const SEAM = 12

/** What a prefix ends with. One that has lost or gained characters ends otherwise: what follows it is not the nonce. */
export function seamOf(prefix: Buffer): string {
  return prefix.toString('latin1', prefix.length - SEAM)
}
