import { LRUCache } from 'lru-cache'
import { EnvelopeKeyError } from '../../errors.js'
import type { CmkVersion, KmsProvider } from '../../kms/provider.js'
import { type Clock, type Deadline, deadlineIn, hasPassed } from '../clock.js'
import { type Trust, trustFromNow } from '../data-key.js'
import type { DataKeyLimits } from '../data-key-options.js'
import { errorOf, type KeptFailure, keptFailure } from '../failures/kept-failure.js'
import type { KmsGate } from '../gate/kms-gate.js'
import { SharedWork } from '../gate/shared-work.js'
import { noTimeLeft, type TimeLimit } from '../gate/time-limit.js'
import { ALIAS_REFUSED } from '../timings.js'
import { isKeyArn } from './cmk-arn.js'

const MAX_REMEMBERED = 10_000

/** What KMS said of a CMK, and until when that is believed. */
export interface DescribedCmk {
  readonly version: CmkVersion
  readonly state: string
  readonly enabled: boolean
  readonly until: Trust
}

/** What was answered, is about to be, or was refused. */
interface Description {
  readonly answered: SharedWork<DescribedCmk> | KeptFailure
  readonly until: Deadline
}

/** What an id stood for when KMS last said so, and until when that is believed. */
interface KnownArn extends Deadline {
  readonly arn: string
}

/**
 * Which keys a tenant's aliases and bare key ids stand for, as KMS last said.
 *
 * Aliases move, so no answer is believed for good; and one alias may stand for another key in another tenant's account.
 */
export class CmkAliases {
  readonly #arns = new LRUCache<string, KnownArn>({ max: MAX_REMEMBERED })
  /** Questions asked and on their way: one DescribeKey per CMK and `revalidate`, however many rows wait for it. */
  readonly #described = new LRUCache<string, Description>({ max: MAX_REMEMBERED })

  constructor(
    private readonly gate: KmsGate,
    private readonly clock: Clock,
    private readonly limits: Pick<DataKeyLimits, 'revalidate' | 'grace'>,
  ) {}

  learn(tenant: string, keyId: string, arn: string): void {
    if (isKeyArn(keyId)) return
    const { wall, monotonic } = deadlineIn(this.clock, this.limits.revalidate)
    this.#arns.set(nameOf(tenant, keyId), { arn, wall, monotonic })
  }

  lastArnOf(tenant: string, keyId: string): string | undefined {
    return isKeyArn(keyId) ? keyId : this.#arns.get(nameOf(tenant, keyId))?.arn
  }

  /** The same, if that is believed still. */
  arnOf(tenant: string, keyId: string): string | undefined {
    if (isKeyArn(keyId)) return keyId
    const known = this.#arns.get(nameOf(tenant, keyId))
    return known !== undefined && !hasPassed(this.clock, known) ? known.arn : undefined
  }

  /** The first of `keyIds` that stands for an ARN that is asked for: one that is known to, else one of which KMS says so now. */
  async find(
    tenant: string,
    kms: KmsProvider,
    keyIds: readonly string[],
    isWanted: (arn: string) => boolean,
    limit: TimeLimit,
  ): Promise<string | undefined> {
    const aliases = keyIds.filter((keyId) => !isKeyArn(keyId))
    const known = aliases.find((keyId) => this.#isKnownAs(tenant, keyId, isWanted))
    if (known !== undefined) return known
    let refusal: unknown
    for (const keyId of aliases) {
      try {
        await this.describe(tenant, kms, keyId, limit)
      } catch (error) {
        // One CMK that is gone must not hide the others. An outage says nothing of any: better to fail now.
        if (!(error instanceof EnvelopeKeyError) || error.retryable) throw error
        refusal ??= error
      }
      // Not by the description's own words, which are as old as the question: KMS may have said otherwise since.
      if (this.#isKnownAs(tenant, keyId, isWanted)) return keyId
    }
    if (refusal !== undefined) throw refusal
    return undefined
  }

  forget(tenant: string): void {
    for (const remembered of [this.#arns, this.#described]) {
      for (const name of [...remembered.keys()]) if (name.startsWith(nameOf(tenant, ''))) remembered.delete(name)
    }
  }

  forgetDescription(tenant: string, keyId: string): void {
    this.#described.delete(nameOf(tenant, keyId))
  }

  #isKnownAs(tenant: string, keyId: string, isWanted: (arn: string) => boolean): boolean {
    const known = this.arnOf(tenant, keyId)
    return known !== undefined && isWanted(known)
  }

  /** What a configured id stands for, and with which key material. For a key ARN, only the latter is unknown. */
  describe(tenant: string, kms: KmsProvider, keyId: string, limit: TimeLimit): Promise<DescribedCmk> {
    const name = nameOf(tenant, keyId)
    const earlier = this.#described.get(name)
    if (earlier !== undefined && !hasPassed(this.clock, earlier.until)) {
      const { answered } = earlier
      return answered instanceof SharedWork ? answered.wait(limit) : Promise.reject(errorOf(answered))
    }
    const until = trustFromNow(this.clock, this.limits)
    const ask = async (shared: TimeLimit): Promise<DescribedCmk> => {
      try {
        const { cmk, state, enabled } = await this.gate.run({
          tenant,
          operation: 'DescribeKey',
          cmk: keyId,
          limit: shared,
          call: (signal) => kms.describeKey({ keyId, signal }),
        })
        this.learn(tenant, keyId, cmk.arn)
        return { version: cmk, state, enabled, until }
      } catch (error) {
        if (this.#described.peek(name)?.answered === answered) this.#noteFailure(name, error)
        throw error
      }
    }
    const answered = new SharedWork(limit, ask, noTimeLeft)
    this.#described.set(name, { answered, until })
    return answered.wait(limit)
  }

  #noteFailure(name: string, error: unknown): void {
    if (error instanceof EnvelopeKeyError && !error.retryable) {
      this.#described.set(name, {
        answered: keptFailure(error),
        until: deadlineIn(this.clock, Math.min(ALIAS_REFUSED, this.limits.revalidate)),
      })
    } else {
      this.#described.delete(name)
    }
  }
}

function nameOf(tenant: string, keyId: string): string {
  return `${tenant}\0${keyId}`
}
