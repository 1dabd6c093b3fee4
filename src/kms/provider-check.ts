import { EnvelopeConfigError } from '../errors.js'
import type { KmsProvider } from './provider.js'

/** What no use of a provider can do without. */
const NEEDED = ['generateDataKey', 'unwrapDataKey', 'describeKey'] as const

/** For whoever has no AWS account at hand. */
export const EMBEDDED_KMS =
  "For development without AWS there is the embedded KMS: localKms({ file }).provider, from 'prisma-envelope/local-kms'"

/** What keeps this from being a provider, with what to do, to follow "kms" as its subject; `undefined` where nothing does. */
export function providerFault(kms: unknown): string | undefined {
  if (has(kms, NEEDED)) return undefined
  if (has(property(kms, 'provider'), NEEDED)) return 'must be the provider of the embedded KMS: localKms(…).provider'
  if (has(kms, ['send'])) return 'must be a provider, not a client of the AWS SDK: awsKms({ client })'
  return `must be a provider, such as awsKms({ region }), or a function from tenant to provider. ${EMBEDDED_KMS}`
}

/** A method that not every use of a provider needs. Throws `ENVELOPE_CONFIG_INVALID` where the provider lacks it. */
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
