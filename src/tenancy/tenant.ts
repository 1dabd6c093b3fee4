import { EnvelopeTenantError } from '../errors.js'
import { quoted } from '../quoting/quote.js'

/** A tenant as callers may write it: what the tenant column holds. */
export type TenantId = string | number | bigint

/** Bytes of UTF-8. */
export const MAX_TENANT_LENGTH = 255

/**
 * Control characters, and what breaks a line: logs, and names that are joined by NUL, would take them for something else.
 * Invisible letters (Unicode Cf) are no such thing: Persian and emoji are written with them.
 */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}]/u

/**
 * The one spelling of a tenant that keys, envelopes and KMS see: its text, or an integer in decimal.
 *
 * Throws `ENVELOPE_TENANT_INVALID`.
 */
export function tenantText(tenant: unknown): string {
  const text = spelling(tenant)
  if (text === '') throw invalid('it is empty')
  if (!text.isWellFormed()) throw invalid('it is not well-formed Unicode')
  if (unprintable.test(text)) throw invalid('it holds a control character or a line break')
  if (Buffer.byteLength(text) > MAX_TENANT_LENGTH) throw invalid(`it is longer than ${MAX_TENANT_LENGTH} bytes`)
  return text
}

/** What no usual collation takes for another text: no letter case, no accents, no blanks at the end. */
const unmistakable = /^[a-z0-9._:@/+-]+$/

/**
 * Refuses a tenant that the database may take for another, whose rows a filter on the tenant column would then meet.
 * While every tenant is spelt in this way, none of two can be taken for the other.
 *
 * Throws `ENVELOPE_TENANT_INVALID`.
 */
export function refuseFolding(tenant: string): void {
  if (unmistakable.test(tenant)) return
  throw new EnvelopeTenantError(
    'ENVELOPE_TENANT_INVALID',
    'The usual collations of this database do not tell letter cases and accents apart, so that this tenant could be taken for another. ' +
      'Spell tenants in lower-case letters, digits and . _ : @ / + - there, or give the tenant columns a binary collation ' +
      'and write `/// @encrypted.tenant(collation: binary)` on them.',
    { tenant },
  )
}

function spelling(tenant: unknown): string {
  if (typeof tenant === 'string') return tenant
  if (typeof tenant === 'bigint') return tenant.toString()
  if (typeof tenant === 'number' && Number.isSafeInteger(tenant)) return tenant.toString()
  if (typeof tenant === 'object' && tenant !== null && 'then' in tenant) {
    throw invalid('it is a promise: await it first; the option `tenant` has to answer at once')
  }
  const kind = tenant === null ? 'null' : typeof tenant === 'number' ? 'not a whole number' : `of type ${typeof tenant}`
  throw invalid(`it is ${kind}`)
}

function invalid(why: string): EnvelopeTenantError {
  return new EnvelopeTenantError(
    'ENVELOPE_TENANT_INVALID',
    `This cannot be a tenant: ${why}. A tenant is a non-empty string of at most ${MAX_TENANT_LENGTH} bytes without control characters, or a whole number.`,
  )
}

const RANGES = { Int: [-(2n ** 31n), 2n ** 31n - 1n], BigInt: [-(2n ** 63n), 2n ** 63n - 1n] } as const

/**
 * Refuses what is not the one spelling of an integer: the database takes `-0`, `007` and `+7` for numbers that have another
 * name, and so another tenant's.
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
    `${column} is a column of type ${type}, so a tenant there is a whole number from ${least} to ${most}, in digits alone: 7, neither "007" nor a word. Give the number that the column holds.`,
    { tenant },
  )
}

/** For a client, or a call, that is one tenant's and was asked to be another's. */
export function boundAlready(tenant: string): EnvelopeTenantError {
  return new EnvelopeTenantError(
    'ENVELOPE_TENANT_BOUND',
    `This is already bound to tenant ${quoted(tenant)} and cannot be bound to another. Bind the client that is not bound yet.`,
    { tenant },
  )
}
