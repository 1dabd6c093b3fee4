import { LRUCache } from 'lru-cache'
import type { CmkDescription, KmsProvider } from '../../kms/provider.js'
import type { CmkOption, Cmks, KmsOption, TenantCmks } from '../cmks/cmks.js'
import type { DataKeyLimits } from '../data-key-options.js'
import type { KmsGate } from '../gate/kms-gate.js'
import { timeLimit } from '../gate/time-limit.js'

const MAX_REMEMBERED = 10_000

/** What the configuration names, and what KMS says of it now: for reports, not for calls. */
export class KnownCmks {
  /** One question for each CMK, however many tenants have it. */
  #described = new WeakMap<KmsProvider, LRUCache<string, Promise<CmkDescription>>>()

  constructor(
    private readonly cmks: Cmks,
    private readonly options: { readonly kms: KmsOption; readonly cmk: CmkOption },
    private readonly gate: KmsGate,
    private readonly limits: Pick<DataKeyLimits, 'timeout'>,
  ) {}

  /** Rejects with `ENVELOPE_TENANT_UNKNOWN`, or what `cmk(tenant)` throws. */
  async of(tenant: string): Promise<TenantCmks> {
    return this.cmks.of(tenant)
  }

  /** The CMKs of all tenants; `undefined` where each has its own. */
  async ofAll(): Promise<TenantCmks | undefined> {
    return typeof this.options.cmk === 'function' ? undefined : this.cmks.of('')
  }

  /** The provider of all tenants; `undefined` where each has its own. */
  get sharedProvider(): KmsProvider | undefined {
    return typeof this.options.kms === 'function' ? undefined : this.options.kms
  }

  /** What KMS has said is asked again from now on. */
  refresh(): void {
    this.#described = new WeakMap()
  }

  /** Whether KMS would have to be asked. */
  isDescribed({ kms }: TenantCmks, keyId: string): boolean {
    return this.#described.get(kms)?.has(keyId) === true
  }

  /** Rejects with what KMS says, which is not kept. */
  describe(tenant: string, { kms }: Pick<TenantCmks, 'kms'>, keyId: string): Promise<CmkDescription> {
    const known = this.#described.get(kms) ?? new LRUCache<string, Promise<CmkDescription>>({ max: MAX_REMEMBERED })
    this.#described.set(kms, known)
    const earlier = known.get(keyId)
    if (earlier !== undefined) return earlier
    const described = this.gate.run({
      tenant,
      operation: 'DescribeKey',
      cmk: keyId,
      limit: timeLimit(tenant, this.limits.timeout),
      call: (signal) => kms.describeKey({ keyId, signal }),
    })
    known.set(keyId, described)
    described.catch(() => known.delete(keyId))
    return described
  }
}
