import { EnvelopeConfigError } from '../errors.js'
import type { TableRewraps } from '../keys/index.js'
import {
  agreeing,
  type JobEntries,
  type JobProgress,
  type JobReport,
  rewrapVerb,
  type SweepTarget,
  type SweptTables,
  storedCheckpoint,
  sweep,
  systemTimer,
  Throttle,
} from '../operations/index.js'
import { type OptionNames, refuseUnknownOptions } from '../options/known-options.js'
import type { Model } from '../prisma/query/index.js'
import type { EncryptionRuntime } from '../prisma/runtime.js'
import type { ModelMap } from '../schema/model-map.js'
import type { TenantId } from '../tenancy/index.js'
import { withinBounds } from './bounds.js'
import type { EncryptedModelName } from './model-types.js'

/** How `$encryption.rewrap` goes about it. */
export interface RewrapOptions<M extends ModelMap = ModelMap> {
  /** Only this tenant's data keys. Default: those of the tenant that the client is bound to, else of all. */
  tenant?: TenantId
  /** Only rows of these models, and not the key table. Default: all models with encrypted fields, and the key table. */
  models?: readonly EncryptedModelName<M>[]
  /** Stops after the batch that is under way. */
  signal?: AbortSignal
  /** Called after each batch. */
  onProgress?: (progress: JobProgress) => void
  /** Counts what is out of date, and changes nothing. Default: `false`. */
  dryRun?: boolean
  /** How many rows to visit in a second, at most. Default: as many as the database takes without slowing down. */
  rowsPerSecond?: number
  /** How many KMS calls to make in a second, at most, beside those of other work. Default: no limit of its own. */
  kmsCallsPerSecond?: number
  /**
   * Whether each new wrapped key is unwrapped, and compared with the data key that it is for, before it is written. `false` is
   * for a job without `kms:Decrypt`: each wrapped key is then replaced by what KMS made of it, and of it alone. Default: `true`.
   */
  verify?: boolean
  /**
   * The name under which the job keeps its position, where the schema has a model for that (`prisma-envelope sql --jobs`), so that the
   * next one goes on there. `false`: nowhere, so that it begins with the first row. Default: `'rewrap'`.
   */
  checkpoint?: string | false
  /** Begins with the first row, whatever position is kept. Default: `false`. */
  restart?: boolean
}

/** What `$encryption.rewrap` has done. */
export interface RewrapReport extends JobReport {
  /** Whether what was written has been unwrapped first: not with `verify: false`. */
  readonly verified: boolean
  /** How many rows of the key table were rewrapped (in a dry run: would be), needed it not, and failed. */
  readonly keyTable?: TableRewraps
}

const OPTIONS: OptionNames<RewrapOptions> = {
  tenant: true,
  models: true,
  signal: true,
  onProgress: true,
  dryRun: true,
  rowsPerSecond: true,
  kmsCallsPerSecond: true,
  verify: true,
  checkpoint: true,
  restart: true,
}

/** `$encryption.rewrap`. */
export async function rewrap<M extends ModelMap>(
  runtime: EncryptionRuntime,
  tables: SweptTables | undefined,
  entries: JobEntries | undefined,
  options: RewrapOptions<M> = {},
): Promise<RewrapReport> {
  checkOptions(options)
  const { models, signal, onProgress, dryRun = false, rowsPerSecond, kmsCallsPerSecond, verify = true } = options
  const { bound } = runtime.context()
  const tenant = options.tenant === undefined ? bound : withinBounds(runtime, options.tenant)
  const targets = targetsOf(runtime, models)
  if (tables === undefined) throw unsupported(runtime.models.provider)
  const withKeyTable = models === undefined && runtime.keyTable !== undefined
  const keyTable = withKeyTable ? await runtime.keys.rewrapTable(tenant, dryRun) : undefined
  const kms = new Throttle(kmsCallsPerSecond, systemTimer)
  const { checkpoint: name = 'rewrap', restart = false } = options
  const kept = name === false || dryRun ? undefined : entries
  const identity = { app: runtime.app, name: name || '', targets, options: { tenant: tenant ?? null, verify } }
  const checkpoint = kept && storedCheckpoint(kept, identity, restart)
  // Without proof, what another process has stored is not used.
  const keys = kept === undefined || !verify ? runtime.keys : agreeing(runtime.keys, kept, runtime.app, identity.name)
  const verb = rewrapVerb({ keys, tenant, dryRun, proves: verify, kms, signal })
  const report = await sweep(tables, targets, verb, { signal, onProgress, rowsPerSecond, checkpoint })
  return { ...report, verified: verify, ...(keyTable !== undefined && { keyTable }) }
}

/** The models whose rows hold envelopes. A view shows rows of a table, which is swept. */
function targetsOf({ models }: EncryptionRuntime, names: readonly string[] | undefined): SweepTarget[] {
  const chosen = names === undefined ? models.all : [...new Set(names)].map((name) => models.get(name))
  const isSwept = ({ encrypted, unopened }: Model): boolean => encrypted.size > 0 && unopened === undefined
  if (names !== undefined) {
    const plain = chosen.find((model) => !isSwept(model))
    if (plain !== undefined) throw notEncrypted(plain.name)
  }
  return chosen.filter(isSwept).map(targetOf)
}

function targetOf({ name, table, schema, key, fields, encrypted }: Model): SweepTarget {
  const columnOf = (field: string): string => {
    const entry = fields.get(field)
    return entry?.kind === 'scalar' ? entry.column : field
  }
  const columns = [...encrypted.values()].map(({ field, type, list }) => ({
    column: columnOf(field),
    form: type.column,
    list,
  }))
  const named = [...key, ...encrypted.keys()].map((field): [string, string] => [columnOf(field), field])
  return { model: name, table: { table, schema, key: key.map(columnOf), columns }, fields: new Map(named) }
}

function checkOptions<M extends ModelMap>(options: RewrapOptions<M>): void {
  refuseUnknownOptions('$encryption.rewrap', options, OPTIONS)
  if (options.checkpoint === '' || (options.checkpoint || '').length > 255) {
    throw invalid('`checkpoint` must be a name of 1 to 255 characters, or false')
  }
  for (const name of ['rowsPerSecond', 'kmsCallsPerSecond'] as const) {
    const value = options[name]
    if (value !== undefined && !(Number.isFinite(value) && value > 0))
      throw invalid(`\`${name}\` must be a number above 0`)
  }
}

function invalid(what: string): EnvelopeConfigError {
  return new EnvelopeConfigError('ENVELOPE_CONFIG_INVALID', `$encryption.rewrap: ${what}.`)
}

function notEncrypted(model: string): EnvelopeConfigError {
  return new EnvelopeConfigError(
    'ENVELOPE_CONFIG_INVALID',
    `$encryption.rewrap: ${model} has no encrypted fields that are stored in its own table. Name other models, or leave out \`models\`.`,
    { model },
  )
}

function unsupported(provider: string): EnvelopeConfigError {
  return new EnvelopeConfigError(
    'ENVELOPE_CONFIG_INVALID',
    `$encryption.rewrap does not run on ${provider}: it needs PostgreSQL, MySQL, MariaDB or SQLite. Rows are rewrapped when they are read (docs/rotation.md).`,
  )
}
