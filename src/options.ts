import { type SuiteName, suites } from './envelope/index.js'
import { EnvelopeConfigError } from './errors.js'
import type { CmkOption, DataKeyOptions, KmsOption } from './keys/index.js'
import type { ModelMap } from './schema/model-map.js'
import type { TenantId } from './tenancy/index.js'

/** What {@link fieldEncryption} takes. */
export interface FieldEncryptionOptions<M extends ModelMap = ModelMap> {
  /** `encryptedModels` from the module that the generator wrote. */
  models: M
  /**
   * The application's name, at most 255 bytes. It is part of every data key's KMS encryption context, so that a key
   * policy can be limited to it. Frozen: data keys that exist keep theirs.
   */
  app: string
  /** The KMS provider: one for all tenants, or a tenant's own. */
  kms: KmsOption
  /**
   * The CMK that wraps a tenant's data keys: one for all, or a tenant's own; with `{ current, previous }` while one
   * replaces another. `undefined` says that there is no such tenant.
   */
  cmk: CmkOption
  /** How data keys are used up, trusted and cached. */
  dataKeys?: DataKeyOptions
  /** What new values are sealed with. Both suites always open. Default: `'aes-256-gcm'`. */
  suite?: SuiteName
  /**
   * The tenant where neither the row nor `$forTenant` nor `runWithTenant` says one: a constant for an application with
   * one tenant, or a function that asks the application's own request context.
   */
  tenant?: TenantId | (() => TenantId | undefined)
  /** Refuse every call on a model that has no tenant from any source. Default: `false`. */
  requireTenant?: boolean
}

const OPTIONS = ['models', 'app', 'kms', 'cmk', 'dataKeys', 'suite', 'tenant', 'requireTenant']
const KMS_METHODS = ['generateDataKey', 'unwrapDataKey', 'describeKey'] as const
const MAX_APP_LENGTH = 255

/** Throws `ENVELOPE_CONFIG_INVALID` for the first option that cannot be used. */
export function checkOptions(options: FieldEncryptionOptions): void {
  if (typeof options !== 'object' || options === null) throw invalid('takes an object of options')
  for (const name of Object.keys(options)) {
    if (!OPTIONS.includes(name)) throw invalid(`knows no option ${JSON.stringify(name)}; there are ${OPTIONS.join(', ')}`)
  }
  const { app, kms, cmk, suite, tenant, requireTenant } = options
  if (typeof app !== 'string' || app === '' || Buffer.byteLength(app) > MAX_APP_LENGTH || !app.isWellFormed()) {
    throw invalid(`needs app: the application's name, 1 to ${MAX_APP_LENGTH} bytes`)
  }
  if (typeof kms !== 'function' && !(isObject(kms) && KMS_METHODS.every((name) => typeof kms[name] === 'function'))) {
    throw invalid('needs kms: a provider such as awsKms({ region }), or a function from tenant to provider')
  }
  if (typeof cmk !== 'function' && typeof cmk !== 'string' && !isObject(cmk)) {
    throw invalid('needs cmk: a key id, key ARN or alias, { current, previous }, or a function from tenant to those')
  }
  if (suite !== undefined && !Object.hasOwn(suites, suite)) {
    throw invalid(`knows the suites ${Object.keys(suites).join(' and ')}`)
  }
  if (tenant !== undefined && !['string', 'number', 'bigint', 'function'].includes(typeof tenant)) {
    throw invalid('takes as tenant a string, a whole number, or a function that returns one')
  }
  if (requireTenant !== undefined && typeof requireTenant !== 'boolean') throw invalid('takes requireTenant: true or false')
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function invalid(what: string): EnvelopeConfigError {
  return new EnvelopeConfigError('ENVELOPE_CONFIG_INVALID', `fieldEncryption ${what}.`)
}
