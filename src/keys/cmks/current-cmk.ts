import { LRUCache } from 'lru-cache'
import type { WrappedKey } from '../../envelope/index.js'
import { EnvelopeKeyError } from '../../errors.js'
import type { CmkVersion } from '../../kms/provider.js'
import { type Clock, type Deadline, deadlineIn, hasPassed } from '../clock.js'
import type { TimeLimit } from '../gate/time-limit.js'
import { CURRENT_CMK_REFUSED, CURRENT_CMK_RETRY } from '../timings.js'
import { isSameKey } from './cmk-arn.js'
import type { Cmks, TenantCmks } from './cmks.js'

const MAX_REMEMBERED = 10_000

/** What a tenant's current CMK is, as KMS last said; without a version where KMS would not say. */
interface Known {
  readonly cmk: string
  readonly until: Deadline
  readonly version?: CmkVersion
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
    this.#known.set(tenant, { cmk, version, until: deadlineIn(this.clock, this.revalidate) })
  }

  /**
   * `undefined` while KMS has to be asked. A wrapped key without a key material id is never stale for its material, and
   * none is stale while KMS does not say what the current CMK is.
   */
  isStale(cmks: TenantCmks, wrappedKey: WrappedKey): boolean | undefined {
    const known = this.#current(wrappedKey.context.tenant, cmks)
    if (known === undefined) return undefined
    const { version } = known
    if (version === undefined) return false
    if (!isSameKey(version.arn, wrappedKey.cmkArn)) return true
    return (
      version.keyMaterialId !== undefined &&
      wrappedKey.keyMaterialId !== undefined &&
      version.keyMaterialId !== wrappedKey.keyMaterialId
    )
  }

  /** Asks KMS what the current CMK is. Rejects where it does not say. */
  async ask(tenant: string, cmks: TenantCmks, limit: TimeLimit): Promise<void> {
    try {
      const { version, until } = await this.cmks.describe(tenant, cmks.kms, cmks.current, limit)
      this.#note(tenant, cmks, { cmk: cmks.current, version, until })
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
