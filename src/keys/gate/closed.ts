import { EnvelopeConfigError } from '../../errors.js'

/** What a call fails with once the client's encryption was closed. */
export function closed(): EnvelopeConfigError {
  return new EnvelopeConfigError(
    'ENVELOPE_CLOSED',
    'The encryption of this client was closed with $encryption.close(). Make a new client.',
  )
}
