import { decodeWrappedKey, ownerLength, parsePrefix } from '../../envelope/index.js'
import type { EnvelopeErrorCode } from '../../errors.js'
import { type Decision, failed } from './decisions.js'
import { textIn } from './envelope-text.js'
import type { Place } from './place.js'
import { prefixesIn, type WholePrefixes } from './whole-prefixes.js'

/** How many wrapped keys that begin alike are looked up at once. */
export const MAX_WHOLES = 8
/** How often more of them are. */
const MAX_ROUNDS = 8

/** These say that a wrapped key is damaged or planted: another one that begins alike may do. */
const OF_ONE: ReadonlySet<EnvelopeErrorCode> = new Set<EnvelopeErrorCode>([
  'ENVELOPE_APP_MISMATCH',
  'ENVELOPE_DATA_KEY_MISMATCH',
  'ENVELOPE_KMS_INVALID_CIPHERTEXT',
  'ENVELOPE_KMS_INVALID_REQUEST',
  'ENVELOPE_MALFORMED',
  'ENVELOPE_TENANT_UNKNOWN',
  'ENVELOPE_UNKNOWN_KEY_SECTION',
])

export function isOfOne(decision: Decision | undefined): boolean {
  return decision?.kind === 'failed' && OF_ONE.has(decision.code)
}

/**
 * What becomes of envelopes that begin alike, by some of their wrapped keys after others: until one of them will do, since what is in
 * the others may be damaged, or planted.
 *
 * What is kept by one wrapped key may not be by the next one that begins alike: the tenant comes later in it. So where there are
 * more than were looked at, those are looked at that name another tenant. A data key that was wrapped very often has them all alike.
 */
export async function decideByWholes(
  prefixes: WholePrefixes,
  place: Place,
  decide: (found: readonly Buffer[]) => Promise<Decision>,
): Promise<Decision> {
  const seen = new Set<string>()
  let failure: Decision | undefined
  for (let round = 0, wholes = await prefixes.of(place); round < MAX_ROUNDS; round++) {
    const found = prefixesIn(place, wholes)
    const decision = await decide(found)
    if (decision.kind === 'stale' || wholes.length < MAX_WHOLES)
      return decision.kind === 'kept' ? (failure ?? decision) : decision
    if (decision.kind === 'failed' && !isOfOne(decision)) return decision
    if (decision.kind === 'failed') failure ??= decision
    for (const whole of wholes) seen.add(whole)
    if (decision.kind === 'kept') for (const prefix of found) seen.add(ownerIn(place, prefix))
    wholes = await prefixes.others(place, [...seen])
  }
  return failure ?? failed('ENVELOPE_UNWRAP_LIMITED')
}

/** As much of a prefix as names its data key. */
function ownerIn({ column }: Place, prefix: Buffer): string {
  const { wrapped } = parsePrefix(prefix)
  const length = wrapped === undefined ? prefix.length : ownerLength(decodeWrappedKey(wrapped.tag, wrapped.section))
  return textIn(column, prefix.subarray(0, length))
}
