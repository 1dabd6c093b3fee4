import type { EnvelopeErrorCode } from '../../errors.js'

/** These end a job: no other row would do better. */
export const FATAL: ReadonlySet<EnvelopeErrorCode> = new Set<EnvelopeErrorCode>([
  'ENVELOPE_CLOSED',
  'ENVELOPE_CONFIG_INVALID',
  'ENVELOPE_RANDOM_UNAVAILABLE',
])
