export type { EncryptionStats } from './encryption.js'
export {
  type AuthenticationErrorCode,
  type ConfigErrorCode,
  EnvelopeAuthenticationError,
  EnvelopeConfigError,
  EnvelopeError,
  type EnvelopeErrorCode,
  EnvelopeFormatError,
  EnvelopeKeyError,
  EnvelopeQueryError,
  EnvelopeSchemaError,
  EnvelopeTenantError,
  type FormatErrorCode,
  type KeyErrorCode,
  type QueryErrorCode,
  type SchemaErrorCode,
  type TenantErrorCode,
} from './errors.js'
export type { EncryptionEvent, EventListener } from './events.js'
export { fieldEncryption } from './extension.js'
export type {
  CmkConfig,
  CmkOption,
  DataKeyOptions,
  DataKeyStats,
  Duration,
  IndexCmkConfig,
  IndexCmkOption,
  KmsOption,
} from './keys/index.js'
export { awsKms } from './kms/aws.js'
export type { CmkDescription, CmkVersion, EncryptionContext, KmsProvider, WrappedDataKey } from './kms/provider.js'
export type { Encryption, TenantOption } from './management.js'
export type { JsonValue, OpenedRow, SealedField } from './model-types.js'
export type { FieldEncryptionOptions } from './options.js'
export type { RewrapEvent, RewrapOutcome, RewrapStats } from './rotation/index.js'
export type { ModelMap } from './schema/model-map.js'
export { runWithTenant, type TenantId } from './tenancy/index.js'
export type { TransactionOf } from './transaction.js'
