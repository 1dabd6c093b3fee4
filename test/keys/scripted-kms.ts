import { randomBytes } from 'node:crypto'
import { EnvelopeKeyError, type KeyErrorCode } from '../../src/errors.js'
import type { CmkVersion, EncryptionContext, KmsProvider } from '../../src/kms/provider.js'

export interface ScriptedCall {
  readonly operation: 'GenerateDataKey' | 'Decrypt' | 'DescribeKey'
  readonly keyId: string
  readonly encryptionContext?: EncryptionContext
}

/** What a data key looks like to the script before it is handed out. */
export interface ScriptedAnswer {
  plaintext: Uint8Array
  blob: Uint8Array
  cmk: CmkVersion
}

/**
 * A KMS that does what no real one can be made to do: answer late, in an exact order, not at all, or with lies.
 *
 * Any alias stands for a key of its own; `aliases` says otherwise.
 */
export interface ScriptedKms extends KmsProvider {
  readonly calls: ScriptedCall[]
  /** Every plaintext data key that it handed out, to see whether it was wiped. */
  readonly handedOut: Uint8Array[]
  readonly aliases: Map<string, string>
  /** Runs before each call is answered: may wait, or throw. */
  before: (call: ScriptedCall) => Promise<void> | void
  /** Alters what is answered to GenerateDataKey and Decrypt. */
  alter: (answer: ScriptedAnswer, call: ScriptedCall) => ScriptedAnswer
  count(operation?: ScriptedCall['operation']): number
}

export function scriptedKms(): ScriptedKms {
  const wrapped = new Map<string, { plaintext: Uint8Array; arn: string; context: string }>()
  const arnOf = (keyId: string) =>
    keyId.startsWith('arn:') && !keyId.includes(':alias/')
      ? keyId
      : (kms.aliases.get(keyId) ?? arn(keyId.replaceAll('/', '-')))
  const given = (answer: ScriptedAnswer, call: ScriptedCall) => {
    const altered = kms.alter(answer, call)
    kms.handedOut.push(altered.plaintext)
    return altered
  }
  const notScripted = () => Promise.reject(new Error('not part of this script'))
  const kms: ScriptedKms = {
    calls: [],
    handedOut: [],
    aliases: new Map(),
    before: () => {},
    alter: (answer) => answer,
    count: (operation) =>
      operation === undefined ? kms.calls.length : kms.calls.filter((call) => call.operation === operation).length,

    async generateDataKey({ keyId, encryptionContext }) {
      const call: ScriptedCall = { operation: 'GenerateDataKey', keyId, encryptionContext }
      kms.calls.push(call)
      await kms.before(call)
      const plaintext = new Uint8Array(randomBytes(32))
      const blob = new Uint8Array(randomBytes(48))
      wrapped.set(hex(blob), {
        plaintext: plaintext.slice(),
        arn: arnOf(keyId),
        context: JSON.stringify(encryptionContext),
      })
      const answer = given({ plaintext, blob, cmk: { arn: arnOf(keyId) } }, call)
      return { plaintext: answer.plaintext, wrapped: { blob: answer.blob, cmk: answer.cmk } }
    },

    async unwrapDataKey({ blob, keyId, encryptionContext }) {
      const call: ScriptedCall = { operation: 'Decrypt', keyId, encryptionContext }
      kms.calls.push(call)
      await kms.before(call)
      const known = wrapped.get(hex(blob))
      if (known === undefined || known.arn !== arnOf(keyId) || known.context !== JSON.stringify(encryptionContext)) {
        throw keyError('ENVELOPE_KMS_INVALID_CIPHERTEXT')
      }
      const answer = given({ plaintext: known.plaintext.slice(), blob, cmk: { arn: known.arn } }, call)
      return { plaintext: answer.plaintext, cmk: answer.cmk }
    },

    async describeKey({ keyId }) {
      const call: ScriptedCall = { operation: 'DescribeKey', keyId }
      kms.calls.push(call)
      await kms.before(call)
      return {
        cmk: { arn: arnOf(keyId) },
        state: 'Enabled',
        enabled: true,
        usage: 'ENCRYPT_DECRYPT',
        spec: 'SYMMETRIC_DEFAULT',
        multiRegion: false,
      }
    },

    rewrapDataKey: notScripted,
    encrypt: notScripted,
    decrypt: notScripted,
    generateMac: notScripted,
  }
  return kms
}

export function arn(name: string, { region = 'eu-central-1', account = '111122223333' } = {}): string {
  return `arn:aws:kms:${region}:${account}:key/${name}`
}

/** What a provider throws, as the AWS provider judges it. */
export function keyError(code: KeyErrorCode): EnvelopeKeyError {
  const retryable = code === 'ENVELOPE_KMS_THROTTLED' || code === 'ENVELOPE_KMS_UNAVAILABLE'
  return new EnvelopeKeyError(code, `scripted ${code}`, { retryable })
}

/** Something that happens when the test says so. */
export function signal(): { readonly promise: Promise<void>; fire(): void } {
  let fire = (): void => {}
  const promise = new Promise<void>((resolve) => {
    fire = resolve
  })
  return { promise, fire: () => fire() }
}

/** Lets everything run that is ready to. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve))
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
