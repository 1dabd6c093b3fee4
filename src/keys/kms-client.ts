import { DATA_KEY_LENGTH, encryptionContext, type KeyContext, type WrappedKeyRecord } from '../envelope/index.js'
import { EnvelopeKeyError, type KeyErrorCode } from '../errors.js'
import type { CmkVersion } from '../kms/provider.js'
import { type Cmks, isSameKey, type TenantCmks, untrusted } from './cmks.js'
import type { KmsGate } from './kms-gate.js'
import type { UnwrapFailures } from './unwrap-failures.js'

/** With these KMS says no: the CMK's owner has withdrawn it, and what it wrapped must not be used any longer. */
const REFUSALS: ReadonlySet<KeyErrorCode> = new Set<KeyErrorCode>([
  'ENVELOPE_KMS_ACCESS_DENIED',
  'ENVELOPE_KMS_DISABLED',
  'ENVELOPE_KMS_INVALID_STATE',
  'ENVELOPE_KMS_NOT_FOUND',
])

/** The two KMS calls on the data path, with everything checked that must be before their answers are believed. */
export class KmsClient {
  constructor(
    private readonly cmks: Cmks,
    private readonly gate: KmsGate,
    private readonly failures: UnwrapFailures,
    /** Told when KMS refuses a CMK; `cmkArn` is unknown where the configuration gives an alias that was never seen. */
    private readonly refused: (tenant: string, cmkArn: string | undefined) => void,
  ) {}

  /** A new data key under the tenant's current CMK. The caller wipes `dataKey`. */
  async generate(
    cmks: TenantCmks,
    context: KeyContext,
  ): Promise<{ dataKey: Uint8Array; record: WrappedKeyRecord }> {
    const { tenant } = context
    const keyId = cmks.current
    this.failures.checkCmk(tenant, keyId)
    const { plaintext, wrapped } = await this.#watched(tenant, keyId, this.cmks.arnOf(tenant, keyId), () =>
      this.gate.run(
        tenant,
        'GenerateDataKey',
        () => cmks.kms.generateDataKey({ keyId, encryptionContext: encryptionContext(context) }),
        (late) => late.plaintext.fill(0),
      ),
    )
    this.#checkLength(tenant, plaintext)
    this.#checkArn(tenant, keyId, wrapped.cmk, plaintext)
    this.cmks.learn(tenant, keyId, wrapped.cmk.arn)
    return { dataKey: plaintext, record: recordOf(context, wrapped.blob, wrapped.cmk) }
  }

  /** The data key inside a wrapped one. The caller wipes it, and checks that it is the one that was meant. */
  async unwrap(cmks: TenantCmks, record: WrappedKeyRecord): Promise<Uint8Array> {
    const { tenant } = record.context
    const keyId = await this.cmks.vouchedFor(tenant, cmks, record)
    this.failures.checkCmk(tenant, keyId)
    const { plaintext, cmk } = await this.#watched(tenant, keyId, record.cmkArn, () =>
      this.gate.run(
        tenant,
        'Decrypt',
        () =>
          cmks.kms.unwrapDataKey({ blob: record.blob, keyId, encryptionContext: encryptionContext(record.context) }),
        (late) => late.plaintext.fill(0),
      ),
    )
    this.#checkLength(tenant, plaintext)
    this.#checkArn(tenant, keyId, cmk, plaintext)
    this.cmks.learn(tenant, keyId, cmk.arn)
    if (!isSameKey(cmk.arn, record.cmkArn)) {
      plaintext.fill(0)
      throw untrusted(tenant, record.cmkArn)
    }
    return plaintext
  }

  async #watched<T>(tenant: string, keyId: string, cmkArn: string | undefined, call: () => Promise<T>): Promise<T> {
    try {
      return await call()
    } catch (error) {
      if (error instanceof EnvelopeKeyError && REFUSALS.has(error.code) && !error.retryable) {
        this.failures.cmk(tenant, keyId, error)
        this.refused(tenant, cmkArn)
      }
      throw error
    }
  }

  #checkLength(tenant: string, plaintext: Uint8Array): void {
    if (plaintext.length === DATA_KEY_LENGTH) return
    plaintext.fill(0)
    throw new EnvelopeKeyError(
      'ENVELOPE_KMS_BAD_RESPONSE',
      `KMS gave a data key of ${plaintext.length} bytes in place of ${DATA_KEY_LENGTH}. Check the KMS endpoint and provider.`,
      { tenant },
    )
  }

  /** Where the configuration or an earlier answer says which key an id stands for, KMS must have used that one. */
  #checkArn(tenant: string, keyId: string, cmk: CmkVersion, plaintext: Uint8Array): void {
    if (!keyId.startsWith('arn:') || keyId.includes(':alias/') || isSameKey(keyId, cmk.arn)) return
    plaintext.fill(0)
    throw new EnvelopeKeyError(
      'ENVELOPE_KMS_BAD_RESPONSE',
      'KMS answered with another CMK than it was told to use. Check the KMS endpoint and provider.',
      { tenant },
    )
  }
}

function recordOf(context: KeyContext, blob: Uint8Array, cmk: CmkVersion): WrappedKeyRecord {
  return {
    context,
    cmkArn: cmk.arn,
    ...(cmk.keyMaterialId !== undefined && { keyMaterialId: cmk.keyMaterialId }),
    blob: Buffer.from(blob),
  }
}
