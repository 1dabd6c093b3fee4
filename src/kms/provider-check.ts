import { EnvelopeConfigError } from '../errors.js'
import type { KmsProvider } from './provider.js'

/** The methods that every use of a provider needs. */
const NEEDED = ['generateDataKey', 'unwrapDataKey', 'describeKey'] as const

/** For developers without an AWS account. */
export const EMBEDDED_KMS =
  "For development without AWS there is the embedded KMS: localKms({ file }).provider, from 'prisma-envelope/local-kms'"

/** Why this is not a provider, and what to do, as a predicate of "kms"; `undefined` if it is one. */
export function providerFault(kms: unknown): string | undefined {
  if (has(kms, NEEDED)) return undefined
  if (has(property(kms, 'provider'), NEEDED)) return 'must be the provider of the embedded KMS: localKms(…).provider'
  if (has(kms, ['send'])) return 'must be a provider, not a client of the AWS SDK: awsKms({ client })'
  return `must be a provider, such as awsKms({ region }), or a function from tenant to provider. ${EMBEDDED_KMS}`
}

/** Throws `ENVELOPE_CONFIG_INVALID` if the provider lacks a method that not every use needs. */
export function assertMethod(kms: KmsProvider, method: 'generateMac' | 'rewrapDataKey', tenant?: string): void {
  if (has(kms, [method])) return
  const why = {
    generateMac: 'indexes (@encrypted.index) are derived with it: implement it, as awsKms does by GenerateMac',
    rewrapDataKey: "it rewraps data keys: implement it, as awsKms does by ReEncrypt, or set rewrap: 'off'",
  }[method]
  throw new EnvelopeConfigError('ENVELOPE_CONFIG_INVALID', `The KMS provider has no method ${method}; ${why}.`, {
    tenant,
  })
}

function has(value: unknown, methods: readonly string[]): boolean {
  return methods.every((name) => typeof property(value, name) === 'function')
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
