import { LRUCache } from 'lru-cache'
import { EnvelopeKeyError } from '../../errors.js'
import { quoted } from '../../quoting/quote.js'
import { type Clock, hasPassed } from '../clock.js'
import { type Trust, trustFromNow } from '../data-key.js'
import type { UnwrapFailures } from '../failures/unwrap-failures.js'
import type { TimeLimit } from '../gate/time-limit.js'
import type { Cmks, TenantCmks } from './cmks.js'

const MAX_REMEMBERED = 10_000

/**
 * After these a data key decides: DescribeKey may not be permitted, and a KMS that makes keys at first use (the embedded
 * one does, when asked to) makes them for a data key, not for a question.
 */
const ASK_BY_DATA_KEY: ReadonlySet<string> = new Set(['ENVELOPE_KMS_ACCESS_DENIED', 'ENVELOPE_KMS_NOT_FOUND'])

/**
 * Until when a tenant's current CMK is known to work: the owner's consent to everything that is done for this tenant
 * without that CMK, which is its searches. Their keys come from an HMAC key that all tenants may share, so that disabling
 * the CMK would not end them.
 *
 * Told for free by every data key that KMS generates or unwraps under it; else DescribeKey is asked, at most once per
 * tenant per `revalidate`; and where that is not permitted, or finds no CMK, a data key.
 */
export class CmkConsents {
  readonly #given = new LRUCache<string, { readonly cmk: string; readonly trust: Trust }>({ max: MAX_REMEMBERED })

  constructor(
    private readonly cmks: Cmks,
    private readonly clock: Clock,
    private readonly limits: { readonly revalidate: number; readonly grace: number },
    private readonly failures: UnwrapFailures,
    /** Told when KMS says that a tenant's CMK does not work, by its configured id. */
    private readonly refused: (tenant: string, cmk: string) => void,
  ) {}

  /** Trust in an answer to what KMS is asked from now on. */
  fromNow(): Trust {
    return trustFromNow(this.clock, this.limits)
  }

  /** KMS has generated or unwrapped a data key under this CMK. */
  note(tenant: string, cmk: string, trust: Trust): void {
    this.#given.set(tenant, { cmk, trust })
  }

  forget(tenant: string): void {
    this.#given.delete(tenant)
  }

  /**
   * Rejects with what KMS refuses the CMK with, or with its outage.
   *
   * @param byDataKey has KMS unwrap or generate a data key of this tenant under its current CMK.
   */
  async of(tenant: string, limit: TimeLimit, byDataKey: (cmks: TenantCmks) => Promise<Trust>): Promise<Trust> {
    const cmks = await this.cmks.of(tenant, () => limit)
    const given = this.#given.get(tenant)
    if (given?.cmk === cmks.current && !hasPassed(this.clock, given.trust)) return given.trust
    // What KMS refused a moment ago, by whatever call, is refused here too, and not asked about again.
    this.failures.checkCmk(tenant, cmks.current)
    try {
      const { state, enabled, until } = await this.cmks.describe(tenant, cmks.kms, cmks.current, limit)
      if (enabled) return until
      const refusal = notEnabled(tenant, state)
      if (!refusal.retryable) {
        this.failures.rememberCmk(tenant, cmks.current, refusal)
        this.refused(tenant, cmks.current)
      }
      throw refusal
    } catch (error) {
      if (!(error instanceof EnvelopeKeyError) || !ASK_BY_DATA_KEY.has(error.code)) throw error
      return byDataKey(cmks)
    }
  }
}

function notEnabled(tenant: string, state: string): EnvelopeKeyError {
  return new EnvelopeKeyError(
    state === 'Disabled' ? 'ENVELOPE_KMS_DISABLED' : 'ENVELOPE_KMS_INVALID_STATE',
    `KMS says that the CMK of this tenant is ${quoted(state)}, so its indexes may not be searched or written. Enable the CMK (EnableKey); where it is pending deletion, cancel that first (CancelKeyDeletion).`,
    // A new replica of a multi-Region key: it will work in a minute, and nobody took it away.
    { tenant, retryable: state === 'Creating' },
  )
}
