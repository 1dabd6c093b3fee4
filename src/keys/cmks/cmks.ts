import { LRUCache } from 'lru-cache'
import { cmkTagText, namesCmk, type WrappedKey } from '../../envelope/index.js'
import { EnvelopeConfigError, EnvelopeKeyError, EnvelopeTenantError } from '../../errors.js'
import type { KmsProvider } from '../../kms/provider.js'
import { providerFault } from '../../kms/provider-check.js'
import { isThenable, type MaybePromise } from '../../promises/maybe-promise.js'
import { type Clock, type Deadline, deadlineIn, hasPassed } from '../clock.js'
import type { DataKeyLimits } from '../data-key-options.js'
import type { KmsGate } from '../gate/kms-gate.js'
import { SharedWork } from '../gate/shared-work.js'
import { endOf, type LimitWhenNeeded, type TimeLimit, timeLimitWhenNeeded, within } from '../gate/time-limit.js'
import { CmkAliases, type DescribedCmk } from './cmk-aliases.js'
import { isKeyArn } from './cmk-arn.js'

/** A tenant's customer master keys: key ids, key ARNs, alias names or alias ARNs. */
export type CmkConfig =
  | string
  | {
      /** Wraps new data keys. */
      readonly current: string
      /** May still unwrap what was wrapped before. */
      readonly previous?: readonly string[]
    }

/**
 * One CMK for all, or a tenant's own; `undefined` for an unknown tenant. A promise must settle within `dataKeys.timeout`,
 * and may be asked for inside a transaction: a query that waits for a connection of the same pool may wait for itself.
 */
export type CmkOption = CmkConfig | ((tenant: string) => CmkConfig | undefined | Promise<CmkConfig | undefined>)

/** One provider for all, or a tenant's own, such as a client for the tenant's AWS account or Region; returned at once. */
export type KmsOption = KmsProvider | ((tenant: string) => KmsProvider)

/** The CMKs that are configured for one tenant. */
export interface TenantCmks {
  readonly current: string
  readonly configured: readonly string[]
  readonly kms: KmsProvider
}

/** What an asynchronous `cmk` answered, or is about to; believed until a time once it has. */
interface Answer {
  readonly work: SharedWork<TenantCmks>
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
    private readonly limits: Pick<DataKeyLimits, 'revalidate' | 'grace' | 'timeout'>,
  ) {
    this.#aliases = new CmkAliases(gate, clock, limits)
  }

  /**
   * At once where `cmk` answers at once, so that a change in it is seen by the next call; an asynchronous answer is
   * kept for `revalidate`, and asked for once however many wait for it.
   *
   * @param limit of a wait for an asynchronous answer.
   */
  of(
    tenant: string,
    limit: LimitWhenNeeded = timeLimitWhenNeeded(tenant, this.limits.timeout),
  ): MaybePromise<TenantCmks> {
    if (typeof this.option !== 'function') return this.#checked(tenant, this.option)
    const earlier = this.#answers.get(tenant)
    if (earlier !== undefined) {
      if (earlier.known === undefined) return earlier.work.wait(limit())
      if (!hasPassed(this.clock, earlier.known.until)) return earlier.known.cmks
    }
    const config = this.option(tenant)
    if (!isThenable(config)) return this.#checked(tenant, config)
    const own = limit()
    const remembered = (shared: TimeLimit) => this.#remembered(tenant, config, shared, () => answer)
    const answer: Answer = { work: new SharedWork(own, remembered, noAnswer) }
    this.#answers.set(tenant, answer)
    return answer.work.wait(own)
  }

  forget(tenant: string): void {
    this.#answers.delete(tenant)
    this.#aliases.forget(tenant)
  }

  /** KMS has just said which key this id stands for. */
  learn(tenant: string, keyId: string, arn: string): void {
    this.#aliases.learn(tenant, keyId, arn)
  }

  /** What KMS says of a CMK; asked once per CMK per `revalidate`, also where its alias was looked up already. */
  describe(tenant: string, kms: KmsProvider, keyId: string, limit: TimeLimit): Promise<DescribedCmk> {
    return this.#aliases.describe(tenant, kms, keyId, limit)
  }

  /** What KMS said of a CMK before it refused it says nothing any more. */
  forgetDescription(tenant: string, keyId: string): void {
    this.#aliases.forgetDescription(tenant, keyId)
  }

  /** The ARN that a configured id stood for when KMS last said so, however long ago. */
  lastArnOf(tenant: string, keyId: string): string | undefined {
    return this.#aliases.lastArnOf(tenant, keyId)
  }

  /** The ARN that a configured id stands for, if KMS has said so within `revalidate`. */
  arnOf(tenant: string, keyId: string): string | undefined {
    return this.#aliases.arnOf(tenant, keyId)
  }

  /**
   * The configured id of the CMK that wrapped this data key.
   *
   * Never taken from the envelope: whoever can write to the database could otherwise have KMS asked to use a key of
   * their own. Throws `ENVELOPE_CMK_UNTRUSTED`.
   */
  async cmkThatWrapped(tenant: string, cmks: TenantCmks, wrappedKey: WrappedKey, limit: TimeLimit): Promise<string> {
    const [only, ...others] = cmks.configured
    // KMS itself checks that the blob is under the key it is told to use, so a single alias costs no call; and where
    // it has moved, it works with the new key from the first row on.
    if (only !== undefined && others.length === 0 && !isKeyArn(only)) return only
    const wraps = (arn: string): boolean => namesCmk(wrappedKey.wrapTag, arn)
    // ARNs first: what an alias is remembered to stand for may be out of date.
    const byArn = cmks.configured.find((keyId) => isKeyArn(keyId) && wraps(keyId))
    if (byArn !== undefined) return byArn
    const byAlias = await this.#aliases.find(tenant, cmks.kms, cmks.configured, wraps, limit)
    if (byAlias !== undefined) return byAlias
    throw untrusted(tenant, wrappedKey)
  }

  async #remembered(
    tenant: string,
    config: PromiseLike<CmkConfig | undefined>,
    limit: TimeLimit,
    self: () => Answer,
  ): Promise<TenantCmks> {
    const until = deadlineIn(this.clock, this.limits.revalidate)
    try {
      // Otherwise one unanswered question would block the tenant for good: all later calls wait for the same answer.
      const cmks = this.#checked(tenant, await within(limit, config, noAnswer, endOf(limit)))
      self().known = { cmks, until }
      return cmks
    } catch (error) {
      if (this.#answers.peek(tenant) === self()) this.#answers.delete(tenant)
      throw error
    }
  }

  #checked(tenant: string, config: CmkConfig | undefined): TenantCmks {
    // null as well: that is what a look-up in a database returns where there is nothing, whatever the types say.
    if (config === undefined || config === null) {
      throw new EnvelopeTenantError(
        'ENVELOPE_TENANT_UNKNOWN',
        'cmk(tenant) returned nothing: there is no such tenant. Create its CMK and add it to the configuration, or correct the tenant.',
        { tenant },
      )
    }
    const { current, previous = [] } = typeof config === 'string' ? { current: config } : config
    const configured = Array.isArray(previous) ? [current, ...previous] : []
    if (configured.length === 0 || !configured.every((keyId) => typeof keyId === 'string' && keyId !== '')) {
      throw new EnvelopeConfigError(
        'ENVELOPE_CONFIG_INVALID',
        'cmk must be a key id, a key ARN, an alias name or an alias ARN, or { current, previous: […] } of these.',
        { tenant },
      )
    }
    return { current, configured, kms: providerFor(this.kms, tenant) }
  }
}

/** The provider of a tenant, or with the empty text of what all tenants share. Throws `ENVELOPE_CONFIG_INVALID`. */
export function providerFor(option: KmsOption, tenant: string): KmsProvider {
  if (typeof option !== 'function') return option
  const kms: KmsProvider = option(tenant)
  const about = tenant === '' ? {} : { tenant }
  // What a caller in plain JavaScript may return.
  if (isThenable(kms)) {
    throw new EnvelopeConfigError(
      'ENVELOPE_CONFIG_INVALID',
      'kms(tenant) returned a promise, but must return a provider synchronously: create the providers beforehand.',
      about,
    )
  }
  const fault = providerFault(kms)
  if (fault === undefined) return kms
  const whose = tenant === '' ? 'called with the empty text for what all tenants share' : 'as a function of the tenant'
  throw new EnvelopeConfigError('ENVELOPE_CONFIG_INVALID', `kms, ${whose}, ${fault}.`, about)
}

function noAnswer({ tenant, milliseconds }: TimeLimit): EnvelopeKeyError {
  return new EnvelopeKeyError(
    'ENVELOPE_KMS_UNAVAILABLE',
    `cmk(tenant) did not answer within ${milliseconds} ms (dataKeys.timeout); KMS was not asked. If it queries a database, it must not wait for a connection that this call's own transaction holds: give it a pool of its own, or answer from memory. The next call asks it again.`,
    { tenant, retryable: true },
  )
}

function untrusted(tenant: string, { wrapTag }: WrappedKey): EnvelopeKeyError {
  return new EnvelopeKeyError(
    'ENVELOPE_CMK_UNTRUSTED',
    `The data key was wrapped under a CMK that is not among the configured ones: its tag is ${cmkTagText(wrapTag)}, the first 6 bytes of the SHA-256 of its ARN, in base64. If it is this tenant's, add it: cmk: { current, previous: ['…'] }.`,
    { tenant },
  )
}
