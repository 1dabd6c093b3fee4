import { EnvelopeConfigError } from '../../errors.js'
import type { JobProgress } from '../../operations/index.js'
import { type OptionNames, refuseUnknownOptions } from '../../options/known-options.js'
import type { ModelMap } from '../../schema/model-map.js'
import type { TenantId } from '../../tenancy/index.js'
import type { EncryptedFieldPath, EncryptedModelName } from '../model-types.js'
import type { Partition } from './partition.js'

/** How a job over stored rows goes about it. */
export interface JobOptions<M extends ModelMap = ModelMap> {
  /** Only this tenant's rows. Default: those of the tenant that the client is bound to, else of all. */
  tenant?: TenantId
  /** Only rows of these models. Default: all models with encrypted fields. */
  models?: readonly EncryptedModelName<M>[]
  /** Only these fields, as `Patient.email`. Default: all encrypted fields of the models. */
  fields?: readonly EncryptedFieldPath<M>[]
  /** Stops after the batch that is under way. */
  signal?: AbortSignal
  /** Called after each batch. */
  onProgress?: (progress: JobProgress) => void
  /** How many rows to visit in a second, at most. Default: as many as the database takes without slowing down. */
  rowsPerSecond?: number
  /** How many KMS calls to make in a second, at most, beside those of other work. Default: no limit of its own. */
  kmsCallsPerSecond?: number
  /**
   * The name under which the job keeps its position, where the schema has a model for that (`prisma-envelope sql --jobs`), so that the
   * next one goes on there. `false`: nowhere, so that it begins with the first row. Default: the name of the verb.
   */
  checkpoint?: string | false
  /** Begins with the first row, whatever position is kept. Default: `false`. */
  restart?: boolean
  /** Only these rows, one of `$encryption.partitions()`: for several machines. Its position is not kept. Default: all rows. */
  partition?: Partition | undefined
}

/** The same for a job that changes rows. */
export interface ChangingJobOptions<M extends ModelMap = ModelMap> extends JobOptions<M> {
  /** Counts what would be changed, and changes nothing. Default: `false`. */
  dryRun?: boolean
}

export const JOB_OPTIONS: OptionNames<JobOptions> = {
  tenant: true,
  models: true,
  fields: true,
  signal: true,
  onProgress: true,
  rowsPerSecond: true,
  kmsCallsPerSecond: true,
  checkpoint: true,
  restart: true,
  partition: true,
}

/**
 * Throws `ENVELOPE_CONFIG_INVALID`.
 *
 * @param verb for messages: `$encryption.rewrap`.
 */
export function checkJobOptions<O extends JobOptions>(verb: string, options: O, names: OptionNames<O>): void {
  refuseUnknownOptions(verb, options, names)
  if (options.checkpoint === '' || (options.checkpoint || '').length > 255) {
    throw invalid(verb, '`checkpoint` must be a name of 1 to 255 characters, or false')
  }
  if (options.partition !== undefined) checkPartition(verb, options.partition, options)
  for (const name of ['rowsPerSecond', 'kmsCallsPerSecond'] as const) {
    const value = options[name]
    if (value !== undefined && !(Number.isFinite(value) && value > 0))
      throw invalid(verb, `\`${name}\` must be a number above 0`)
  }
}

function checkPartition(verb: string, partition: Partition, { models, checkpoint }: JobOptions): void {
  const { model, after, last } = partition
  const isKey = (key: unknown): boolean =>
    key === undefined || (Array.isArray(key) && key.every((part) => typeof part === 'string'))
  if (typeof model !== 'string' || !isKey(after) || !isKey(last))
    throw invalid(verb, '`partition` must be one of $encryption.partitions()')
  if (models !== undefined && !models.includes(model)) throw invalid(verb, '`partition` is not of one of the `models`')
  if (typeof checkpoint === 'string')
    throw invalid(verb, 'the position in a `partition` is not kept: leave out `checkpoint`')
}

export function invalid(verb: string, what: string, model?: string): EnvelopeConfigError {
  return new EnvelopeConfigError(
    'ENVELOPE_CONFIG_INVALID',
    `${verb}: ${what}${what.endsWith('?') ? '' : '.'}`,
    model === undefined ? {} : { model },
  )
}
