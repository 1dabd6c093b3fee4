import { EnvelopeAuthenticationError } from '../errors.js'
import { authenticatedData } from './authenticated-data.js'
import { decodeBase64, decodedLength } from './base64.js'
import { inBatches } from './batches.js'
import { authenticatedHead, truncated } from './format.js'
import type { Decode } from './plaintext.js'
import type { Prefix, Stored } from './prefix.js'
import { type SuiteKey, TAG_LENGTH } from './suites/suite.js'

/**
 * Opens envelopes of one prefix at one place, and returns their values in the same order. All or none: throws
 * `ENVELOPE_AUTHENTICATION_FAILED` or `ENVELOPE_MALFORMED` for the first that does not open.
 *
 * @param key of the prefix's suite.
 * @param place what `authenticatedBytes` made for this tenant and field.
 * @param stored envelopes that begin with this prefix, by `hasPrefix`.
 */
export function openMessages(
  prefix: Prefix,
  key: SuiteKey,
  place: Buffer,
  decode: Decode,
  stored: readonly Stored[],
): unknown[] {
  const { suite } = prefix
  const authenticated = authenticatedData(authenticatedHead(prefix.bytes), place)
  const sizes = stored.map((envelope) => roomFor(prefix, envelope))
  const values: unknown[] = []
  inBatches(sizes, (from, to, size) => {
    const pass = key.begin(authenticated, size)
    try {
      const { arena } = pass
      const spans = new Uint32Array(2 * (to - from))
      let at = 0
      for (let i = from; i < to; i++) {
        const envelope = stored[i]
        if (envelope === undefined) throw new Error('an envelope is missing')
        const end = at + layOut(prefix, envelope, arena, at)
        const start = at + suite.nonceLength
        if (end < start + TAG_LENGTH) throw truncated()
        spans[2 * (i - from)] = start
        spans[2 * (i - from) + 1] = end - TAG_LENGTH - start
        at += sizes[i] ?? 0
      }
      if (pass.open(spans) !== -1) throw doesNotOpen()
      for (let i = 0; i < spans.length; i += 2) {
        const start = spans[i] ?? 0
        values.push(decode(arena, start, start + (spans[i + 1] ?? 0)))
      }
    } finally {
      pass.end()
    }
  })
  return values
}

/** The most bytes that an envelope takes in the arena. */
function roomFor({ text, bytes }: Prefix, envelope: Stored): number {
  return typeof envelope === 'string' ? decodedLength(envelope.length - text.length) : envelope.length - bytes.length
}

/** Writes what follows the prefix to the arena; returns the number of bytes. */
function layOut({ text, bytes }: Prefix, envelope: Stored, arena: Buffer, at: number): number {
  if (typeof envelope !== 'string') {
    arena.set(envelope.subarray(bytes.length), at)
    return envelope.length - bytes.length
  }
  return decodeBase64(envelope, text.length, arena, at)
}

function doesNotOpen(): EnvelopeAuthenticationError {
  return new EnvelopeAuthenticationError(
    'ENVELOPE_AUTHENTICATION_FAILED',
    'The envelope does not open: it was altered, or moved here from another tenant, model or field. Restore the value from a backup.',
  )
}
