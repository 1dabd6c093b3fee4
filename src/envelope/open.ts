import { EnvelopeAuthenticationError, EnvelopeError } from '../errors.js'
import { authenticatedDataOf } from './authenticated-data.js'
import { decodeBase64, decodedLength } from './base64.js'
import { inBatches } from './batches.js'
import { truncated } from './format.js'
import type { Plaintext } from './plaintext.js'
import type { Prefix, Stored } from './prefix.js'
import { type SuiteKey, TAG_LENGTH } from './suites/suite.js'
import { textOf, wrongContent } from './utf8.js'

/** Which of the envelopes does not open, and why. */
export class Unopened {
  constructor(
    readonly index: number,
    readonly error: EnvelopeError,
  ) {}
}

/**
 * Opens envelopes of one prefix at one place, all or none. Returns what they hold in the same order, text from the text
 * form and bytes from the binary form, or the first that does not open, with `ENVELOPE_AUTHENTICATION_FAILED` or
 * `ENVELOPE_MALFORMED`.
 *
 * @param key of the prefix's suite.
 * @param place what `authenticatedBytes` made for this tenant and field.
 * @param stored envelopes that begin with this prefix, by `hasPrefix`, in one of the two forms.
 */
export function openMessages(
  prefix: Prefix,
  key: SuiteKey,
  place: Uint8Array,
  stored: readonly Stored[],
): readonly Plaintext[] | Unopened {
  const authenticated = authenticatedDataOf(prefix, place)
  const opened = stored.every(isText)
    ? key.openTexts(authenticated, prefix.text, stored)
    : openBytes(prefix, key, authenticated, stored)
  if (typeof opened !== 'number') return opened
  return new Unopened(opened, reasonOf(prefix, key, authenticated, stored[opened] ?? ''))
}

function isText(stored: Stored): stored is string {
  return typeof stored === 'string'
}

/** The bytes in envelopes in the binary form, or the index of the first that does not open. */
function openBytes(
  { bytes, suite }: Prefix,
  key: SuiteKey,
  authenticated: Buffer,
  stored: readonly Stored[],
): Uint8Array[] | number {
  const rests = stored.map((envelope) => binaryOf(envelope).subarray(bytes.length))
  const short = rests.findIndex((rest) => rest.length < suite.nonceLength + TAG_LENGTH)
  const values: Uint8Array[] = []
  inBatches(
    (short === -1 ? rests : rests.slice(0, short)).map((rest) => rest.length),
    (from, to, size) => {
      if (values.length < from) return
      const pass = key.begin(authenticated, size)
      try {
        const spans = new Uint32Array(2 * (to - from))
        let at = 0
        rests.slice(from, to).forEach((rest, i) => {
          pass.arena.set(rest, at)
          spans[2 * i] = at + suite.nonceLength
          spans[2 * i + 1] = rest.length - suite.nonceLength - TAG_LENGTH
          at += rest.length
        })
        const failed = pass.open(spans)
        for (let i = 0; i < (failed === -1 ? spans.length : 2 * failed); i += 2) {
          const start = spans[i] ?? 0
          // A copy: the arena is wiped.
          values.push(new Uint8Array(pass.arena.subarray(start, start + (spans[i + 1] ?? 0))))
        }
      } finally {
        pass.end()
      }
    },
  )
  return values.length === stored.length ? values : values.length
}

function binaryOf(stored: Stored): Uint8Array {
  if (typeof stored === 'string') throw new Error('one column holds envelopes in two forms')
  return stored
}

/** Opens one that did not open, step by step, to see where it fails. */
function reasonOf(prefix: Prefix, key: SuiteKey, authenticated: Buffer, stored: Stored): EnvelopeError {
  try {
    const { nonceLength } = prefix.suite
    const rest = afterPrefix(prefix, stored)
    if (rest.length < nonceLength + TAG_LENGTH) return truncated()
    const pass = key.begin(authenticated, rest.length)
    try {
      pass.arena.set(rest)
      const length = rest.length - nonceLength - TAG_LENGTH
      if (pass.open(Uint32Array.of(nonceLength, length)) !== -1) return doesNotOpen()
      const isText = typeof stored === 'string'
      const content = textOf(pass.arena, nonceLength, nonceLength + length)
      return isText && content === undefined ? wrongContent('UTF-8') : doesNotOpen()
    } finally {
      pass.end()
    }
  } catch (error) {
    if (error instanceof EnvelopeError) return error
    throw error
  }
}

function afterPrefix({ text, bytes }: Prefix, stored: Stored): Uint8Array {
  if (typeof stored !== 'string') return stored.subarray(bytes.length)
  const rest = Buffer.alloc(decodedLength(Math.max(0, stored.length - text.length)))
  return rest.subarray(0, decodeBase64(stored, text.length, rest, 0))
}

function doesNotOpen(): EnvelopeAuthenticationError {
  return new EnvelopeAuthenticationError(
    'ENVELOPE_AUTHENTICATION_FAILED',
    'The envelope does not open: it was altered, or moved here from another tenant, model or field. Restore the value from a backup.',
  )
}
