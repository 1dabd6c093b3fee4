import { isUtf8 } from 'node:buffer'

const REPLACEMENT = '\ufffd'

/** Decodes UTF-8; `undefined` for ill-formed bytes. */
export function textOf(bytes: Buffer, start: number, end: number): string | undefined {
  const text = bytes.toString('utf8', start, end)
  // Decoding silently replaces ill-formed bytes by U+FFFD, so the bytes are checked only where the text contains one.
  return text.includes(REPLACEMENT) && !isUtf8(bytes.subarray(start, end)) ? undefined : text
}
