import { appTag, dataKeyId, encryptionContext, regionlessArn, type WrappedKey } from '../../envelope/index.js'
import { EnvelopeConfigError, EnvelopeError, EnvelopeKeyError } from '../../errors.js'
import { ownBuffer } from '../../memory/own-copy.js'
import { assertOwnApps } from '../another-apps.js'
import { isKeyArn } from '../cmks/cmk-arn.js'
import type { TenantCmks } from '../cmks/cmks.js'
import type { DataKeyLimits } from '../data-key-options.js'
import { takeKey } from '../gate/given-key.js'
import type { KmsGate } from '../gate/kms-gate.js'
import { timeLimit } from '../gate/time-limit.js'
import type { IndexKeys } from '../index/index-keys.js'
import type { KnownCmks } from './known-cmks.js'

/** A key that somebody wants to delete: whether an ARN is its own. Replicas of a multi-Region key are one key. */
export interface SoughtKey {
  readonly name: string
  is(arn: string): boolean
}

/** Whether KMS accepts a wrapped key under another CMK than one. */
export type Proof =
  | { readonly outcome: 'accepted' }
  /** KMS accepts it under that one alone. */
  | { readonly outcome: 'sought' }
  | { readonly outcome: 'failed'; readonly error: EnvelopeError }

/** Makes a call when its turn has come, and again where it may do better. */
export type Calling = <T>(call: () => Promise<T>) => Promise<T>

/** Asks KMS under which CMKs it accepts what. Nothing is kept, and no tag of a row is gone by. */
export class KeyProofs {
  readonly #appTag: number

  constructor(
    private readonly app: string,
    private readonly known: KnownCmks,
    private readonly gate: KmsGate,
    private readonly limits: Pick<DataKeyLimits, 'timeout'>,
    private readonly index: IndexKeys | undefined,
  ) {
    this.#appTag = appTag(app)
  }

  /**
   * @param key a key ARN, also without a Region, a key id, an alias or its ARN.
   * @throws `ENVELOPE_CONFIG_INVALID` for anything else, or what KMS says of an alias.
   */
  async sought(key: string): Promise<SoughtKey> {
    if (isKeyArn(key)) return { name: key, is: (arn) => regionlessArn(arn) === regionlessArn(key) }
    if (/^(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.test(key)) {
      return { name: key, is: (arn) => arn.endsWith(`:key/${key}`) }
    }
    if (!/^(alias\/|arn:[^:]*:kms:[^:]*:[^:]*:alias\/)./.test(key))
      throw invalid('must be a key ARN, a key id or an alias')
    const kms = this.known.sharedProvider
    if (kms === undefined)
      throw invalid(
        "must be a key ARN or a key id: `kms` is a function, and an alias may stand for a different key in each tenant's account",
      )
    const { arn } = (await this.known.describe('', { kms }, key)).cmk
    return { name: arn, is: (other) => regionlessArn(other) === regionlessArn(arn) }
  }

  /** Which key a configured id stands for, by itself or by what KMS says. */
  async arnOf(tenant: string, cmks: Pick<TenantCmks, 'kms'>, keyId: string): Promise<string> {
    return isKeyArn(keyId) ? keyId : (await this.known.describe(tenant, cmks, keyId)).cmk.arn
  }

  /**
   * The HMAC key of a tenant's index, or of what all tenants share: whether it is that key. `false` where there is none.
   */
  async isIndexKey(sought: SoughtKey, tenant: string | undefined): Promise<boolean> {
    const configured = this.index?.configured(tenant)
    return configured !== undefined && sought.is(await this.arnOf(tenant ?? '', configured, configured.keyId))
  }

  /**
   * Whether one of the tenant's configured CMKs other than that one unwraps it, to the data key of this id.
   *
   * @param calling makes each KMS call, at its own pace.
   */
  async prove(sought: SoughtKey, id: string, wrappedKey: WrappedKey, calling: Calling): Promise<Proof> {
    try {
      assertOwnApps(this.app, this.#appTag, wrappedKey)
      const { tenant } = wrappedKey.context
      const cmks = await this.known.of(tenant)
      const own: string[] = []
      let failure: EnvelopeError | undefined
      const unwrapped = async (keyId: string): Promise<string | undefined> => {
        try {
          return await calling(() => this.#unwrapped(cmks, keyId, id, wrappedKey))
        } catch (error) {
          failure = preferred(failure, known(error))
          return undefined
        }
      }
      let isSought = false
      for (const keyId of cmks.configured) {
        if (await this.#isItself(sought, tenant, cmks, keyId)) {
          own.push(keyId)
          continue
        }
        const arn = await unwrapped(keyId)
        // By the ARN that KMS says it used: an alias may have moved since it was described.
        if (arn !== undefined && !sought.is(arn)) return { outcome: 'accepted' }
        isSought ||= arn !== undefined
      }
      for (const keyId of isSought ? [] : own) isSought ||= (await unwrapped(keyId)) !== undefined
      return isSought || failure === undefined ? { outcome: 'sought' } : { outcome: 'failed', error: failure }
    } catch (error) {
      return { outcome: 'failed', error: known(error) }
    }
  }

  /** As far as is known without using it. */
  async #isItself(sought: SoughtKey, tenant: string, cmks: TenantCmks, keyId: string): Promise<boolean> {
    try {
      return sought.is(await this.arnOf(tenant, cmks, keyId))
    } catch (error) {
      known(error)
      return false
    }
  }

  /** The ARN of the CMK that KMS used. The data key is wiped at once. */
  async #unwrapped(cmks: TenantCmks, keyId: string, id: string, { context, blob }: WrappedKey): Promise<string> {
    const { tenant } = context
    const { arn, plaintext } = await this.gate.run({
      tenant,
      operation: 'Decrypt',
      cmk: keyId,
      limit: timeLimit(tenant, this.limits.timeout),
      call: async (signal) => {
        const given = await cmks.kms.unwrapDataKey({
          blob: ownBuffer(blob),
          keyId,
          encryptionContext: encryptionContext(this.app, context),
          signal,
        })
        return { arn: given.cmk.arn, plaintext: takeKey(given.plaintext) }
      },
      discard: (late) => late.plaintext.fill(0),
    })
    const found = dataKeyId(plaintext).toString('hex')
    plaintext.fill(0)
    if (found === id) return arn
    throw new EnvelopeKeyError(
      'ENVELOPE_DATA_KEY_MISMATCH',
      'KMS unwrapped a different data key than the envelope names: its key section was altered or swapped. Restore the value from a backup.',
      { tenant },
    )
  }
}

/** What is none of this library's is a fault of the provider. */
function known(error: unknown): EnvelopeError {
  if (error instanceof EnvelopeError) return error
  throw error
}

/** What says most: a refusal of the blob says no more than that it is another CMK's. */
function preferred(earlier: EnvelopeError | undefined, error: EnvelopeError): EnvelopeError {
  return earlier === undefined || earlier.code === 'ENVELOPE_KMS_INVALID_CIPHERTEXT' ? error : earlier
}

function invalid(what: string): EnvelopeConfigError {
  return new EnvelopeConfigError('ENVELOPE_CONFIG_INVALID', `$encryption.canDelete: the key ${what}.`)
}
