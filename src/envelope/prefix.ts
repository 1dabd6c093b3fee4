import { beginsWith } from './base64.js'
import { HEAD_LENGTH, type ParsedEnvelope } from './format.js'
import type { Suite } from './suites/suite.js'
import { TEXT_PREFIX } from './text.js'
import { WRAP_TAG_LENGTH } from './wrapped-key.js'

/** An envelope as a column holds it: in the text form, or in the binary form of a `Bytes` column. */
export type Stored = string | Uint8Array

/**
 * What all envelopes of one wrapped data key and suite begin with, in both forms: a batch of them is sealed or opened
 * without writing or reading that part for each.
 */
export interface Prefix {
  readonly suite: Suite
  readonly bytes: Buffer
  /** The part of the text form that does not depend on what follows: three bytes are four characters. */
  readonly text: string
  /** The bytes that `text` does not cover: at most two. */
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

/** Whether an envelope begins with the whole prefix. */
export function hasPrefix(stored: Stored, { text, bytes, rest }: Prefix): boolean {
  // Not `startsWith`, which goes character by character: a slice is compared as a block of memory.
  if (typeof stored === 'string') return stored.slice(0, text.length) === text && beginsWith(stored, text.length, rest)
  return stored.length >= bytes.length && bytes.compare(stored, 0, bytes.length) === 0
}
