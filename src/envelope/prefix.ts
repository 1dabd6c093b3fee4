import { ownBuffer } from '../memory/own-copy.js'
import { base64Length } from './base64.js'
import { FLAG_INLINE, HEAD_LENGTH, type ParsedEnvelope } from './format.js'
import { type Suite, TAG_LENGTH } from './suites/suite.js'
import { TEXT_PREFIX } from './text.js'
import { WRAP_TAG_LENGTH } from './wrap-tag.js'

/** An envelope as a column holds it: in the text form, or in the binary form of a `Bytes` column. */
export type Stored = string | Uint8Array

/**
 * What all envelopes of one wrapped data key and suite begin with, in both forms: a batch of them is sealed or opened
 * without writing or reading that part for each.
 */
export interface Prefix {
  readonly suite: Suite
  readonly bytes: Buffer
  /** The same in the text form: whole groups of three bytes. */
  readonly text: string
  /** Whether the wrapped data key is part of it. */
  readonly isInline: boolean
}

export function prefixOf({ suite, prefix }: Pick<ParsedEnvelope, 'suite' | 'prefix'>): Prefix {
  // Kept as long as the key: the row that it was read from may change, and is not kept with it.
  const bytes = ownBuffer(prefix)
  return { suite, bytes, text: TEXT_PREFIX + prefix.toString('base64'), isInline: prefix.length > HEAD_LENGTH }
}

/** How many bytes were sealed in an envelope that begins with the prefix, padding included. Anybody can see it. */
export function sealedLengthOf(stored: Stored, { text, bytes, suite }: Prefix): number {
  const rest = typeof stored === 'string' ? base64Length(stored, text.length) : stored.length - bytes.length
  return rest - suite.nonceLength - TAG_LENGTH
}

/** The character of the text form that shows flag INLINE: `A` to `D` where it is not set, nor any other low flag. */
const FLAGS_AT = TEXT_PREFIX.length + 2
const D = 'D'.charCodeAt(0)

/** A short name for how an envelope begins: by its data key and, where it carries it, how that is wrapped. Two prefixes may share it. */
export function beginningOf(stored: Stored): string {
  if (typeof stored === 'string') {
    const bytes = stored.charCodeAt(FLAGS_AT) <= D ? HEAD_LENGTH : HEAD_LENGTH + WRAP_TAG_LENGTH
    return stored.slice(0, TEXT_PREFIX.length + (bytes / 3) * 4)
  }
  const bytes = ((stored[1] ?? 0) & FLAG_INLINE) === 0 ? HEAD_LENGTH : HEAD_LENGTH + WRAP_TAG_LENGTH
  return Buffer.from(stored.buffer, stored.byteOffset, Math.min(stored.length, bytes)).toString('latin1')
}

/** Whether an envelope begins with the whole prefix. */
export function hasPrefix(stored: Stored, { text, bytes }: Prefix): boolean {
  // Not `startsWith`, which goes character by character: a slice is compared as a block of memory.
  if (typeof stored === 'string') return stored.slice(0, text.length) === text
  return stored.length >= bytes.length && bytes.compare(stored, 0, bytes.length) === 0
}
