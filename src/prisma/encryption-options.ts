import { type SuiteName, suites } from '../envelope/index.js'
import { EnvelopeConfigError } from '../errors.js'
import type { CmkOption, DataKeyOptions, IndexCmkOption, KmsOption } from '../keys/index.js'
import { assertMethod, providerFault } from '../kms/provider-check.js'
import { quoted } from '../quoting/quote.js'
import type { ModelMap } from '../schema/model-map.js'
import { type TenantId, tenantText } from '../tenancy/index.js'
import type { EventListener } from './events.js'
import { isObject } from './objects.js'
import { PRISMA_ARGUMENTS } from './query/index.js'

/** What {@link fieldEncryption} takes. */
export interface FieldEncryptionOptions<M extends ModelMap = ModelMap> {
  /** `encryptedModels` from the module that the generator wrote. */
  models: M
  /**
   * The application's name, at most 255 bytes. It is part of every data key's KMS encryption context, so that a key
   * policy can be limited to it. Frozen: rows that were sealed under another name are refused, `ENVELOPE_APP_MISMATCH`.
   */
  app: string
  /** The KMS provider: one for all tenants, or a tenant's own. For indexes of scope `global` it is asked with `''`. */
  kms: KmsOption
  /**
   * The CMK that wraps a tenant's data keys: one for all, or a tenant's own; with `{ current, previous }` while one
   * replaces another. `undefined` says that there is no such tenant.
   */
  cmk: CmkOption
  /**
   * The KMS HMAC_256 key behind the blind indexes: one for all tenants, or a tenant's own; needed when the schema has
   * `@encrypted.index`. Pin its check value, so that a moved alias is noticed: `{ keyId, check }`.
   */
  indexCmk?: IndexCmkOption
  /**
   * Whether rows that are read or returned hold their index columns: `'omit'` leaves them out where they are not asked
   * for by name (`select: { emailIndex: true }`, `omit: { emailIndex: false }`), so that tokens do not reach an API's
   * responses. The types still have them. Default: `'keep'`.
   */
  indexColumns?: 'keep' | 'omit'
  /**
   * Compare index columns with the values that are read beside them, and fail with `ENVELOPE_INDEX_MISMATCH` where one
   * is not its value's. Default: `false`.
   */
  verifyIndexes?: boolean
  /** How data keys are used up, trusted and cached. */
  dataKeys?: DataKeyOptions
  /** What new values are sealed with. Both suites always open. Default: `'aes-256-gcm'`. */
  suite?: SuiteName
  /**
   * The tenant where neither the row nor `$forTenant` nor `runWithTenant` says one: a constant for an application with
   * one tenant, or a function that asks the application's own request context.
   *
   * It decides whose a value is, and keeps updates to that tenant's rows. It does not keep reads and deletes to them, which
   * only `$forTenant` and `runWithTenant` do: an application of several tenants should bind the client instead.
   */
  tenant?: TenantId | (() => TenantId | undefined)
  /**
   * Whether a client that is bound to a tenant keeps to that tenant's rows: it adds the tenant column to the filter of
   * every read, update and delete of models that have one, nested ones included. Default: `true`.
   */
  scope?: boolean
  /**
   * Whether a bound client looks up the rows that foreign keys given as scalars point at (`patientId: '…'`), where the
   * foreign key does not contain the tenant column: one SELECT for each model, before the write. Default: `'check'`.
   */
  links?: 'check' | 'off'
  /**
   * Whether rows whose data keys are wrapped out of date are rewrapped as they are read: after `cmk` names another CMK,
   * or the CMK got new key material. In the background, one row after another; on PostgreSQL, CockroachDB and SQLite.
   * Needs `kms:DescribeKey` and `kms:ReEncrypt*`. Default: `'lazy'`.
   */
  rewrap?: 'lazy' | 'off'
  /**
   * Arguments of extensions after this one, which go on unread: `['cacheStrategy']` for Accelerate. All others that
   * Prisma does not have are refused, since its error would print them, and a value with them that was meant to be sealed.
   */
  passArguments?: readonly string[]
  /**
   * Told what happens in the background: how the rewrap of each row ended. Events hold no values and no keys. A listener
   * that throws breaks nothing; it is called synchronously, so it should be quick.
   */
  onEvent?: EventListener
  /**
   * Refuse a call that is made for no tenant: not on a client from `$forTenant`, not inside `runWithTenant`, and with no
   * `tenant` option that says one. Reads, counts and deletes too, before any SQL: `ENVELOPE_TENANT_REQUIRED`. A tenant
   * column in the call's `data` or `where` is not enough. Let through are raw SQL, and models that have neither
   * encrypted fields nor a tenant column and are not related to one that has. Default: `false`.
   */
  requireTenant?: boolean
}

const OPTIONS = [
  'models',
  'app',
  'kms',
  'cmk',
  'indexCmk',
  'indexColumns',
  'verifyIndexes',
  'dataKeys',
  'suite',
  'tenant',
  'scope',
  'links',
  'rewrap',
  'passArguments',
  'onEvent',
  'requireTenant',
]
const MAX_APP_LENGTH = 255

/** Throws `ENVELOPE_CONFIG_INVALID` for the first option that cannot be used. */
export function checkOptions(options: FieldEncryptionOptions): void {
  if (typeof options !== 'object' || options === null) throw invalid('takes an object of options')
  for (const name of Object.keys(options)) {
    if (!OPTIONS.includes(name)) throw invalid(`knows no option ${quoted(name)}; there are ${OPTIONS.join(', ')}`)
  }
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
    throw invalid(`needs app: the application's name, 1 to ${MAX_APP_LENGTH} bytes`)
  }
  const fault = typeof kms === 'function' ? undefined : providerFault(kms)
  if (fault !== undefined) throw invalid(`needs kms, which ${fault}`)
  if (typeof kms !== 'function' && indexCmk !== undefined) assertMethod(kms, 'generateMac')
  if (typeof cmk !== 'function' && typeof cmk !== 'string' && !isObject(cmk)) {
    throw invalid('needs cmk: a key id, key ARN or alias, { current, previous }, or a function from tenant to those')
  }
  if (indexCmk !== undefined && typeof indexCmk !== 'function' && typeof indexCmk !== 'string' && !isObject(indexCmk)) {
    throw invalid('takes as indexCmk a key id, key ARN or alias, { keyId, check }, or a function from tenant to those')
  }
  if (indexColumns !== undefined && indexColumns !== 'keep' && indexColumns !== 'omit') {
    throw invalid("takes indexColumns: 'keep' or 'omit'")
  }
  if (suite !== undefined && !Object.hasOwn(suites, suite)) {
    throw invalid(`knows the suites ${Object.keys(suites).join(' and ')}`)
  }
  if (tenant !== undefined && typeof tenant !== 'function' && !isTenant(tenant)) {
    throw invalid(
      'takes as tenant a non-empty string without control characters, a whole number, or a function that returns one',
    )
  }
  if (links !== undefined && links !== 'check' && links !== 'off') throw invalid("takes links: 'check' or 'off'")
  if (rewrap !== undefined && rewrap !== 'lazy' && rewrap !== 'off') throw invalid("takes rewrap: 'lazy' or 'off'")
  if (passArguments !== undefined) checkPassed(passArguments)
  if (onEvent !== undefined && typeof onEvent !== 'function') throw invalid('takes onEvent: a function of an event')
  for (const [name, value] of Object.entries({ scope, requireTenant, verifyIndexes })) {
    if (value !== undefined && typeof value !== 'boolean') throw invalid(`takes ${name}: true or false`)
  }
}

function checkPassed(names: unknown): void {
  if (!Array.isArray(names) || !names.every((name) => typeof name === 'string')) {
    throw invalid("takes passArguments: a list of names such as ['cacheStrategy']")
  }
  const own = names.find((name) => PRISMA_ARGUMENTS.has(name) || name === '__proto__')
  if (own !== undefined) throw invalid(`always reads the argument ${own}: take it out of passArguments`)
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
  return new EnvelopeConfigError('ENVELOPE_CONFIG_INVALID', `fieldEncryption ${what}.`)
}
