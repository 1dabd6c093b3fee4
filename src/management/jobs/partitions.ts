import { rangesOf } from '../../operations/index.js'
import { type OptionNames, refuseUnknownOptions } from '../../options/known-options.js'
import type { ModelMap } from '../../schema/model-map.js'
import type { EncryptedFieldPath, EncryptedModelName } from '../model-types.js'
import { chosenFields, sweepTarget } from './chosen-fields.js'
import { type JobBase, tablesFor } from './job.js'
import { invalid } from './job-options.js'
import type { Partition } from './partition.js'

/** How `$encryption.partitions` divides rows. */
export interface PartitionOptions<M extends ModelMap = ModelMap> {
  /** Only rows of these models. Default: all models with encrypted fields. */
  models?: readonly EncryptedModelName<M>[]
  /** Only models with these fields, as `Patient.email`. Default: all. */
  fields?: readonly EncryptedFieldPath<M>[]
  /** How many rows a partition has, about. Default: 100,000. */
  rows?: number
}

const OPTIONS: OptionNames<PartitionOptions> = { models: true, fields: true, rows: true }
const VERB = '$encryption.partitions'

/** `$encryption.partitions`. */
export async function partitions(base: JobBase, options: PartitionOptions = {}): Promise<Partition[]> {
  refuseUnknownOptions(VERB, options, OPTIONS)
  const { rows = 100_000 } = options
  if (!Number.isSafeInteger(rows) || rows <= 0) throw invalid(VERB, '`rows` must be a whole number above 0')
  const tables = tablesFor(base, { verb: 'partitions', options: {} })
  const found: Partition[] = []
  for (const { model, table } of chosenFields(VERB, base.runtime, options).map(sweepTarget)) {
    for (const { after, last } of await rangesOf(tables, table, rows)) {
      found.push({ model, ...(after !== undefined && { after }), ...(last !== undefined && { last }) })
    }
  }
  return found
}
