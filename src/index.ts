export {
  type AuthenticationErrorCode,
  type ConfigErrorCode,
  EnvelopeAuthenticationError,
  EnvelopeConfigError,
  EnvelopeError,
  type EnvelopeErrorCode,
  EnvelopeFormatError,
  EnvelopeJobError,
  EnvelopeKeyError,
  EnvelopeQueryError,
  EnvelopeSchemaError,
  EnvelopeTenantError,
  type FormatErrorCode,
  type JobErrorCode,
  type KeyErrorCode,
  type QueryErrorCode,
  type SchemaErrorCode,
  type TenantErrorCode,
} from './errors.js'
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
export { awsKms } from './kms/aws/aws-kms.js'
export type { CmkDescription, CmkVersion, EncryptionContext, KmsProvider, WrappedDataKey } from './kms/provider.js'
export type { BackfillOptions } from './management/backfill.js'
export type { CanDeleteOptions } from './management/census/can-delete.js'
export type { CensusOptions, CensusProgress } from './management/census/census.js'
export type { CensusGroup, CensusKeys, CensusReport, CensusTotals } from './management/census/report.js'
export type { CheckTenantsOptions } from './management/check-tenants.js'
export type { DoctorOptions } from './management/doctor/doctor.js'
export type { Finding } from './management/doctor/finding.js'
export type { EjectOptions } from './management/eject.js'
export type { Encryption, TenantOption } from './management/encryption.js'
export type { ChangingJobOptions, JobOptions } from './management/jobs/job-options.js'
export type { Partition } from './management/jobs/partition.js'
export type { PartitionOptions } from './management/jobs/partitions.js'
export type { ExportKeysOptions } from './management/keys/export-keys.js'
export type { ImportKeysOptions } from './management/keys/import-keys.js'
export type { KeyTableFace } from './management/keys/key-table-face.js'
export type { ReplayShredOptions } from './management/keys/replay-shred.js'
export type { ErasureWait, ShredOptions } from './management/keys/shred.js'
export type { LeakageOptions, LeakageProgress } from './management/leakage/leakage.js'
export type {
  AttackShares,
  IndexLeakage,
  JointLeakage,
  LeakageClasses,
  LeakageFigures,
  LeakageReport,
  NamedShares,
  TenantLeakage,
} from './management/leakage/report.js'
export type { JsonValue, OpenedRow, SealedField } from './management/model-types.js'
export type { MoveFace } from './management/move/move-face.js'
export type { MoveOptions } from './management/move/options.js'
export type { MovedCount, MoveLink, MoveReport, MoveTaken } from './management/move/report.js'
export type { IdPart, RowId } from './management/move/row-id.js'
export type { ReencryptOptions } from './management/reencrypt.js'
export type { ReindexOptions } from './management/reindex.js'
export type { RewrapOptions, RewrapReport } from './management/rewrap.js'
export type { BytesMatch, SearchMatch, TextMatch } from './management/search/match-types.js'
export type { DecimalValue, SearchRow, SearchSelect } from './management/search/row-types.js'
export type { SearchFace } from './management/search/search-face.js'
export type { SearchOptions } from './management/search/search-options.js'
export type {
  SearchCursor,
  SearchOrder,
  SearchResult,
  SearchSort,
  SearchWhere,
} from './management/search/search-types.js'
export type { JobStatus, ModelStatus, Status, StatusOptions, TenantStatus } from './management/status.js'
export type { VerifyOptions } from './management/verify.js'
export type {
  DataKeyCacheEvent,
  DiagnosticEvent,
  KeyTableEvent,
  KmsCallEvent,
  PlaintextReadEvent,
  RefusalEvent,
  RewrapEvent,
  RewrapOutcome,
} from './observers/index.js'
export type {
  CanDeleteReport,
  CountedDataKeys,
  CountedValues,
  JobProgress,
  JobReport,
  KeyImportReport,
  KeyRowState,
  LineRefusal,
  NamedCmk,
  Reference,
  Refers,
  RefersReason,
  RefusedLine,
  ReplayReport,
  RewrapStats,
  ShredReport,
  Skipped,
  SkipReason,
  TenantValues,
} from './operations/index.js'
export type { FieldEncryptionOptions } from './prisma/encryption-options.js'
export type { EncryptionEvent, EventListener } from './prisma/events.js'
export { fieldEncryption } from './prisma/extension.js'
export type { EncryptionStats } from './prisma/runtime.js'
export type { TransactionOf } from './prisma/transaction.js'
export type { ModelMap } from './schema/model-map.js'
export { runWithTenant, type TenantId } from './tenancy/index.js'
