import { rangesOf } from '../../operations/index.js'
import { type OptionNames, refuseUnknownOptions } from '../../options/known-options.js'
import type { ModelMap } from '../../schema/model-map.js'
import type { EncryptedFieldPath, EncryptedModelName } from '../model-types.js'
import { chosenFields, chosenFieldsOf, type FieldKind, INDEXED, SEALED, sweepTarget } from './chosen-fields.js'
import { type JobBase, tablesFor } from './job.js'
import { invalid } from './job-options.js'
import type { Partition } from './partition.js'

/** How `$encryption.partitions` divides rows. */
export interface PartitionOptions<M extends ModelMap = ModelMap> {
  /** Only rows of these models. Default: all models with encrypted fields. */
  models?: readonly EncryptedModelName<M>[]
  /** Only models with these fields, as `Patient.email`. Default: all. */
  fields?: readonly EncryptedFieldPath<M>[]
  /** Only rows that this job visits, which it is refused for as the job is. Default: all rows with encrypted fields. */
  job?: 'backfill' | 'reencrypt' | 'reindex' | 'rewrap' | 'verify'
  /** How many rows a partition has, about. Default: 100,000. */
  rows?: number
}

const OPTIONS: OptionNames<PartitionOptions> = { models: true, fields: true, job: true, rows: true }
const VERB = '$encryption.partitions'
/** The fields that each job is for, where not for all that are encrypted. */
const FIELDS: Readonly<Record<NonNullable<PartitionOptions['job']>, FieldKind | undefined>> = {
  backfill: SEALED,
  reencrypt: SEALED,
  reindex: INDEXED,
  rewrap: undefined,
  verify: undefined,
}

/** `$encryption.partitions`. */
export async function partitions(base: JobBase, options: PartitionOptions = {}): Promise<Partition[]> {
  refuseUnknownOptions(VERB, options, OPTIONS)
  const { rows = 100_000, job } = options
  if (!Number.isSafeInteger(rows) || rows <= 0) throw invalid(VERB, '`rows` must be a whole number above 0')
  if (job !== undefined && !Object.hasOwn(FIELDS, job))
    throw invalid(VERB, `\`job\` must be one of ${Object.keys(FIELDS).join(', ')}`)
  const kind = job === undefined ? undefined : FIELDS[job]
  const chosen =
    kind === undefined
      ? chosenFields(VERB, base.runtime, options)
      : chosenFieldsOf(`$encryption.${job}`, base.runtime, options, kind)
  const tables = tablesFor(base, { verb: 'partitions', options: {} })
  const found: Partition[] = []
  for (const { model, table } of chosen.map(sweepTarget)) {
    for (const { after, last } of await rangesOf(tables, table, rows)) {
      found.push({ model, ...(after !== undefined && { after }), ...(last !== undefined && { last }) })
    }
  }
  return found
}
