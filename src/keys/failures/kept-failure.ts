import { EnvelopeKeyError, type KeyErrorCode } from '../../errors.js'
import { oneLine } from '../../quoting/quote.js'

/** In characters: what this library says itself is shorter. */
const LONGEST_MESSAGE = 1_000

/**
 * What is kept of a failure that is told again without asking KMS. Not the error: with its stack, its cause and whatever a
 * provider wrote into it, it may be of any size, and there may be thousands.
 */
export interface KeptFailure {
  readonly code: KeyErrorCode
  readonly message: string
  readonly retryable: boolean
  readonly tenant: string | undefined
}

export function keptFailure({ code, message, retryable, tenant }: EnvelopeKeyError): KeptFailure {
  return { code, message: oneLine(message, LONGEST_MESSAGE), retryable, tenant }
}

export function errorOf({ code, message, retryable, tenant }: KeptFailure): EnvelopeKeyError {
  return new EnvelopeKeyError(code, message, { retryable, tenant })
}
