import { EnvelopeTenantError } from '../errors.js'
import { isThenable } from '../promises/maybe-promise.js'
import { quoted } from '../quoting/quote.js'

/** A tenant as callers may write it: the value of the tenant column. */
export type TenantId = string | number | bigint

/** Bytes of UTF-8. */
const MAX_TENANT_LENGTH = 255

/**
 * Control characters and line separators: logs, and names that are joined by NUL, would misread them. Invisible
 * characters (Unicode Cf) are allowed: Persian and emoji need them.
 */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}]/u

/**
 * The canonical spelling of a tenant that keys, envelopes and KMS see: its text, or an integer in decimal.
 *
 * Throws `ENVELOPE_TENANT_INVALID`.
 */
export function tenantText(tenant: unknown): string {
  const text = spelling(tenant)
  if (text === '') throw invalid('it is empty')
  if (!text.isWellFormed()) throw invalid('it is not well-formed Unicode')
  if (unprintable.test(text)) throw invalid('it contains a control character or a line break')
  if (Buffer.byteLength(text) > MAX_TENANT_LENGTH) throw invalid(`it is longer than ${MAX_TENANT_LENGTH} bytes`)
  return text
}

/** Text that no common collation treats as equal to another: no upper case, no accents, no trailing blanks. */
const unmistakable = /^[a-z0-9._:@/+-]+$/

/**
 * Refuses a tenant that the database may treat as equal to another one, whose rows a filter on the tenant column would then
 * match. If every tenant is spelt this way, no two are equal.
 *
 * Throws `ENVELOPE_TENANT_INVALID`.
 */
export function refuseFolding(tenant: string): void {
  if (unmistakable.test(tenant)) return
  throw new EnvelopeTenantError(
    'ENVELOPE_TENANT_INVALID',
    "This tenant could match another tenant's rows: the default collations of this database ignore case and accents. " +
      'Spell tenants in lower-case letters, digits and . _ : @ / + -, or give the tenant columns a binary collation ' +
      'and write `/// @encrypted.tenant(collation: binary)` on them.',
    { tenant },
  )
}

function spelling(tenant: unknown): string {
  if (typeof tenant === 'string') return tenant
  if (typeof tenant === 'bigint') return tenant.toString()
  if (typeof tenant === 'number' && Number.isSafeInteger(tenant)) return tenant.toString()
  if (isThenable(tenant)) {
    throw invalid('it is a promise. Await it first; the option `tenant` must return synchronously')
  }
  const kind = tenant === null ? 'null' : typeof tenant === 'number' ? 'not a safe integer' : `of type ${typeof tenant}`
  throw invalid(`it is ${kind}`)
}

function invalid(why: string): EnvelopeTenantError {
  return new EnvelopeTenantError(
    'ENVELOPE_TENANT_INVALID',
    `Invalid tenant: ${why}. A tenant must be a non-empty string of at most ${MAX_TENANT_LENGTH} bytes without control characters, or an integer.`,
  )
}

const RANGES = { Int: [-(2n ** 31n), 2n ** 31n - 1n], BigInt: [-(2n ** 63n), 2n ** 63n - 1n] } as const

/**
 * Refuses an integer that is not in its canonical spelling: the database reads `-0`, `007` and `+7` as numbers that are
 * spelt differently, and so as a different tenant.
 *
 * Throws `ENVELOPE_TENANT_INVALID`.
 */
export function refuseOtherSpelling(column: string, type: keyof typeof RANGES, tenant: string): void {
  // Within every range, as most are.
  if (/^(0|-?[1-9]\d{0,8})$/.test(tenant)) return
  const [least, most] = RANGES[type]
  if (/^-?[1-9]\d*$/.test(tenant) && least <= BigInt(tenant) && BigInt(tenant) <= most) return
  throw new EnvelopeTenantError(
    'ENVELOPE_TENANT_INVALID',
    `Invalid tenant: ${column} is of type ${type}, so a tenant must be an integer from ${least} to ${most} in canonical form, such as 7, not "007". Pass the number that the column holds.`,
    { tenant },
  )
}

/** For a client or a call that is bound to one tenant and was asked to act for a different one. */
export function boundAlready(tenant: string): EnvelopeTenantError {
  return new EnvelopeTenantError(
    'ENVELOPE_TENANT_BOUND',
    `This is already bound to tenant ${quoted(tenant)} and cannot be bound to a different one. Call $forTenant on the unbound client.`,
    { tenant },
  )
}
