import type { ModelMap } from '../../schema/model-map.js'
import type { MoveOptions } from './options.js'
import type { MoveReport } from './report.js'

/** The part of `prisma.$encryption` that gives rows to another tenant. */
export interface MoveFace<M extends ModelMap = ModelMap> {
  /**
   * Moves rows, with all that belongs to them, to another tenant: their values are opened and sealed under its keys, index columns
   * computed anew, tenant columns set, in one transaction. If any row was changed meanwhile, or does not open, nothing is moved.
   *
   * @example
   * ```ts
   * const wanted = { model: 'Patient', id: 'p1', to: 'globex' } as const
   * const { models, links, unreadable } = await prisma.$encryption.move({ ...wanted, dryRun: true })
   * await prisma.$encryption.move(wanted)
   * ```
   * @returns how many rows of each model were moved; in a dry run, how many would be, and what is in the way.
   * @throws `ENVELOPE_MOVE_REFUSED` if a row is missing, does not open, would be linked to another tenant's, or there are too many;
   * `ENVELOPE_MOVE_CONFLICT` if somebody else changed the rows meanwhile: call it again; `ENVELOPE_NOT_UNIQUE` if the tenant has a
   * row with the same unique value; `ENVELOPE_JOB_INTERRUPTED` if the database fails, `ENVELOPE_TENANT_BOUND` on a bound client,
   * `ENVELOPE_TENANT_INVALID`, `ENVELOPE_TENANT_UNKNOWN`, `ENVELOPE_CONFIG_INVALID`, `ENVELOPE_CLOSED`, the codes of `EnvelopeKeyError`.
   */
  move(options: MoveOptions<M>): Promise<MoveReport>
}
