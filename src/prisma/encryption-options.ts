import { type SuiteName, suites } from '../envelope/index.js'
import { EnvelopeConfigError } from '../errors.js'
import type { CmkOption, DataKeyOptions, IndexCmkOption, KmsOption } from '../keys/index.js'
import { assertMethod, providerFault } from '../kms/provider-check.js'
import { type OptionNames, refuseUnknownOptions } from '../options/known-options.js'
import type { ModelMap } from '../schema/model-map.js'
import { type TenantId, tenantText } from '../tenancy/index.js'
import type { EventListener } from './events.js'
import { isObject } from './objects.js'
import { PRISMA_ARGUMENTS } from './query/index.js'

/** The options of {@link fieldEncryption}. */
export interface FieldEncryptionOptions<M extends ModelMap = ModelMap> {
  /** `encryptedModels` from the module that the generator wrote. */
  models: M
  /**
   * The application's name, at most 255 bytes. It is part of every data key's KMS encryption context, so that a key
   * policy can be limited to it. Frozen: rows that were sealed under another name are refused, `ENVELOPE_APP_MISMATCH`.
   */
  app: string
  /** The KMS provider: one for all tenants, or a function that returns a tenant's own. Called with `''` for global indexes. */
  kms: KmsOption
  /**
   * The CMK that wraps a tenant's data keys: one for all, or a function that returns a tenant's own; `{ current, previous }`
   * while one replaces another. A function returns `undefined` for an unknown tenant.
   */
  cmk: CmkOption
  /**
   * The KMS HMAC_256 key behind the blind indexes: one for all tenants, or a tenant's own; needed when the schema has
   * `@encrypted.index`. Pin its check value, so that a moved alias is noticed: `{ keyId, check }`.
   */
  indexCmk?: IndexCmkOption
  /**
   * Whether rows that are read or returned contain their index columns: `'omit'` leaves them out unless they are requested
   * by name (`select: { emailIndex: true }`, `omit: { emailIndex: false }`), so that tokens do not reach an API's
   * responses. The types still have them. Default: `'keep'`.
   */
  indexColumns?: 'keep' | 'omit'
  /**
   * Compare index columns with the values that are read beside them, and fail with `ENVELOPE_INDEX_MISMATCH` where one
   * does not match. Default: `false`.
   */
  verifyIndexes?: boolean
  /** How long data keys are used, trusted and cached. */
  dataKeys?: DataKeyOptions
  /** The suite that seals new values. Values of both suites can always be opened. Default: `'aes-256-gcm'`. */
  suite?: SuiteName
  /**
   * The tenant where neither the row nor `$forTenant` nor `runWithTenant` sets one: a constant for an application with
   * one tenant, or a function that reads the application's own request context.
   *
   * It decides which tenant owns a value, and limits updates to that tenant's rows. It does not limit reads and deletes,
   * which only `$forTenant` and `runWithTenant` do: an application with several tenants should bind the client instead.
   */
  tenant?: TenantId | (() => TenantId | undefined)
  /**
   * Whether a bound client is limited to its tenant's rows: it adds the tenant column to the filter of every read, update
   * and delete of models that have one, including nested ones. Default: `true`.
   */
  scope?: boolean
  /**
   * Whether a bound client looks up the rows that foreign keys given as scalars point at (`patientId: '…'`), where the
   * foreign key does not contain the tenant column: one SELECT for each model, before the write. Default: `'check'`.
   */
  links?: 'check' | 'off'
  /**
   * Whether rows with an outdated wrapped key are rewrapped as they are read: after `cmk` names another CMK, or the CMK got
   * new key material. In the background, one row after another; on PostgreSQL, CockroachDB, SQLite, MySQL 8.0 and MariaDB
   * 10.6.
   * Needs `kms:DescribeKey` and `kms:ReEncrypt*`. Default: `'lazy'`.
   */
  rewrap?: 'lazy' | 'off'
  /**
   * Arguments of extensions after this one, which are passed on unread: `['cacheStrategy']` for Accelerate. All others that
   * Prisma does not have are refused, since Prisma's error would print them, possibly with a value that was to be sealed.
   */
  passArguments?: readonly string[]
  /**
   * Called with what happens in the background: how the rewrap of each row ended. Events contain no values and no keys. What
   * a listener throws is ignored; it is called synchronously, so it should be quick.
   */
  onEvent?: EventListener
  /**
   * Refuse a call for which no tenant is set by `$forTenant`, `runWithTenant` or the `tenant` option. Reads, counts and
   * deletes too, before any SQL: `ENVELOPE_TENANT_REQUIRED`. A tenant column in the call's `data` or `where` is not enough.
   * Not refused are calls on shared models that reach no tenant's model, raw SQL, and models that have neither encrypted
   * fields nor a tenant and are not related to one that has. Default: `false`.
   */
  requireTenant?: boolean
}

const OPTIONS: OptionNames<FieldEncryptionOptions> = {
  models: true,
  app: true,
  kms: true,
  cmk: true,
  indexCmk: true,
  indexColumns: true,
  verifyIndexes: true,
  dataKeys: true,
  suite: true,
  tenant: true,
  scope: true,
  links: true,
  rewrap: true,
  passArguments: true,
  onEvent: true,
  requireTenant: true,
}
const MAX_APP_LENGTH = 255

/** Throws `ENVELOPE_CONFIG_INVALID` for the first option that is invalid. */
export function checkOptions(options: FieldEncryptionOptions): void {
  if (typeof options !== 'object' || options === null) throw invalid('the options must be an object')
  refuseUnknownOptions('fieldEncryption', options, OPTIONS)
  const {
    app,
    kms,
    cmk,
    indexCmk,
    indexColumns,
    verifyIndexes,
    suite,
    tenant,
    scope,
    links,
    rewrap,
    passArguments,
    onEvent,
    requireTenant,
  } = options
  if (typeof app !== 'string' || app === '' || Buffer.byteLength(app) > MAX_APP_LENGTH || !app.isWellFormed()) {
    throw invalid(`\`app\` must be the application's name, a string of 1 to ${MAX_APP_LENGTH} bytes`)
  }
  const fault = typeof kms === 'function' ? undefined : providerFault(kms)
  if (fault !== undefined) throw invalid(`\`kms\` ${fault}`)
  if (typeof kms !== 'function' && indexCmk !== undefined) assertMethod(kms, 'generateMac')
  if (typeof cmk !== 'function' && typeof cmk !== 'string' && !isObject(cmk)) {
    throw invalid(
      '`cmk` must be a key id, key ARN or alias, { current, previous }, or a function that returns one of these for a tenant',
    )
  }
  if (indexCmk !== undefined && typeof indexCmk !== 'function' && typeof indexCmk !== 'string' && !isObject(indexCmk)) {
    throw invalid(
      '`indexCmk` must be a key id, key ARN or alias, { keyId, check }, or a function that returns one of these for a tenant',
    )
  }
  if (indexColumns !== undefined && indexColumns !== 'keep' && indexColumns !== 'omit') {
    throw invalid("`indexColumns` must be 'keep' or 'omit'")
  }
  if (suite !== undefined && !Object.hasOwn(suites, suite)) {
    const names = Object.keys(suites).map((name) => `'${name}'`)
    throw invalid(`\`suite\` must be ${names.join(' or ')}`)
  }
  if (tenant !== undefined && typeof tenant !== 'function' && !isTenant(tenant)) {
    throw invalid(
      '`tenant` must be a non-empty string without control characters, an integer, or a function that returns one of these',
    )
  }
  if (links !== undefined && links !== 'check' && links !== 'off') throw invalid("`links` must be 'check' or 'off'")
  if (rewrap !== undefined && rewrap !== 'lazy' && rewrap !== 'off') throw invalid("`rewrap` must be 'lazy' or 'off'")
  if (passArguments !== undefined) checkPassed(passArguments)
  if (onEvent !== undefined && typeof onEvent !== 'function') throw invalid('`onEvent` must be a function')
  for (const [name, value] of Object.entries({ scope, requireTenant, verifyIndexes })) {
    if (value !== undefined && typeof value !== 'boolean') throw invalid(`\`${name}\` must be true or false`)
  }
}

function checkPassed(names: unknown): void {
  if (!Array.isArray(names) || !names.every((name) => typeof name === 'string')) {
    throw invalid("`passArguments` must be an array of names, such as ['cacheStrategy']")
  }
  const own = names.find((name) => PRISMA_ARGUMENTS.has(name) || name === '__proto__')
  if (own !== undefined) throw invalid(`\`passArguments\` must not contain ${own}, which is always checked: remove it`)
}

function isTenant(tenant: unknown): boolean {
  try {
    tenantText(tenant)
    return true
  } catch {
    return false
  }
}

function invalid(what: string): EnvelopeConfigError {
  return new EnvelopeConfigError('ENVELOPE_CONFIG_INVALID', `fieldEncryption: ${what}.`)
}
