import { EnvelopeConfigError } from '../errors.js'

export function randomUnavailable(cause: unknown): EnvelopeConfigError {
  return new EnvelopeConfigError(
    'ENVELOPE_RANDOM_UNAVAILABLE',
    'The operating system returned no random bytes, so nothing was sealed. Check that this process may call getrandom, ' +
      'and that nothing closes file descriptors that it did not open; then restart it.',
    {},
    { cause },
  )
}
