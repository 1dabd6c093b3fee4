import {
  cmkTagText,
  dataKeyId,
  encodeWrappedKey,
  encryptionContext,
  isKeyMaterialId,
  type KeyContext,
  namesCmk,
  retagged,
  type WrappedKey,
  wrapTag,
} from '../../envelope/index.js'
import { EnvelopeKeyError, type KeyErrorCode } from '../../errors.js'
import type { CmkVersion, WrappedDataKey } from '../../kms/provider.js'
import { assertMethod } from '../../kms/provider-check.js'
import { ownBuffer } from '../../memory/own-copy.js'
import { isKeyArn, mayStandFor } from '../cmks/cmk-arn.js'
import type { CmkConsents } from '../cmks/cmk-consents.js'
import type { Cmks, TenantCmks } from '../cmks/cmks.js'
import type { CurrentCmk } from '../cmks/current-cmk.js'
import type { UnwrapFailures } from '../failures/unwrap-failures.js'
import { faultOf, takeKey } from '../gate/given-key.js'
import type { KmsGate } from '../gate/kms-gate.js'
import type { TimeLimit } from '../gate/time-limit.js'

/** With these KMS says no: the CMK's owner has withdrawn it, and what it wrapped must not be used any longer. */
const REFUSALS: ReadonlySet<KeyErrorCode> = new Set<KeyErrorCode>([
  'ENVELOPE_KMS_ACCESS_DENIED',
  'ENVELOPE_KMS_DISABLED',
  'ENVELOPE_KMS_INVALID_STATE',
  'ENVELOPE_KMS_NOT_FOUND',
])

/** A data key as KMS returned it. Whoever takes it wipes `dataKey`. */
export interface GivenDataKey {
  readonly dataKey: Uint8Array
  readonly wrappedKey: WrappedKey
  /** The configured id of the CMK that KMS was told to use. */
  readonly cmk: string
  /** The ARN of the CMK that KMS says it used. */
  readonly cmkArn: string
}

/** The KMS calls for data keys, with everything checked that must be before their answers are believed. */
export class CheckedKms {
  constructor(
    private readonly app: string,
    private readonly cmks: Cmks,
    private readonly gate: KmsGate,
    private readonly failures: UnwrapFailures,
    private readonly current: CurrentCmk,
    private readonly consents: CmkConsents,
    /** Told when KMS refuses a tenant's CMK, by its configured id. */
    private readonly refused: (tenant: string, cmk: string) => void,
  ) {}

  /** A new data key under the tenant's current CMK. */
  async generate(cmks: TenantCmks, context: KeyContext, limit: TimeLimit): Promise<GivenDataKey> {
    const { tenant } = context
    const cmk = cmks.current
    const consent = this.consents.fromNow()
    const { plaintext, wrapped } = await this.gate.run({
      tenant,
      operation: 'GenerateDataKey',
      cmk,
      limit,
      check: () => this.failures.checkCmk(tenant, cmk),
      call: (signal) =>
        this.#watched(tenant, cmk, async () => {
          const given = await cmks.kms.generateDataKey({
            keyId: cmk,
            encryptionContext: encryptionContext(this.app, context),
            signal,
          })
          return { wrapped: given.wrapped, plaintext: takeKey(given.plaintext) }
        }),
      discard: (late) => late.plaintext.fill(0),
    })
    return wipedOnThrow(plaintext, () => {
      assertKey(tenant, plaintext)
      assertUsed(tenant, cmk, wrapped.cmk.arn)
      const wrappedKey = newWrappedKey(context, wrapped)
      this.cmks.learn(tenant, cmk, wrapped.cmk.arn)
      this.current.learn(tenant, cmk, wrapped.cmk)
      this.consents.note(tenant, cmk, consent)
      return { dataKey: plaintext, wrappedKey, cmk, cmkArn: wrapped.cmk.arn }
    })
  }

  /**
   * The data key inside a wrapped one, which is the one that `id` names.
   *
   * @param check throws when the wrapped key need not be tried, now or after a wait for a place at KMS
   */
  async unwrap(
    cmks: TenantCmks,
    id: string,
    wrappedKey: WrappedKey,
    limit: TimeLimit,
    check?: () => void,
  ): Promise<GivenDataKey> {
    const { tenant } = wrappedKey.context
    const cmk = await this.cmks.cmkThatWrapped(tenant, cmks, wrappedKey, limit)
    const consent = this.consents.fromNow()
    const answer = await this.gate.run({
      tenant,
      operation: 'Decrypt',
      cmk,
      limit,
      check: () => {
        this.failures.checkCmk(tenant, cmk)
        check?.()
      },
      call: (signal) =>
        this.#watched(tenant, cmk, async () => {
          const given = await cmks.kms.unwrapDataKey({
            // A copy: the record is kept.
            blob: ownBuffer(wrappedKey.blob),
            keyId: cmk,
            encryptionContext: encryptionContext(this.app, wrappedKey.context),
            signal,
          })
          return { cmk: given.cmk, plaintext: takeKey(given.plaintext) }
        }).catch((error: unknown) => {
          throw isKeyArn(cmk) ? error : withAliasAdvice(error, wrappedKey)
        }),
      discard: (late) => late.plaintext.fill(0),
    })
    const { plaintext } = answer
    return wipedOnThrow(plaintext, () => {
      assertKey(tenant, plaintext)
      assertUsed(tenant, cmk, answer.cmk.arn)
      this.cmks.learn(tenant, cmk, answer.cmk.arn)
      // KMS has opened it, so the CMK is right and what the row says of it is not.
      if (!namesCmk(wrappedKey.wrapTag, answer.cmk.arn)) throw mismatch(tenant)
      if (dataKeyId(plaintext).toString('hex') !== id) throw mismatch(tenant)
      if (cmk === cmks.current) this.consents.note(tenant, cmk, consent)
      // What a row says of its CMK is not authenticated: what is kept, and sealed with, is what KMS says of it.
      assertMaterial(tenant, answer.cmk)
      const tag = retagged(wrappedKey.wrapTag, answer.cmk.arn, answer.cmk.keyMaterialId)
      return { dataKey: plaintext, wrappedKey: { ...wrappedKey, wrapTag: tag }, cmk, cmkArn: answer.cmk.arn }
    })
  }

  /**
   * The same data key under the current CMK. Not watched for refusals: a role may lack the right to re-encrypt, which
   * says nothing of the keys it may use.
   *
   * @param check throws when the wrapped key need not be tried, now or after a wait for a place at KMS
   */
  async rewrap(cmks: TenantCmks, wrappedKey: WrappedKey, limit: TimeLimit, check: () => void): Promise<WrappedKey> {
    const { context, blob } = wrappedKey
    const { tenant } = context
    assertMethod(cmks.kms, 'rewrapDataKey', tenant)
    const source = await this.cmks.cmkThatWrapped(tenant, cmks, wrappedKey, limit)
    const keyId = cmks.current
    const { wrapped, source: used } = await this.gate.run({
      tenant,
      operation: 'ReEncrypt',
      cmk: keyId,
      limit,
      check,
      call: (signal) =>
        cmks.kms.rewrapDataKey({
          // A copy: other rows are compared with these bytes.
          blob: ownBuffer(blob),
          sourceKeyId: source,
          keyId,
          encryptionContext: encryptionContext(this.app, context),
          signal,
        }),
    })
    assertUsed(tenant, source, used.arn)
    assertUsed(tenant, keyId, wrapped.cmk.arn)
    if (!namesCmk(wrappedKey.wrapTag, used.arn)) throw mismatch(tenant)
    this.cmks.learn(tenant, keyId, wrapped.cmk.arn)
    return newWrappedKey(context, wrapped)
  }

  /** Around the call itself, so that a refusal is heeded also when it comes after the timeout. */
  async #watched<T>(tenant: string, cmk: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call()
    } catch (error) {
      if (error instanceof EnvelopeKeyError && REFUSALS.has(error.code) && !error.retryable) {
        this.failures.rememberCmk(tenant, cmk, error)
        this.refused(tenant, cmk)
      }
      throw error
    }
  }
}

function wipedOnThrow<T>(dataKey: Uint8Array, take: () => T): T {
  try {
    return take()
  } catch (error) {
    dataKey.fill(0)
    throw error
  }
}

function assertKey(tenant: string, dataKey: Uint8Array): void {
  const fault = faultOf(dataKey)
  if (fault !== undefined) throw badResponse(tenant, fault)
}

/** Where the configured id names one key, KMS must have used that one. */
function assertUsed(tenant: string, cmk: string, arn: string): void {
  if (!mayStandFor(cmk, arn)) throw badResponse(tenant, 'answered with a different CMK than requested')
}

function assertMaterial(tenant: string, { keyMaterialId }: CmkVersion): void {
  if (keyMaterialId === undefined || isKeyMaterialId(keyMaterialId)) return
  throw badResponse(tenant, 'named a key material by something other than 64 lower-case hexadecimal digits')
}

function newWrappedKey(context: KeyContext, { blob, cmk }: WrappedDataKey): WrappedKey {
  assertMaterial(context.tenant, cmk)
  const wrappedKey = { context, wrapTag: wrapTag(cmk.arn, cmk.keyMaterialId), blob: ownBuffer(blob) }
  try {
    // What is sealed under a key whose wrapped key cannot be stored, or not be read again, would be lost.
    encodeWrappedKey(wrappedKey)
  } catch (error) {
    throw badResponse(context.tenant, `returned a wrapped data key that cannot be stored (${String(error)})`)
  }
  return wrappedKey
}

function badResponse(tenant: string, what: string): EnvelopeKeyError {
  return new EnvelopeKeyError('ENVELOPE_KMS_BAD_RESPONSE', `KMS ${what}. Check the KMS endpoint and provider.`, {
    tenant,
  })
}

function mismatch(tenant: string): EnvelopeKeyError {
  return new EnvelopeKeyError(
    'ENVELOPE_DATA_KEY_MISMATCH',
    'KMS unwrapped a different data key than the envelope names: its key section was altered or swapped. Restore the value from a backup.',
    { tenant },
  )
}

/** An alias may have been moved since: then the blob is sound, and only the configuration lacks the previous CMK. */
function withAliasAdvice(error: unknown, { context, wrapTag: tag }: WrappedKey): unknown {
  if (!(error instanceof EnvelopeKeyError) || error.code !== 'ENVELOPE_KMS_INVALID_CIPHERTEXT') return error
  return new EnvelopeKeyError(
    error.code,
    `${error.message} According to the envelope, it was wrapped under the CMK of the tag ${cmkTagText(tag)}. If the alias has moved, add the previous CMK: cmk: { current, previous: ['…'] }.`,
    { tenant: context.tenant },
    { cause: error.cause },
  )
}
