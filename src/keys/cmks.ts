import { LRUCache } from 'lru-cache'
import type { WrappedKeyRecord } from '../envelope/index.js'
import { EnvelopeConfigError, EnvelopeKeyError, EnvelopeTenantError } from '../errors.js'
import type { KmsProvider } from '../kms/provider.js'
import { providerFault } from '../kms/provider-check.js'
import { type Clock, type Deadline, deadlineIn, hasPassed } from './clock.js'
import { CmkAliases, type DescribedCmk } from './cmk-aliases.js'
import { isKeyArn, isSameKey } from './cmk-arn.js'
import type { KmsGate } from './kms-gate.js'

/** A tenant's customer master keys: key ids, key ARNs, alias names or alias ARNs. */
export type CmkConfig =
  | string
  | {
      /** Wraps new data keys. */
      readonly current: string
      /** May still unwrap what was wrapped before. */
      readonly previous?: readonly string[]
    }

/** One CMK for all, or a tenant's own; `undefined` for a tenant that there is not. */
export type CmkOption = CmkConfig | ((tenant: string) => CmkConfig | undefined | Promise<CmkConfig | undefined>)

/** One provider for all, or a tenant's own, such as a client for the tenant's AWS account or Region. */
export type KmsOption = KmsProvider | ((tenant: string) => KmsProvider)

/** What the configuration vouches for, for one tenant. */
export interface TenantCmks {
  readonly current: string
  readonly vouched: readonly string[]
  readonly kms: KmsProvider
}

/** What an asynchronous `cmk` answered, or is about to; believed until a time once it has. */
interface Answer {
  readonly cmks: Promise<TenantCmks>
  known?: { readonly cmks: TenantCmks; readonly until: Deadline }
}

const MAX_REMEMBERED = 10_000

/** Which CMKs a tenant's data keys may be wrapped under. */
export class Cmks {
  readonly #aliases: CmkAliases
  readonly #answers = new LRUCache<string, Answer>({ max: MAX_REMEMBERED })

  constructor(
    private readonly option: CmkOption,
    private readonly kms: KmsOption,
    gate: KmsGate,
    private readonly clock: Clock,
    private readonly revalidate: number,
  ) {
    this.#aliases = new CmkAliases(gate, clock, revalidate)
  }

  /**
   * At once where `cmk` answers at once, so that a change in it is seen by the next call; an asynchronous answer is
   * kept for `revalidate`, and asked for once however many wait for it.
   */
  of(tenant: string): TenantCmks | Promise<TenantCmks> {
    if (typeof this.option !== 'function') return this.#checked(tenant, this.option)
    const earlier = this.#answers.get(tenant)
    if (earlier !== undefined) {
      if (earlier.known === undefined) return earlier.cmks
      if (!hasPassed(this.clock, earlier.known.until)) return earlier.known.cmks
    }
    const config = this.option(tenant)
    if (!isPromise(config)) return this.#checked(tenant, config)
    const answer: Answer = { cmks: this.#remembered(tenant, config, () => answer) }
    this.#answers.set(tenant, answer)
    return answer.cmks
  }

  forget(tenant: string): void {
    this.#answers.delete(tenant)
    this.#aliases.forget(tenant)
  }

  /** KMS has just said which key this id stands for. */
  learn(tenant: string, keyId: string, arn: string): void {
    this.#aliases.learn(tenant, keyId, arn)
  }

  /** What KMS says of a CMK; asked once a CMK and `revalidate`, also where its alias was looked up already. */
  describe(tenant: string, kms: KmsProvider, keyId: string): Promise<DescribedCmk> {
    return this.#aliases.describe(tenant, kms, keyId)
  }

  /** The ARN that a configured id stood for when KMS last said so, however long ago. */
  lastArnOf(tenant: string, keyId: string): string | undefined {
    return this.#aliases.lastArnOf(tenant, keyId)
  }

  /**
   * The configured id of the CMK that wrapped this data key.
   *
   * Never taken from the envelope: whoever can write to the database could otherwise have KMS asked to use a key of
   * their own. Throws `ENVELOPE_CMK_UNTRUSTED`.
   */
  async vouchedFor(tenant: string, cmks: TenantCmks, record: WrappedKeyRecord): Promise<string> {
    const [only, ...others] = cmks.vouched
    // KMS itself checks that the blob is under the key it is told to use, so a single alias costs no call; and where
    // it has moved, it works with the new key from the first row on.
    if (only !== undefined && others.length === 0 && !isKeyArn(only)) return only
    // ARNs first: what an alias is remembered to stand for may be out of date.
    const byArn = cmks.vouched.find((keyId) => isKeyArn(keyId) && isSameKey(keyId, record.cmkArn))
    if (byArn !== undefined) return byArn
    const byAlias = await this.#aliases.find(tenant, cmks.kms, cmks.vouched, record.cmkArn)
    if (byAlias !== undefined) return byAlias
    throw untrusted(tenant, record.cmkArn)
  }

  async #remembered(tenant: string, config: Promise<CmkConfig | undefined>, self: () => Answer): Promise<TenantCmks> {
    const until = deadlineIn(this.clock, this.revalidate)
    try {
      const cmks = this.#checked(tenant, await config)
      self().known = { cmks, until }
      return cmks
    } catch (error) {
      if (this.#answers.peek(tenant) === self()) this.#answers.delete(tenant)
      throw error
    }
  }

  #checked(tenant: string, config: CmkConfig | undefined): TenantCmks {
    // null as well: that is what a look-up in a database gives where there is nothing, whatever the types say.
    if (config === undefined || config === null) {
      throw new EnvelopeTenantError(
        'ENVELOPE_TENANT_UNKNOWN',
        'cmk(tenant) knows no such tenant: create its CMK and add it to the configuration, or correct the tenant.',
        { tenant },
      )
    }
    const { current, previous = [] } = typeof config === 'string' ? { current: config } : config
    const vouched = Array.isArray(previous) ? [current, ...previous] : []
    if (vouched.length === 0 || !vouched.every((keyId) => typeof keyId === 'string' && keyId !== '')) {
      throw new EnvelopeConfigError(
        'ENVELOPE_CONFIG_INVALID',
        'cmk gives a key id, key ARN, alias name or alias ARN, or { current, previous: […] } of such.',
        { tenant },
      )
    }
    if (typeof this.kms !== 'function') return { current, vouched, kms: this.kms }
    const kms = this.kms(tenant)
    const fault = providerFault(kms)
    if (fault === undefined) return { current, vouched, kms }
    throw new EnvelopeConfigError('ENVELOPE_CONFIG_INVALID', `kms, as a function of the tenant, ${fault}.`, { tenant })
  }
}

function untrusted(tenant: string, arn: string): EnvelopeKeyError {
  return new EnvelopeKeyError(
    'ENVELOPE_CMK_UNTRUSTED',
    `The data key was wrapped under ${printable(arn)}, which the configuration does not vouch for. If it is this tenant's, add it: cmk: { current, previous: ['…'] }.`,
    { tenant },
  )
}

/** The ARN comes from the database: what is not an ARN is not repeated in an error or a log. */
function printable(arn: string): string {
  return isKeyArn(arn) && /^[\x21-\x7e]{1,200}$/.test(arn) ? arn : 'a CMK with a damaged name'
}

function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof value === 'object' && value !== null && 'then' in value
}
