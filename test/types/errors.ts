/**
 * What must, and must not, compile: checked by `tsc`, never run.
 *
 * After `instanceof`, the code of an error is one of a closed list.
 */
import { EnvelopeError, type EnvelopeErrorCode, EnvelopeKeyError, EnvelopeTenantError } from '../../src/errors.js'
import { type Equal, holds } from './equal.js'

function anyErrorOfTheLibrary(error: unknown) {
  if (!(error instanceof EnvelopeError)) return
  holds<Equal<typeof error, EnvelopeError>>()
  holds<Equal<typeof error.code, EnvelopeErrorCode>>()
  holds<Equal<typeof error.model, string | undefined>>()
  switch (error.code) {
    case 'ENVELOPE_KMS_DISABLED':
      break
    // @ts-expect-error: no such code
    case 'ENVELOPE_KMS_DISABELD':
      break
  }
  // @ts-expect-error: no such code
  return error.code === 'ENVELOPE_OUT_OF_PAPER'
}

function anErrorOfOneClass(error: unknown): string | undefined {
  if (error instanceof EnvelopeTenantError) {
    switch (error.code) {
      case 'ENVELOPE_TENANT_REQUIRED':
      case 'ENVELOPE_TENANT_INVALID':
      case 'ENVELOPE_TENANT_CONFLICT':
      case 'ENVELOPE_TENANT_CHANGED':
      case 'ENVELOPE_TENANT_MISMATCH':
      case 'ENVELOPE_TENANT_UNKNOWN':
      case 'ENVELOPE_TENANT_UNPROTECTED':
      case 'ENVELOPE_TENANT_BOUND':
        return error.tenant
      default:
        // These were all codes of the class.
        return error.code satisfies never
    }
  }
  if (error instanceof EnvelopeKeyError) {
    holds<Equal<typeof error.retryable, boolean>>()
    // @ts-expect-error: a code of another class
    if (error.code === 'ENVELOPE_TENANT_BOUND') return
  }
  const some: EnvelopeError[] = [new EnvelopeTenantError('ENVELOPE_TENANT_BOUND', '')]
  // @ts-expect-error: a code of another class
  some.push(new EnvelopeTenantError('ENVELOPE_CLOSED', ''))
  return
}

export { anErrorOfOneClass, anyErrorOfTheLibrary }
