import type { Summary } from '../statistics.js'
import type { Result } from './results.js'
import { table } from './table.js'

/** The time of each scenario as a multiple of its time before the change; empty if that was not measured. */
export function beforeTable(results: readonly Result[]): string[] {
  const rows = results.flatMap(({ scenario, subject, toBefore }) =>
    toBefore === undefined
      ? []
      : [
          [
            scenario,
            subject,
            ...[toBefore.wall, toBefore.cpu].flatMap(({ median, ...rest }) => [fixed(median), spread(rest)]),
          ],
        ],
  )
  if (rows.length === 0) return []
  return [table(['ratio to before', 'subject', 'time', 'quartiles', 'CPU', 'quartiles'], rows)]
}

function spread({ lower, upper }: Pick<Summary, 'lower' | 'upper'>): string {
  return `${fixed(lower)} to ${fixed(upper)}`
}

function fixed(value: number): string {
  return value.toFixed(3)
}
