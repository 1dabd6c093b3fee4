import { authenticatedDataOf } from './authenticated-data.js'
import { inBatches } from './batches.js'
import { Nonces } from './nonces.js'
import { type Plaintext, plaintextLength, writePlaintext } from './plaintext.js'
import type { Prefix, Stored } from './prefix.js'
import { type SuiteKey, TAG_LENGTH } from './suites/suite.js'
import { NO_PADDING } from './utf8.js'

/**
 * Seals messages under one key for one place, each under a nonce of its own that is drawn here, and returns their envelopes
 * in the same order, in the binary or the text form. The text form holds text only.
 *
 * @param key of the prefix's suite.
 * @param place what `authenticatedBytes` made for this tenant and field.
 * @param pad texts are padded to a multiple of so many bytes; 1 pads nothing. Bytes never are.
 */
export function sealMessages(
  prefix: Prefix,
  key: SuiteKey,
  place: Uint8Array,
  messages: readonly Plaintext[],
  form: 'text' | 'binary',
  pad = NO_PADDING,
): readonly Stored[] {
  const authenticated = authenticatedDataOf(prefix, place)
  if (form === 'binary') return sealBytes(prefix, key, authenticated, messages)
  if (!messages.every(isText)) throw new Error('the text form of an envelope holds text')
  return key.sealTexts(authenticated, prefix.text, messages, pad)
}

function isText(message: Plaintext): message is string {
  return typeof message === 'string'
}

function sealBytes(
  { bytes, suite }: Prefix,
  key: SuiteKey,
  authenticated: Buffer,
  messages: readonly Plaintext[],
): Uint8Array[] {
  const envelopes: Uint8Array[] = []
  const nonces = new Nonces(suite.nonceLength, messages.length)
  const sizes = messages.map((message) => suite.nonceLength + plaintextLength(message) + TAG_LENGTH)
  inBatches(sizes, (from, to, size) => {
    const pass = key.begin(authenticated, size)
    try {
      const spans = new Uint32Array(2 * (to - from))
      let at = 0
      for (let i = from; i < to; i++) {
        nonces.next(pass.arena, at)
        spans[2 * (i - from)] = at + suite.nonceLength
        spans[2 * (i - from) + 1] = writePlaintext(messages[i] ?? '', pass.arena, at + suite.nonceLength)
        at += sizes[i] ?? 0
      }
      pass.seal(spans)
      at = 0
      for (let i = from; i < to; i++) {
        const end = at + (sizes[i] ?? 0)
        const envelope = new Uint8Array(bytes.length + end - at)
        envelope.set(bytes)
        envelope.set(pass.arena.subarray(at, end), bytes.length)
        envelopes.push(envelope)
        at = end
      }
    } finally {
      pass.end()
    }
  })
  return envelopes
}
