import { authenticatedData } from './authenticated-data.js'
import { inBatches } from './batches.js'
import { authenticatedHead } from './format.js'
import type { Nonces } from './nonces.js'
import { type Plaintext, plaintextLength, writePlaintext } from './plaintext.js'
import type { Prefix, Stored } from './prefix.js'
import { type Pass, type SuiteKey, TAG_LENGTH } from './suites/suite.js'

/**
 * Seals messages under one key for one place, and returns their envelopes in the same order, in the binary or the text
 * form.
 *
 * @param key of the prefix's suite.
 * @param place what `authenticatedBytes` made for this tenant and field.
 * @param nonces drawn for this key, of its suite's length, at least one for each message.
 */
export function sealMessages(
  prefix: Prefix,
  key: SuiteKey,
  place: Buffer,
  messages: readonly Plaintext[],
  form: 'text' | 'binary',
  nonces: Nonces,
): Stored[] {
  const { nonceLength } = prefix.suite
  const authenticated = authenticatedData(authenticatedHead(prefix.bytes), place)
  const sizes = messages.map((message) => nonceLength + plaintextLength(message) + TAG_LENGTH)
  const envelopes: Stored[] = []
  inBatches(sizes, (from, to, size) => {
    const pass = key.begin(authenticated, size)
    try {
      const spans = new Uint32Array(2 * (to - from))
      let at = 0
      for (let i = from; i < to; i++) {
        const message = messages[i] ?? ''
        nonces.next(pass.arena, at)
        spans[2 * (i - from)] = at + nonceLength
        spans[2 * (i - from) + 1] = writePlaintext(message, pass.arena, at + nonceLength)
        at += sizes[i] ?? 0
      }
      pass.seal(spans)
      at = 0
      for (let i = from; i < to; i++) {
        const end = at + (sizes[i] ?? 0)
        envelopes.push(envelope(prefix, pass, at, end, form))
        at = end
      }
    } finally {
      pass.end()
    }
  })
  return envelopes
}

/** The prefix, then one envelope's part of the arena: nonce, ciphertext and tag. */
function envelope({ bytes, text }: Prefix, { arena }: Pass, start: number, end: number, form: string): Stored {
  if (form === 'text') return text + arena.toString('base64', start, end)
  const whole = new Uint8Array(bytes.length + end - start)
  whole.set(bytes)
  whole.set(arena.subarray(start, end), bytes.length)
  return whole
}
