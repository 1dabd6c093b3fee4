import { LRUCache } from 'lru-cache'
import type { WrappedKeyRecord } from '../envelope/index.js'
import { EnvelopeConfigError, EnvelopeKeyError, EnvelopeTenantError } from '../errors.js'
import type { KmsProvider } from '../kms/provider.js'
import { type Clock, type Deadline, deadlineIn, hasPassed } from './clock.js'
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

const MAX_REMEMBERED = 10_000

/** Which CMKs a tenant's data keys may be wrapped under, and what their ARNs are. */
export class Cmks {
  /**
   * The ARN behind a tenant's configured id, as KMS last said. Aliases move, so it is not believed for ever; and one
   * alias may stand for another key in another tenant's account.
   */
  readonly #arns = new LRUCache<string, { arn: string; until: Deadline }>({ max: MAX_REMEMBERED })
  readonly #answers = new LRUCache<string, { cmks: TenantCmks; until: Deadline }>({ max: MAX_REMEMBERED })

  constructor(
    private readonly option: CmkOption,
    private readonly kms: KmsOption,
    private readonly gate: KmsGate,
    private readonly clock: Clock,
    private readonly revalidate: number,
  ) {}

  /**
   * At once where `cmk` answers at once, so that a change in it is seen by the next call; an asynchronous answer is
   * kept for `revalidate`.
   */
  of(tenant: string): TenantCmks | Promise<TenantCmks> {
    if (typeof this.option !== 'function') return this.#checked(tenant, this.option)
    const known = this.#answers.get(tenant)
    if (known !== undefined && !hasPassed(this.clock, known.until)) return known.cmks
    const answer = this.option(tenant)
    if (!isPromise(answer)) return this.#checked(tenant, answer)
    return answer.then((config) => {
      const cmks = this.#checked(tenant, config)
      this.#answers.set(tenant, { cmks, until: deadlineIn(this.clock, this.revalidate) })
      return cmks
    })
  }

  forget(tenant: string): void {
    this.#answers.delete(tenant)
    for (const known of this.#arns.keys()) if (known.startsWith(`${tenant}\0`)) this.#arns.delete(known)
  }

  /** KMS has just said which key this id stands for. */
  learn(tenant: string, keyId: string, arn: string): void {
    if (isKeyArn(keyId)) return
    this.#arns.set(`${tenant}\0${keyId}`, { arn, until: deadlineIn(this.clock, this.revalidate) })
  }

  /** The ARN behind a configured id, where it is known without asking. */
  arnOf(tenant: string, keyId: string): string | undefined {
    if (isKeyArn(keyId)) return keyId
    const known = this.#arns.get(`${tenant}\0${keyId}`)
    return known !== undefined && !hasPassed(this.clock, known.until) ? known.arn : undefined
  }

  /**
   * The configured id of the CMK that wrapped this data key.
   *
   * Never taken from the envelope: whoever can write to the database could otherwise have KMS asked to use a key of
   * their own. Throws `ENVELOPE_CMK_UNTRUSTED`.
   */
  async vouchedFor(tenant: string, cmks: TenantCmks, record: WrappedKeyRecord): Promise<string> {
    const [only, ...others] = cmks.vouched
    // KMS itself checks that the blob is under the key it is told to use, so a single unresolved alias costs no call.
    if (only !== undefined && others.length === 0 && this.arnOf(tenant, only) === undefined) return only
    for (const keyId of cmks.vouched) {
      const arn = this.arnOf(tenant, keyId)
      if (arn !== undefined && isSameKey(arn, record.cmkArn)) return keyId
    }
    for (const keyId of cmks.vouched) {
      if (this.arnOf(tenant, keyId) !== undefined) continue
      const { cmk } = await this.gate.run(tenant, 'DescribeKey', () => cmks.kms.describeKey({ keyId }))
      this.learn(tenant, keyId, cmk.arn)
      if (isSameKey(cmk.arn, record.cmkArn)) return keyId
    }
    throw untrusted(tenant, record.cmkArn)
  }

  #checked(tenant: string, config: CmkConfig | undefined): TenantCmks {
    if (config === undefined) {
      throw new EnvelopeTenantError(
        'ENVELOPE_TENANT_UNKNOWN',
        'cmk(tenant) knows no such tenant: create its CMK and add it to the configuration, or correct the tenant.',
        { tenant },
      )
    }
    const { current, previous = [] } = typeof config === 'string' ? { current: config } : config
    const vouched = [current, ...previous]
    if (!vouched.every((keyId) => typeof keyId === 'string' && keyId !== '')) {
      throw new EnvelopeConfigError(
        'ENVELOPE_CONFIG_INVALID',
        'cmk gives a key id, key ARN, alias name or alias ARN, or { current, previous: […] } of such.',
        { tenant },
      )
    }
    return { current, vouched, kms: typeof this.kms === 'function' ? this.kms(tenant) : this.kms }
  }
}

/** Whether two key ARNs name one key: the same one, or replicas of a multi-Region key in one account. */
export function isSameKey(a: string, b: string): boolean {
  if (a === b) return true
  const [, partitionA, , , accountA, keyA] = a.split(':')
  const [, partitionB, , , accountB, keyB] = b.split(':')
  return keyA !== undefined && keyA.startsWith('key/mrk-') && partitionA === partitionB && accountA === accountB && keyA === keyB
}

export function untrusted(tenant: string, arn: string): EnvelopeKeyError {
  return new EnvelopeKeyError(
    'ENVELOPE_CMK_UNTRUSTED',
    `The data key was wrapped under ${printable(arn)}, which the configuration does not vouch for. If it is this tenant's, add it: cmk: { current, previous: ['…'] }.`,
    { tenant },
  )
}

/** The ARN comes from the database: what is not an ARN is not repeated in an error or a log. */
function printable(arn: string): string {
  return /^[\x21-\x7e]{1,200}$/.test(arn) ? arn : 'a CMK with a damaged name'
}

function isKeyArn(keyId: string): boolean {
  return /^arn:[^:]*:kms:[^:]*:[^:]*:key\//.test(keyId)
}

function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof value === 'object' && value !== null && 'then' in value
}
