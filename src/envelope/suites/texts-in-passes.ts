import { decodedLength, REFUSED, tryDecodeBase64 } from '../base64.js'
import { inBatches } from '../batches.js'
import { Nonces } from '../nonces.js'
import { PADDING, paddedLength, textOf } from '../utf8.js'
import { illFormedText, type Pass, type SuiteKey, TAG_LENGTH } from './suite.js'

/** {@link SuiteKey.openTexts} by way of an arena, for keys that know nothing of text. */
export function openTextsInPasses(
  key: SuiteKey,
  nonceLength: number,
  authenticated: Uint8Array,
  prefix: string,
  envelopes: readonly string[],
): string[] | number {
  const texts: string[] = []
  const sizes = envelopes.map((envelope) => decodedLength(Math.max(0, envelope.length - prefix.length)))
  inBatches(sizes, (from, to, size) => {
    if (texts.length < from) return
    const pass = key.begin(authenticated, size)
    try {
      openBatch(pass, nonceLength, prefix, envelopes, from, to, texts)
    } finally {
      pass.end()
    }
  })
  return texts.length === envelopes.length ? texts : texts.length
}

/** Opens them in order until one does not open. */
function openBatch(
  pass: Pass,
  nonceLength: number,
  prefix: string,
  envelopes: readonly string[],
  from: number,
  to: number,
  texts: string[],
): void {
  const { arena } = pass
  const spans = new Uint32Array(2 * (to - from))
  let laidOut = 0
  let at = 0
  for (let i = from; i < to; i++) {
    const envelope = envelopes[i] ?? ''
    if (envelope.slice(0, prefix.length) !== prefix) break
    const length = tryDecodeBase64(envelope, prefix.length, arena, at)
    if (length === REFUSED || length < nonceLength + TAG_LENGTH) break
    spans[laidOut] = at + nonceLength
    spans[laidOut + 1] = length - nonceLength - TAG_LENGTH
    laidOut += 2
    at += length
  }
  const failed = pass.open(laidOut === spans.length ? spans : spans.subarray(0, laidOut))
  const opened = failed === -1 ? laidOut : 2 * failed
  for (let i = 0; i < opened; i += 2) {
    const start = spans[i] ?? 0
    const text = textOf(arena, start, start + (spans[i + 1] ?? 0))
    if (text === undefined) return
    texts.push(text)
  }
}

/** {@link SuiteKey.sealTexts} by way of an arena. */
export function sealTextsInPasses(
  key: SuiteKey,
  nonceLength: number,
  authenticated: Uint8Array,
  prefix: string,
  texts: readonly string[],
  pad: number,
): string[] {
  const envelopes: string[] = []
  const nonces = new Nonces(nonceLength, texts.length)
  const sizes = texts.map((text) => nonceLength + paddedLength(Buffer.byteLength(text), pad) + TAG_LENGTH)
  inBatches(sizes, (from, to, size) => {
    const pass = key.begin(authenticated, size)
    try {
      const { arena } = pass
      const spans = new Uint32Array(2 * (to - from))
      let at = 0
      for (let i = from; i < to; i++) {
        const text = texts[i] ?? ''
        if (!text.isWellFormed()) throw illFormedText()
        nonces.next(arena, at)
        const start = at + nonceLength
        const end = at + (sizes[i] ?? 0) - TAG_LENGTH
        arena.fill(PADDING, start + arena.write(text, start), end)
        spans[2 * (i - from)] = start
        spans[2 * (i - from) + 1] = end - start
        at += sizes[i] ?? 0
      }
      pass.seal(spans)
      at = 0
      for (let i = from; i < to; i++) {
        const end = at + (sizes[i] ?? 0)
        envelopes.push(prefix + arena.toString('base64', at, end))
        at = end
      }
    } finally {
      pass.end()
    }
  })
  return envelopes
}
