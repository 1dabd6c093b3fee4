import type { CanDeleteReport, JobReport, RewrapStats } from '../operations/index.js'
import type { EncryptionStats } from '../prisma/runtime.js'
import type { ModelMap } from '../schema/model-map.js'
import type { TenantId } from '../tenancy/index.js'
import type { BackfillOptions } from './backfill.js'
import type { CanDeleteOptions } from './census/can-delete.js'
import type { CensusOptions } from './census/census.js'
import type { CensusReport } from './census/report.js'
import type { CheckTenantsOptions } from './check-tenants.js'
import type { DoctorOptions } from './doctor/doctor.js'
import type { Finding } from './doctor/finding.js'
import type { EjectOptions } from './eject.js'
import type { Partition } from './jobs/partition.js'
import type { PartitionOptions } from './jobs/partitions.js'
import type { KeyTableFace } from './keys/key-table-face.js'
import type { LeakageFace } from './leakage/leakage-face.js'
import type {
  EncryptedFieldName,
  EncryptedModelName,
  IndexedFieldName,
  IndexName,
  OpenedRow,
  OpenedValue,
  PlainValue,
  SealedField,
} from './model-types.js'
import type { MoveFace } from './move/move-face.js'
import type { ReencryptOptions } from './reencrypt.js'
import type { ReindexOptions } from './reindex.js'
import type { RewrapOptions, RewrapReport } from './rewrap.js'
import type { SearchFace } from './search/search-face.js'
import type { JobStatus, Status, StatusOptions } from './status.js'
import type { TenantOption } from './tenant-option.js'
import type { VerifyOptions } from './verify.js'

export type { TenantOption } from './tenant-option.js'

/** `prisma.$encryption`: what a client offers in addition to the intercepted calls. */
export interface Encryption<M extends ModelMap = ModelMap>
  extends KeyTableFace,
    LeakageFace<M>,
    MoveFace<M>,
    SearchFace<M> {
  /**
   * Seals one value of one field, as the column stores it: for raw SQL, seeds and imports.
   *
   * @returns the text form (`pe1:…`), or bytes for a `Bytes` field; for a list, one for each element. `null` stays `null`.
   * @throws `ENVELOPE_TENANT_REQUIRED`, `ENVELOPE_TENANT_CONFLICT`, `ENVELOPE_VALUE_INVALID`, the codes of `EnvelopeKeyError`.
   */
  seal<N extends EncryptedModelName<M>, F extends EncryptedFieldName<M, N>>(
    model: N,
    field: F,
    value: PlainValue<M, N, F> | null,
    options?: TenantOption,
  ): Promise<SealedField<M, N, F> | null>

  /**
   * Opens one stored envelope of one field; for a list, the envelopes of all elements.
   *
   * @throws the codes of `EnvelopeFormatError`, `EnvelopeAuthenticationError`, `EnvelopeTenantError`,
   * `EnvelopeKeyError`.
   */
  open<N extends EncryptedModelName<M>, F extends EncryptedFieldName<M, N>>(
    model: N,
    field: F,
    stored: SealedField<M, N, F, Uint8Array> | null,
    options?: TenantOption,
  ): Promise<OpenedValue<M, N, F> | null>

  /**
   * The index token of a value: `findUnique({ where: { emailIndex: await acme.$encryption.index('Patient', 'email', v) } })`,
   * or for a parameter of raw SQL.
   *
   * @param options.index the index column, if the field has several; default: the first that can be used.
   * @returns 16 bytes.
   * @throws `ENVELOPE_FILTER_UNSUPPORTED` where there is no such index, `ENVELOPE_TENANT_REQUIRED`,
   * `ENVELOPE_VALUE_INVALID`, `ENVELOPE_INDEX_KEY_CHANGED`, the codes of `EnvelopeKeyError`.
   */
  index<N extends EncryptedModelName<M>, F extends IndexedFieldName<M, N>>(
    model: N,
    field: F,
    value: PlainValue<M, N, F>,
    options?: TenantOption & { index?: IndexName<M, N, F> },
  ): Promise<Uint8Array<ArrayBuffer>>

  /**
   * The check value of the HMAC key that is currently configured, to be pinned: `indexCmk: { keyId, check }`.
   *
   * @param tenant the tenant whose `indexCmk` to check, if each tenant has its own.
   * @returns 16 hexadecimal digits. They reveal nothing about the key.
   */
  indexCheck(tenant?: TenantId): Promise<string>

  /**
   * The tenant of one row, found by any unique: for a link, a token or a webhook that arrives before the tenant is known. It
   * opens nothing, and needs no tenant. Reads what is committed: do not await it inside a transaction.
   *
   * @example
   * ```ts
   * const tenant = await prisma.$encryption.tenantOf('Recipient', { token })
   * if (tenant === undefined) return notFound()
   * const recipient = await prisma.$forTenant(tenant).recipient.findUnique({ where: { token } })
   * ```
   * @param where as for `findUnique`.
   * @returns what `$forTenant` accepts, in the type of the tenant column; the shared tenant for a shared row; `undefined` if
   * there is no such row, or if this client is bound to a tenant that does not own it.
   * @throws `ENVELOPE_CONFIG_INVALID` if nothing in the model says which tenant owns a row, `ENVELOPE_TENANT_REQUIRED` if the row is
   * searched for by an index of scope `tenant`.
   */
  tenantOf<N extends keyof M['models'] & string>(model: N, where: object): Promise<TenantId | undefined>

  /**
   * Opens the envelopes in rows from `$queryRaw`. Columns are found by the field's name or the column's; each row must
   * contain its tenant column, unless the client is bound to a tenant. The given rows are not changed.
   */
  openRows<N extends EncryptedModelName<M>, R extends object>(
    model: N,
    rows: readonly R[],
  ): Promise<OpenedRow<M, N, R>[]>

  /**
   * Divides the rows of all models with encrypted fields into parts of about the same size, for jobs on several machines: each is
   * given one of them as its `partition`. `prisma-envelope/pg-boss` does all this.
   *
   * @example
   * ```ts
   * for (const partition of await prisma.$encryption.partitions({ rows: 50_000 })) await queue.add({ partition })
   * // And in a worker:
   * await prisma.$encryption.rewrap({ partition })
   * ```
   * @returns what can be written as JSON. Together they are all rows: also those that are inserted later.
   * @throws `ENVELOPE_CONFIG_INVALID`.
   */
  partitions(options?: PartitionOptions<M>): Promise<Partition[]>

  /**
   * Rewraps all data keys that are wrapped under an old CMK or old key material: in the key table, and in all rows, model by
   * model. The database puts the new wrapped keys into the rows, so that no value is read; a row that somebody writes
   * meanwhile keeps what they wrote. It can be stopped, killed and begun again, and run by several processes at once.
   *
   * @example
   * ```ts
   * const report = await prisma.$encryption.rewrap({ tenant: 'acme', rowsPerSecond: 5_000 })
   * if (!report.finished || Object.keys(report.skipped).length > 0) console.error(report)
   * ```
   * @returns what was done, and what was left as it was, by primary key and reason. That some rows failed is no error.
   * @throws `ENVELOPE_JOB_INTERRUPTED` if the database does not answer any more, `ENVELOPE_TENANT_BOUND` for a different tenant
   * than the one that the client is bound to, `ENVELOPE_TENANT_UNKNOWN`, `ENVELOPE_CONFIG_INVALID`, `ENVELOPE_CLOSED`.
   */
  rewrap(options?: RewrapOptions<M>): Promise<RewrapReport>

  /**
   * Counts the values of all encrypted fields, in the database: per tenant, CMK, key material, suite and placement; and what is
   * still plaintext, and has no token in an index column. Nothing is opened, and nothing changed. The wrap tag that it goes by is
   * advisory: it does not say that a CMK may be deleted.
   *
   * @example
   * ```ts
   * const { totals, groups } = await prisma.$encryption.census({ tenant: 'acme' })
   * console.table(groups.map(({ model, field, cmk, current, values }) => ({ model, field, cmk, current, values })))
   * ```
   * @throws `ENVELOPE_JOB_INTERRUPTED` if the database fails, `ENVELOPE_TENANT_BOUND` for a different tenant than the one that the
   * client is bound to, `ENVELOPE_CONFIG_INVALID`.
   */
  census(options?: CensusOptions<M>): Promise<CensusReport>

  /**
   * Opens every value in all rows, and compares every index column with the value beside it. Changes nothing. It can be stopped,
   * killed and begun again.
   *
   * @example
   * ```ts
   * const { skipped, skippedRows } = await prisma.$encryption.verify({ tenant: 'acme' })
   * for (const { model, key, field, reason } of skippedRows) console.error(model, key, field, reason)
   * ```
   * @returns what did not open, or is plaintext, or does not have its index, by primary key and reason. That there is such is no error.
   * @throws `ENVELOPE_JOB_INTERRUPTED` if the database does not answer any more, `ENVELOPE_TENANT_BOUND` for a different tenant
   * than the one that the client is bound to, `ENVELOPE_TENANT_UNKNOWN`, `ENVELOPE_CONFIG_INVALID`, `ENVELOPE_CLOSED`.
   */
  verify(options?: VerifyOptions<M>): Promise<JobReport>

  /**
   * Compares the tenant that each envelope was sealed for with the one that owns its row: after rows were moved by raw SQL, say, or a
   * foreign key on the way to the tenant was changed. Opens nothing, asks KMS nothing, and changes nothing.
   *
   * @example
   * ```ts
   * const { skippedRows } = await prisma.$encryption.checkTenants()
   * for (const { model, key, field, reason } of skippedRows) console.error(model, key, field, reason)
   * ```
   * @returns `ENVELOPE_TENANT_MISMATCH` and `ENVELOPE_DATA_KEY_NOT_FOUND`, by primary key. That there is such is no error.
   * @throws `ENVELOPE_JOB_INTERRUPTED` if the database does not answer any more, `ENVELOPE_TENANT_BOUND` for a different tenant
   * than the one that the client is bound to, `ENVELOPE_TENANT_UNKNOWN`, `ENVELOPE_CONFIG_INVALID`, `ENVELOPE_CLOSED`.
   */
  checkTenants(options?: CheckTenantsOptions<M>): Promise<JobReport>

  /**
   * Whether a CMK may be deleted, as far as this database goes: KMS itself is asked to unwrap every different wrapped key, of all rows
   * and of the key table, under another configured CMK. It goes by no wrap tag. It says no where anything could not be told. Backups
   * are not looked at, nor columns that are not annotated any more.
   *
   * @example
   * ```ts
   * const { canDelete, reasons } = await prisma.$encryption.canDelete('alias/clinic/acme', { kmsCallsPerSecond: 50 })
   * if (!canDelete) console.error(reasons)
   * ```
   * @param key an ARN, also without its Region, a key id or an alias.
   * @throws `ENVELOPE_JOB_INTERRUPTED` if the database fails, `ENVELOPE_TENANT_BOUND` on a bound client, `ENVELOPE_CONFIG_INVALID`, the
   * codes of `EnvelopeKeyError` if KMS does not say which key an alias stands for.
   */
  canDelete(key: string, options?: CanDeleteOptions): Promise<CanDeleteReport>

  /**
   * Seals values anew, under a new data key, that were sealed with another suite or in another placement than new ones are, or under a
   * data key that is too old. A row that somebody writes meanwhile keeps what they wrote.
   *
   * @example
   * ```ts
   * await prisma.$encryption.reencrypt({ tenant: 'acme', since: '2026-11-30T12:00Z' })
   * ```
   * @returns what was done, and what was left as it was, by primary key and reason.
   * @throws `ENVELOPE_JOB_INTERRUPTED` if the database does not answer any more, `ENVELOPE_TENANT_BOUND` for a different tenant
   * than the one that the client is bound to, `ENVELOPE_TENANT_UNKNOWN`, `ENVELOPE_CONFIG_INVALID`, `ENVELOPE_CLOSED`.
   */
  reencrypt(options?: ReencryptOptions<M>): Promise<JobReport>

  /**
   * Seals what is in plaintext in encrypted columns, and fills the index columns beside it, while the application runs. A row that
   * somebody writes meanwhile keeps what they wrote.
   *
   * @example
   * ```ts
   * const { finished, changed, skipped } = await prisma.$encryption.backfill({ models: ['Patient'] })
   * ```
   * @returns what was done, and what was left as it was, by primary key and reason.
   * @throws `ENVELOPE_JOB_INTERRUPTED` if the database does not answer any more, `ENVELOPE_TENANT_BOUND` for a different tenant
   * than the one that the client is bound to, `ENVELOPE_TENANT_UNKNOWN`, `ENVELOPE_CONFIG_INVALID`, `ENVELOPE_CLOSED`.
   */
  backfill(options?: BackfillOptions<M>): Promise<JobReport>

  /**
   * Computes index columns from the values beside them, and writes those that are not so: for a new index, new normalizers, or a new index
   * key.
   *
   * @example
   * ```ts
   * await prisma.$encryption.reindex({ fields: ['Patient.email'] })
   * ```
   * @returns what was done, and what was left as it was, by primary key and reason: `INDEX_NOT_UNIQUE` where another row has the value.
   * @throws `ENVELOPE_JOB_INTERRUPTED` if the database does not answer any more, `ENVELOPE_TENANT_BOUND` for a different tenant
   * than the one that the client is bound to, `ENVELOPE_TENANT_UNKNOWN`, `ENVELOPE_CONFIG_INVALID`, `ENVELOPE_CLOSED`.
   */
  reindex(options?: ReindexOptions<M>): Promise<JobReport>

  /**
   * Opens the envelopes of fields with `@encrypted(write: plain)`, and writes what they hold in their place. Index columns stay.
   *
   * @example
   * ```ts
   * await prisma.$encryption.eject({ fields: ['Patient.ssn'] })
   * ```
   * @returns what was done, and what was left as it was, by primary key and reason.
   * @throws `ENVELOPE_JOB_INTERRUPTED` if the database does not answer any more, `ENVELOPE_TENANT_BOUND` for a different tenant
   * than the one that the client is bound to, `ENVELOPE_TENANT_UNKNOWN`, `ENVELOPE_CONFIG_INVALID`, `ENVELOPE_CLOSED`.
   */
  eject(options?: EjectOptions<M>): Promise<JobReport>

  /**
   * Looks for what is wrong before a call finds it: whether the database has the columns of the schema, long enough and
   * guarded, and whether KMS does all that the given tenants' data needs, with keys that nothing is sealed under. Changes
   * nothing. `npx prisma-envelope doctor` prints it.
   *
   * @returns one finding for each thing that it looked at, with what to do where it is not `ok`.
   * @throws `ENVELOPE_TENANT_BOUND` for a different tenant than the one that the client is bound to.
   * @example
   * ```ts
   * const findings = await prisma.$encryption.doctor({ tenants: ['acme'] })
   * const problems = findings.filter(({ outcome }) => outcome === 'problem')
   * ```
   */
  doctor(options?: DoctorOptions): Promise<Finding[]>

  /**
   * A summary of a deployment, for one screen: its models, how many values are up to date, the tenants with most that are not and the
   * state of their CMKs, and jobs that are not done. Takes a {@link census}.
   *
   * @example
   * ```ts
   * const { totals, tenants, jobs } = await prisma.$encryption.status()
   * ```
   * @throws `ENVELOPE_JOB_INTERRUPTED` if the database fails, `ENVELOPE_CONFIG_INVALID`.
   */
  status(options?: StatusOptions): Promise<Status>

  /**
   * The jobs that keep a position in the database: they have begun and are not done. At most 50, the last ones first.
   *
   * @example
   * ```ts
   * for (const { job, position, changedAt } of await prisma.$encryption.jobs()) console.log(job, position, changedAt)
   * ```
   * @throws `ENVELOPE_CONFIG_INVALID` if the schema has no model for jobs, `ENVELOPE_TENANT_BOUND` on a client that is bound to a
   * tenant, `ENVELOPE_JOB_INTERRUPTED` if the database fails.
   */
  jobs(): Promise<JobStatus[]>

  /**
   * Forgets the position of a job, and whatever else it keeps: it then begins with the first row.
   *
   * @param name as {@link jobs} lists it.
   * @example
   * ```ts
   * await prisma.$encryption.forgetJob('rewrap')
   * ```
   * @throws `ENVELOPE_CONFIG_INVALID` if no job keeps a position under this name, or the schema has no model for jobs,
   * `ENVELOPE_TENANT_BOUND` on a client that is bound to a tenant, `ENVELOPE_JOB_INTERRUPTED` if the database fails.
   */
  forgetJob(name: string): Promise<void>

  /** Resolves when all rows that needed it have been rewrapped. Do not await it inside a transaction. */
  idle(): Promise<void>

  /** How much has been sealed, opened and requested from KMS so far. */
  stats(): EncryptionStats & { rewrap: RewrapStats }

  /**
   * Forgets a tenant's keys in this process: the tenant's next call goes to KMS.
   *
   * @throws `ENVELOPE_TENANT_BOUND` for a different tenant than the one that the client is bound to.
   */
  evict(tenant: TenantId): void

  /**
   * Wipes all keys in this process. Later calls that need one fail with `ENVELOPE_CLOSED`.
   *
   * @throws `ENVELOPE_TENANT_BOUND` on a bound client, since this wipes all tenants' keys.
   */
  close(): void
}
