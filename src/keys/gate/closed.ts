import { EnvelopeConfigError } from '../../errors.js'

/** What a call fails with once the client's encryption was closed. */
export function closed(): EnvelopeConfigError {
  return new EnvelopeConfigError(
    'ENVELOPE_CLOSED',
    "This client's encryption was closed with $encryption.close(). Create a new client.",
  )
}
