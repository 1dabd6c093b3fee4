import { KNOWN_FLAGS, parseEnvelope, VERSION, wrappedKeyOf } from './format.js'
import type { Stored } from './prefix.js'
import { suiteById } from './suites/index.js'

/**
 * The text form of any version; also after a quotation mark, as databases print a Json column that is cast to text.
 */
const SEALED_TEXT = /^"?pe[0-9]+:/

/**
 * Whether a value that is not known to be encrypted looks like an envelope: text by how it begins, bytes if they parse as
 * an envelope or as its text. An envelope whose wrapped key is in the key table can be told by its first two bytes only, which
 * one of 32,768 random values of its length has as well: better to refuse that one than to return ciphertext as data.
 */
export function looksSealed(value: Stored): boolean {
  if (typeof value === 'string') return SEALED_TEXT.test(value)
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  return SEALED_TEXT.test(bytes.toString('latin1', 0, 16)) || isEnvelope(bytes)
}

/**
 * Whether a value of an encrypted column begins as an envelope does, so that it is one or is what is left of one: text as for
 * {@link looksSealed}, bytes by version, suite and flags. What does not is plaintext. One of 16,384 random values begins so
 * as well: better to refuse that one than to return a damaged envelope as data.
 */
export function beginsSealed(value: Stored): boolean {
  if (typeof value === 'string') return SEALED_TEXT.test(value)
  const [first = 0, flags = 0] = value
  const isHead =
    value.length >= 2 && first >> 4 === VERSION && suiteById(first & 0x0f) !== undefined && (flags & ~KNOWN_FLAGS) === 0
  return isHead || looksSealed(value)
}

function isEnvelope(bytes: Buffer): boolean {
  try {
    wrappedKeyOf(parseEnvelope(bytes))
    return true
  } catch {
    return false
  }
}
