import type { KeyMetadata } from '@aws-sdk/client-kms'
import { EnvelopeKeyError } from '../../errors.js'
import { ownCopy } from '../../memory/own-copy.js'
import { oneLine } from '../../quoting/quote.js'
import type { CmkDescription, CmkVersion, WrappedDataKey } from '../provider.js'

/**
 * Checks on what KMS answered. The SDK resolves a 200 whose members are missing, so that a proxy, an emulator or a
 * truncated answer could otherwise pass `undefined` off as a key.
 */

/** Throws `ENVELOPE_KMS_BAD_RESPONSE`, naming the member that is wrong and never its value. */
export type AnswerCheck = (holds: boolean, what: string) => asserts holds

const DATA_KEY_BYTES = 32
/** https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html, CiphertextBlob */
const MAX_BLOB_BYTES = 6_144
const MAC_BYTES = 32
const KEY_ARN = /^arn:[^:]+:kms:[^:]+:[^:]*:key\/[^:/]+$/
const KEY_MATERIAL_ID = /^[0-9a-f]{64}$/

export function answerCheck(call: { operation: string; keyId: string }): AnswerCheck {
  return (holds, what) => {
    if (holds) return
    throw new EnvelopeKeyError(
      'ENVELOPE_KMS_BAD_RESPONSE',
      `KMS ${call.operation} for ${oneLine(call.keyId)} answered ${what}. The answer was discarded: check the endpoint, ` +
        'and any proxy or emulator between this process and AWS KMS.',
    )
  }
}

/** A 256-bit data key, copied: see {@link ownCopy}. */
export function dataKey(check: AnswerCheck, plaintext: Uint8Array | undefined): Uint8Array {
  check(plaintext instanceof Uint8Array, 'without Plaintext')
  check(plaintext.byteLength === DATA_KEY_BYTES, `with a Plaintext that is not ${DATA_KEY_BYTES} bytes long`)
  return ownCopy(plaintext)
}

/** A plaintext of any length but none, copied. */
export function plaintextBytes(check: AnswerCheck, plaintext: Uint8Array | undefined): Uint8Array {
  check(plaintext instanceof Uint8Array && plaintext.byteLength > 0, 'without Plaintext')
  return ownCopy(plaintext)
}

/** A 256-bit MAC, copied: index keys are made of it, so it is as secret as a key. */
export function macBytes(check: AnswerCheck, mac: Uint8Array | undefined): Uint8Array {
  check(mac instanceof Uint8Array, 'without Mac')
  check(mac.byteLength === MAC_BYTES, `with a Mac that is not ${MAC_BYTES} bytes long`)
  return ownCopy(mac)
}

export function wrappedDataKey(
  check: AnswerCheck,
  answer: { CiphertextBlob?: Uint8Array | undefined; KeyId?: string | undefined; KeyMaterialId?: string | undefined },
  requestedKeyId: string,
): WrappedDataKey {
  const blob = answer.CiphertextBlob
  check(blob instanceof Uint8Array && blob.byteLength > 0, 'without CiphertextBlob')
  check(blob.byteLength <= MAX_BLOB_BYTES, `with a CiphertextBlob of more than ${MAX_BLOB_BYTES} bytes`)
  return {
    blob: ownCopy(blob),
    cmk: cmkVersion(check, requestedKeyId, answer.KeyId, answer.KeyMaterialId),
  }
}

/** The CMK that did the work, which must be the one that was asked for, as far as its name tells. */
export function cmkVersion(
  check: AnswerCheck,
  requestedKeyId: string,
  arn: string | undefined,
  keyMaterialId: string | undefined,
): CmkVersion {
  check(typeof arn === 'string' && KEY_ARN.test(arn), 'without a KeyId that is a key ARN')
  check(mayBe(requestedKeyId, arn), 'with the KeyId of another key')
  if (keyMaterialId === undefined) return { arn }
  check(
    typeof keyMaterialId === 'string' && KEY_MATERIAL_ID.test(keyMaterialId),
    'with a key material id that is not 64 hexadecimal digits',
  )
  return { arn, keyMaterialId }
}

export function cmkDescription(
  check: AnswerCheck,
  metadata: KeyMetadata | undefined,
  requestedKeyId: string,
): CmkDescription {
  check(metadata !== undefined, 'without KeyMetadata')
  const { KeyState: state, KeyUsage: usage, KeySpec: spec } = metadata
  check(typeof state === 'string', 'without KeyState')
  check(typeof usage === 'string', 'without KeyUsage')
  check(typeof spec === 'string', 'without KeySpec')
  return {
    cmk: cmkVersion(check, requestedKeyId, metadata.Arn, metadata.CurrentKeyMaterialId),
    state,
    enabled: state === 'Enabled',
    usage,
    spec,
    multiRegion: metadata.MultiRegion === true,
  }
}

/** Zeroes the secrets in an answer that the SDK made. Its base64 string, which came before, cannot be wiped. */
export function wipeSecrets(answer: object): void {
  for (const member of ['Plaintext', 'Mac'] as const) {
    const value: unknown = Reflect.get(answer, member)
    if (value instanceof Uint8Array) value.fill(0)
  }
}

/** An alias may stand for any key; a key id or ARN for one key only. */
function mayBe(requested: string, arn: string): boolean {
  if (requested.startsWith('alias/') || requested.includes(':alias/')) return true
  // A multi-Region key has one id and an ARN per Region: the id is what names the key.
  return arn.slice(arn.indexOf(':key/') + 5) === requested.slice(requested.lastIndexOf('/') + 1)
}
