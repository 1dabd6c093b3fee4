import { randomBytes } from 'node:crypto'
import { EnvelopeKeyError, type KeyErrorCode } from '../../src/errors.js'
import type { CmkVersion, EncryptionContext, KmsProvider } from '../../src/kms/provider.js'

export interface ScriptedCall {
  readonly operation: 'GenerateDataKey' | 'Decrypt' | 'DescribeKey' | 'ReEncrypt'
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
  /** Each key's newest key material id, by ARN; none where it is not said. */
  readonly materials: Map<string, string>
  /** Runs before each call is answered: may wait, or throw. */
  before: (call: ScriptedCall) => Promise<void> | void
  /** Alters what is answered to GenerateDataKey, Decrypt and ReEncrypt. */
  alter: (answer: ScriptedAnswer, call: ScriptedCall) => ScriptedAnswer
  count(operation?: ScriptedCall['operation']): number
}

export function scriptedKms(): ScriptedKms {
  const wrapped = new Map<string, { plaintext: Uint8Array; cmk: CmkVersion; context: string }>()
  const versionOf = (keyId: string): CmkVersion => {
    const keyMaterialId = kms.materials.get(arnOf(keyId))
    return { arn: arnOf(keyId), ...(keyMaterialId !== undefined && { keyMaterialId }) }
  }
  const wrap = (plaintext: Uint8Array, keyId: string, context: EncryptionContext) => {
    const blob = new Uint8Array(randomBytes(48))
    const cmk = versionOf(keyId)
    wrapped.set(hex(blob), { plaintext: plaintext.slice(), cmk, context: JSON.stringify(context) })
    return { blob, cmk }
  }
  const unwrap = (blob: Uint8Array, keyId: string, context: EncryptionContext) => {
    const known = wrapped.get(hex(blob))
    if (known === undefined || known.cmk.arn !== arnOf(keyId) || known.context !== JSON.stringify(context)) {
      throw keyError('ENVELOPE_KMS_INVALID_CIPHERTEXT')
    }
    return known
  }
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
    materials: new Map(),
    before: () => {},
    alter: (answer) => answer,
    count: (operation) =>
      operation === undefined ? kms.calls.length : kms.calls.filter((call) => call.operation === operation).length,

    async generateDataKey({ keyId, encryptionContext }) {
      const call: ScriptedCall = { operation: 'GenerateDataKey', keyId, encryptionContext }
      kms.calls.push(call)
      await kms.before(call)
      const plaintext = new Uint8Array(randomBytes(32))
      const answer = given({ plaintext, ...wrap(plaintext, keyId, encryptionContext) }, call)
      return { plaintext: answer.plaintext, wrapped: { blob: answer.blob, cmk: answer.cmk } }
    },

    async unwrapDataKey({ blob, keyId, encryptionContext }) {
      const call: ScriptedCall = { operation: 'Decrypt', keyId, encryptionContext }
      kms.calls.push(call)
      await kms.before(call)
      const { plaintext, cmk } = unwrap(blob, keyId, encryptionContext)
      const answer = given({ plaintext: plaintext.slice(), blob, cmk }, call)
      return { plaintext: answer.plaintext, cmk: answer.cmk }
    },

    async describeKey({ keyId }) {
      const call: ScriptedCall = { operation: 'DescribeKey', keyId }
      kms.calls.push(call)
      await kms.before(call)
      return {
        cmk: versionOf(keyId),
        state: 'Enabled',
        enabled: true,
        usage: 'ENCRYPT_DECRYPT',
        spec: 'SYMMETRIC_DEFAULT',
        multiRegion: false,
      }
    },

    async rewrapDataKey({ blob, sourceKeyId, keyId, encryptionContext }) {
      const call: ScriptedCall = { operation: 'ReEncrypt', keyId, encryptionContext }
      kms.calls.push(call)
      await kms.before(call)
      const { plaintext, cmk: source } = unwrap(blob, sourceKeyId, encryptionContext)
      const again = wrap(plaintext, keyId, encryptionContext)
      const { blob: answered, cmk } = kms.alter({ plaintext: new Uint8Array(0), ...again }, call)
      return { wrapped: { blob: answered, cmk }, source }
    },

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
