import { LRUCache } from 'lru-cache'
import { isOtherMaterial, isSameCmk, type WrappedKey, wrapTag } from '../../envelope/index.js'
import { EnvelopeKeyError } from '../../errors.js'
import type { CmkVersion } from '../../kms/provider.js'
import { ownBuffer } from '../../memory/own-copy.js'
import { type Clock, type Deadline, deadlineIn, hasPassed } from '../clock.js'
import type { TimeLimit } from '../gate/time-limit.js'
import { CURRENT_CMK_REFUSED, CURRENT_CMK_RETRY } from '../timings.js'
import type { Cmks, TenantCmks } from './cmks.js'

const MAX_REMEMBERED = 10_000

/** What a tenant's current CMK is, as KMS last said; without a wrap tag where KMS would not say. */
interface Known {
  readonly cmk: string
  readonly until: Deadline
  /** The wrap tag of a data key that is wrapped now. */
  readonly wrapTag?: Buffer
}

/**
 * Whether a data key is wrapped as a new one would be: under the tenant's current CMK, with its newest key material.
 *
 * Told for free by every data key that is generated; else DescribeKey is asked, at most once per CMK per `revalidate`.
 */
export class CurrentCmk {
  readonly #known = new LRUCache<string, Known>({ max: MAX_REMEMBERED })

  constructor(
    private readonly cmks: Cmks,
    private readonly clock: Clock,
    private readonly revalidate: number,
  ) {}

  /** KMS has just wrapped a key under the tenant's current CMK. */
  learn(tenant: string, cmk: string, version: CmkVersion): void {
    this.#known.set(tenant, { cmk, wrapTag: tagOf(version), until: deadlineIn(this.clock, this.revalidate) })
  }

  /**
   * `undefined` while KMS has to be asked. A wrapped key that names no key material is never stale for its material, and
   * none is stale while KMS does not say what the current CMK is.
   */
  isStale(cmks: TenantCmks, wrappedKey: WrappedKey): boolean | undefined {
    const known = this.#current(wrappedKey.context.tenant, cmks)
    if (known === undefined) return undefined
    if (known.wrapTag === undefined) return false
    return !isSameCmk(known.wrapTag, wrappedKey.wrapTag) || isOtherMaterial(known.wrapTag, wrappedKey.wrapTag)
  }

  /** Asks KMS what the current CMK is. Rejects where it does not say. */
  async ask(tenant: string, cmks: TenantCmks, limit: TimeLimit): Promise<void> {
    try {
      const { version, until } = await this.cmks.describe(tenant, cmks.kms, cmks.current, limit)
      this.#note(tenant, cmks, { cmk: cmks.current, wrapTag: tagOf(version), until })
    } catch (error) {
      const passing = error instanceof EnvelopeKeyError && error.retryable
      this.#note(tenant, cmks, {
        cmk: cmks.current,
        until: deadlineIn(this.clock, passing ? CURRENT_CMK_RETRY : CURRENT_CMK_REFUSED),
      })
      throw error
    }
  }

  forget(tenant: string): void {
    this.#known.delete(tenant)
  }

  /** Unless KMS has said since, with a data key that it wrapped: a description is as old as the question. */
  #note(tenant: string, cmks: TenantCmks, known: Known): void {
    if (this.#current(tenant, cmks) === undefined) this.#known.set(tenant, known)
  }

  #current(tenant: string, cmks: TenantCmks): Known | undefined {
    const known = this.#known.get(tenant)
    return known !== undefined && known.cmk === cmks.current && !hasPassed(this.clock, known.until) ? known : undefined
  }
}

function tagOf({ arn, keyMaterialId }: CmkVersion): Buffer {
  return ownBuffer(wrapTag(arn, keyMaterialId))
}
