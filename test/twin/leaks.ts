import { inspect } from 'node:util'
import { MARK } from './values.js'

/** The mark as it would look inside a base64 text, at each of the three offsets, and in hexadecimal. */
const DISGUISES = [
  MARK,
  Buffer.from(MARK).toString('hex'),
  ...[0, 1, 2].map((offset) => {
    const text = Buffer.from(`${'\0'.repeat(offset)}${MARK}`)
      .toString('base64')
      .replaceAll('=', '')
    // Without the characters that also hold bits of what stands around the mark.
    return text.slice(offset === 0 ? 0 : offset + 1, -1)
  }),
]

/** Whether a value that leaves for the database holds a piece of a secret. */
export function holdsMark(value: unknown): boolean {
  if (typeof value === 'string') return DISGUISES.some((text) => value.includes(text))
  if (value instanceof Uint8Array)
    return holdsMark(Buffer.from(value.buffer, value.byteOffset, value.length).toString('latin1'))
  if (value instanceof ArrayBuffer) return holdsMark(new Uint8Array(value))
  if (Array.isArray(value)) return value.some(holdsMark)
  if (typeof value === 'object' && value !== null) return Object.values(value).some(holdsMark)
  return typeof value === 'number' && holdsMark(String(value))
}

/** Whether anything that a log could show of an object holds one. */
export function shows(value: unknown, depth = 10): boolean {
  const shown = inspect(value, { depth, showHidden: true, maxStringLength: null, maxArrayLength: null })
  return holdsMark(shown) || (value instanceof Error && (holdsMark(value.message) || holdsMark(value.stack)))
}
