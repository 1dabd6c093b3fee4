import type { ModelMap } from '../../schema/model-map.js'
import type { LeakageOptions } from './leakage.js'
import type { LeakageReport } from './report.js'

/** The part of `prisma.$encryption` that looks at indexes from outside. */
export interface LeakageFace<M extends ModelMap = ModelMap> {
  /**
   * What index columns show to somebody who has a copy of the database and no key: how many rows their tokens single out, alone, with
   * the lengths of values, and with each other; and, with `values`, how many rows an attacker names who knows how common each value
   * is. Grouped in the database; nothing is changed, and without `sample` nothing is opened. No value and no token is in the report.
   *
   * @example
   * ```ts
   * const { indexes } = await prisma.$encryption.leakage({ fields: ['Patient.lastName'], values: censusNames })
   * for (const { index, estimate } of indexes) console.log(index, estimate?.byRank.rows, estimate?.byLength.rows)
   * ```
   * @throws `ENVELOPE_JOB_INTERRUPTED` if the database fails, `ENVELOPE_TENANT_BOUND` for a different tenant than the one that the
   * client is bound to, `ENVELOPE_TENANT_UNKNOWN`, `ENVELOPE_CONFIG_INVALID`.
   */
  leakage(options?: LeakageOptions<M>): Promise<LeakageReport>
}
