import { HEAD_LENGTH, type ParsedEnvelope } from './format.js'
import type { Suite } from './suites/suite.js'
import { TEXT_PREFIX } from './text.js'
import { WRAP_TAG_LENGTH } from './wrapped-key.js'

/** An envelope as a column holds it: in the text form, or in the binary form of a `Bytes` column. */
export type Stored = string | Uint8Array

/**
 * What all envelopes of one wrapped data key and suite begin with, in both forms: a batch of them is sealed or opened
 * without writing or reading that part again for each.
 */
export interface Prefix {
  readonly suite: Suite
  readonly bytes: Buffer
  /** The text form, as far as it is the same whatever follows: three bytes are four characters. */
  readonly text: string
  /** The bytes that `text` does not cover: none, one or two. */
  readonly rest: Buffer
}

export function prefixOf({ suite, prefix }: Pick<ParsedEnvelope, 'suite' | 'prefix'>): Prefix {
  const covered = prefix.length - (prefix.length % 3)
  return {
    suite,
    bytes: prefix,
    text: TEXT_PREFIX + prefix.toString('base64', 0, covered),
    rest: prefix.subarray(covered),
  }
}

/** Bytes of the head and the wrap tag: whole groups of three, so that the same name begins both forms. */
const BEGINNING = HEAD_LENGTH + WRAP_TAG_LENGTH

/** A short name for how an envelope begins: by its data key and CMK. Two prefixes may share it. */
export function beginningOf(stored: Stored): string {
  if (typeof stored === 'string') return stored.slice(0, TEXT_PREFIX.length + (BEGINNING / 3) * 4)
  return Buffer.from(stored.buffer, stored.byteOffset, Math.min(stored.length, BEGINNING)).toString('latin1')
}

/** Whether an envelope begins so, to the last byte. */
export function hasPrefix(stored: Stored, { text, bytes, rest }: Prefix): boolean {
  // Not `startsWith`, which goes character by character: a slice is compared as a block of memory.
  if (typeof stored === 'string') return stored.slice(0, text.length) === text && hasRest(stored, text.length, rest)
  return stored.length >= bytes.length && bytes.compare(stored, 0, bytes.length) === 0
}

/** What each character of base64 stands for, by its code. */
const SEXTETS = new Uint8Array(128)
for (let sextet = 0; sextet < 64; sextet++) {
  const [character = ''] = Buffer.of(sextet << 2).toString('base64')
  SEXTETS[character.charCodeAt(0)] = sextet
}

/** Whether base64 goes on with these bytes, none to two. Any other character counts as zero: it is refused when decoded. */
function hasRest(base64: string, at: number, rest: Buffer): boolean {
  if (rest.length === 0) return true
  const sextet = (i: number) => SEXTETS[base64.charCodeAt(at + i)] ?? 0
  if (((sextet(0) << 2) | (sextet(1) >> 4)) !== rest[0]) return false
  return rest.length === 1 || (((sextet(1) & 0xf) << 4) | (sextet(2) >> 2)) === rest[1]
}
