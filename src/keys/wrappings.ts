import { LRUCache } from 'lru-cache'
import type { WrappedKeyRecord } from '../envelope/index.js'
import type { CmkVersion } from '../kms/provider.js'
import { type Clock, type Deadline, deadlineIn, hasPassed } from './clock.js'
import { isSameKey } from './cmk-arn.js'
import type { TenantCmks } from './cmks.js'
import type { KmsGate } from './kms-gate.js'

const MAX_REMEMBERED = 10_000

/** What a tenant's current CMK is, as KMS last said, or the question that is on its way. */
interface Known {
  readonly cmk: string
  readonly until: Deadline
  version?: CmkVersion
  asked?: Promise<void>
}

/**
 * Whether a data key is wrapped as a new one would be: under the tenant's current CMK, with its newest key material.
 *
 * Told for free by every data key that is generated; else DescribeKey is asked, at most once a CMK and `revalidate`.
 */
export class Wrappings {
  readonly #known = new LRUCache<string, Known>({ max: MAX_REMEMBERED })

  constructor(
    private readonly gate: KmsGate,
    private readonly clock: Clock,
    private readonly revalidate: number,
  ) {}

  /** KMS has just wrapped a key under the tenant's current CMK. */
  learn(tenant: string, cmk: string, version: CmkVersion): void {
    this.#known.set(tenant, { cmk, version, until: deadlineIn(this.clock, this.revalidate) })
  }

  /** `undefined` while it is not known. A wrapping without a key material id is never stale for its material. */
  isStale(cmks: TenantCmks, record: WrappedKeyRecord): boolean | undefined {
    const version = this.#current(record.context.tenant, cmks)?.version
    if (version === undefined) return undefined
    if (!isSameKey(version.arn, record.cmkArn)) return true
    return (
      version.keyMaterialId !== undefined &&
      record.keyMaterialId !== undefined &&
      version.keyMaterialId !== record.keyMaterialId
    )
  }

  /** Asks KMS what the current CMK is. Where KMS does not say, nothing counts as stale until the next time to ask. */
  ask(tenant: string, cmks: TenantCmks): Promise<void> {
    const known = this.#current(tenant, cmks)
    if (known !== undefined) return known.asked ?? Promise.resolve()
    const asking: Known = { cmk: cmks.current, until: deadlineIn(this.clock, this.revalidate) }
    asking.asked = this.gate
      .run({ tenant, operation: 'DescribeKey', call: () => cmks.kms.describeKey({ keyId: cmks.current }) })
      .then(({ cmk }) => {
        asking.version = cmk
      })
    this.#known.set(tenant, asking)
    return asking.asked
  }

  forget(tenant: string): void {
    this.#known.delete(tenant)
  }

  #current(tenant: string, cmks: TenantCmks): Known | undefined {
    const known = this.#known.get(tenant)
    return known !== undefined && known.cmk === cmks.current && !hasPassed(this.clock, known.until) ? known : undefined
  }
}
