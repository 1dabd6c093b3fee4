import { dataKeyId, TENANT_SCOPE } from '../../envelope/index.js'
import { EnvelopeError, type EnvelopeErrorCode, EnvelopeKeyError } from '../../errors.js'
import type { Clock } from '../clock.js'
import type { Cmks, TenantCmks } from '../cmks/cmks.js'
import type { DataKeyLimits } from '../data-key-options.js'
import { type TimeLimit, timeLimit } from '../gate/time-limit.js'
import type { IndexKeys } from '../index/index-keys.js'
import type { CheckedKms } from '../kms-calls/checked-kms.js'

const HOUR = 3_600_000

/** What KMS did with the keys of one tenant: `error` where it did not do it. */
export interface ExaminedKey {
  readonly check: 'cmk' | 'data-key' | 'rewrap' | 'index-key'
  /** The configured id, where it is about one CMK. */
  readonly cmk?: string
  /** What was seen. */
  readonly seen?: string
  readonly error?: { readonly code: EnvelopeErrorCode | undefined; readonly message: string }
}

/** The parts of a client's keys that this asks. */
export interface ExaminedParts {
  readonly appTag: number
  readonly limits: DataKeyLimits
  readonly clock: Clock
  readonly cmks: Cmks
  readonly kms: CheckedKms
  readonly index: IndexKeys | undefined
}

/**
 * Has KMS do all that a tenant's data needs, with new keys that nothing is sealed under: DescribeKey for each configured
 * CMK, GenerateDataKey and Decrypt with the encryption context, ReEncrypt, and GenerateMac where there are indexes. Never
 * rejects.
 */
export async function examineTenant(parts: ExaminedParts, tenant: string): Promise<ExaminedKey[]> {
  const { cmks, index, limits } = parts
  const limit = (): TimeLimit => timeLimit(tenant, limits.timeout)
  const found: ExaminedKey[] = []
  const tried = async (check: ExaminedKey['check'], work: () => Promise<string>, cmk?: string): Promise<boolean> => {
    const about = { check, ...(cmk !== undefined && { cmk }) }
    try {
      found.push({ ...about, seen: await work() })
      return true
    } catch (error) {
      const code = error instanceof EnvelopeError ? error.code : undefined
      found.push({ ...about, error: { code, message: error instanceof Error ? error.message : String(error) } })
      return false
    }
  }
  let known: TenantCmks | undefined
  try {
    known = await cmks.of(tenant)
  } catch (error) {
    await tried('cmk', () => Promise.reject(error))
    return found
  }
  const configured = known
  // First: a KMS for development makes a key when it is first used.
  await tried('data-key', () => roundTrip(parts, tenant, configured, limit()))
  await tried('rewrap', () => rewrapped(parts, tenant, configured, limit()))
  for (const cmk of configured.configured) {
    await tried(
      'cmk',
      async () => {
        // Not what it said a while ago.
        cmks.forgetDescription(tenant, cmk)
        const { version, state, enabled } = await cmks.describe(tenant, configured.kms, cmk, limit())
        if (!enabled) throw notEnabled(tenant, version.arn, state)
        return `${version.arn}, ${state}`
      },
      cmk,
    )
  }
  if (index !== undefined) {
    await tried('index-key', async () => {
      // Compares the pinned check value, where there is one.
      await index.with(tenant, () => undefined)
      return `check ${await index.check(tenant)}`
    })
  }
  return found
}

async function roundTrip(parts: ExaminedParts, tenant: string, cmks: TenantCmks, limit: TimeLimit): Promise<string> {
  const { wrappedKey, id } = await newKey(parts, tenant, cmks, limit)
  const { dataKey } = await parts.kms.unwrap(cmks, id, wrappedKey, limit)
  dataKey.fill(0)
  return 'a new data key was wrapped and unwrapped'
}

async function rewrapped(parts: ExaminedParts, tenant: string, cmks: TenantCmks, limit: TimeLimit): Promise<string> {
  const { wrappedKey } = await newKey(parts, tenant, cmks, limit)
  await parts.kms.rewrap(cmks, wrappedKey, limit, () => {})
  return 'a new data key was rewrapped'
}

/** A data key that is wiped at once: what KMS made of it is left. */
async function newKey({ appTag, clock, kms }: ExaminedParts, tenant: string, cmks: TenantCmks, limit: TimeLimit) {
  const context = { appTag, tenant, scope: TENANT_SCOPE, createdHour: Math.floor(clock.wall() / HOUR) }
  const { dataKey, wrappedKey } = await kms.generate(cmks, context, limit)
  const id = dataKeyId(dataKey).toString('hex')
  dataKey.fill(0)
  return { wrappedKey, id }
}

function notEnabled(tenant: string, arn: string, state: string): EnvelopeKeyError {
  return new EnvelopeKeyError(
    state === 'Disabled' ? 'ENVELOPE_KMS_DISABLED' : 'ENVELOPE_KMS_INVALID_STATE',
    `${arn} is in the state ${state}: what it wrapped cannot be opened. Enable it, or cancel its deletion.`,
    { tenant },
  )
}
