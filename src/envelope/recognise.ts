import { parseEnvelope, wrappedKeyOf } from './format.js'
import type { Stored } from './prefix.js'

/**
 * The text form of any version; also after a quotation mark, as databases print a Json column that is cast to text.
 */
const SEALED_TEXT = /^"?pe[0-9]+:/

/**
 * Whether a value that is not known to be encrypted looks like an envelope: text by how it begins, bytes if they parse as
 * an envelope or as its text. The first bytes alone are not enough: every 128th random value has them.
 */
export function looksSealed(value: Stored): boolean {
  if (typeof value === 'string') return SEALED_TEXT.test(value)
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  return SEALED_TEXT.test(bytes.toString('latin1', 0, 16)) || isEnvelope(bytes)
}

function isEnvelope(bytes: Buffer): boolean {
  try {
    wrappedKeyOf(parseEnvelope(bytes))
    return true
  } catch {
    return false
  }
}
