import { type OptionNames, refuseUnknownOptions } from '../../options/known-options.js'
import type { ModelMap } from '../../schema/model-map.js'
import type { TenantId } from '../../tenancy/index.js'
import { invalid } from '../jobs/job-options.js'
import type { RowId } from './row-id.js'

/** What `$encryption.move` moves, and where to. */
export interface MoveOptions<M extends ModelMap = ModelMap> {
  /** The model of the rows. */
  model: keyof M['models'] & string
  /** The primary key of the row, or several: a value, or `{ region: 'eu', code: 7 }` for a compound one. */
  id: RowId | readonly RowId[]
  /** The tenant that the rows are to belong to. */
  to: TenantId
  /** The primary key of the row that they are to belong to, where rows have the tenant of another row (`@encrypted.tenant` on a relation). */
  parent?: RowId
  /**
   * Models with a tenant column of their own whose rows move as well, where they refer to a row that moves. Without it, such a row is in
   * the way.
   */
  with?: readonly (keyof M['models'] & string)[]
  /** `'off'`: foreign keys that lead to another tenant afterwards are no reason to refuse. Default: `'check'`. */
  links?: 'check' | 'off'
  /** Says what would be moved and what is in the way, and changes nothing. Default: `false`. */
  dryRun?: boolean
  /** Of more rows than this, none is moved: all are in memory, and locked, at once. Default: 10,000. */
  maxRows?: number
  /** How long the transaction may take (ms). Default: 60,000. */
  transactionTimeout?: number
}

const OPTIONS: OptionNames<MoveOptions> = {
  model: true,
  id: true,
  to: true,
  parent: true,
  with: true,
  links: true,
  dryRun: true,
  maxRows: true,
  transactionTimeout: true,
}

export const VERB = '$encryption.move'

/** Throws `ENVELOPE_CONFIG_INVALID`. */
export function checkMoveOptions(options: MoveOptions): void {
  if (typeof options !== 'object' || options === null) throw invalid(VERB, '`model`, `id` and `to` are required')
  refuseUnknownOptions(VERB, options, OPTIONS)
  const { maxRows, transactionTimeout, links, with: more } = options
  for (const name of ['model', 'id', 'to'] as const)
    if (options[name] === undefined || options[name] === null) throw invalid(VERB, `\`${name}\` is required`)
  if (maxRows !== undefined && !(Number.isSafeInteger(maxRows) && maxRows > 0))
    throw invalid(VERB, '`maxRows` must be a whole number above 0')
  if (transactionTimeout !== undefined && !(Number.isFinite(transactionTimeout) && transactionTimeout > 0))
    throw invalid(VERB, '`transactionTimeout` must be a number of milliseconds above 0')
  if (links !== undefined && links !== 'check' && links !== 'off')
    throw invalid(VERB, "`links` must be 'check' or 'off'")
  if (more !== undefined && !Array.isArray(more)) throw invalid(VERB, '`with` must be a list of models')
}
