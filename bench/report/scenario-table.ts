import type { Summary } from '../statistics.js'
import type { Result } from './results.js'
import { milliseconds, table } from './table.js'

/** What all subjects took in one scenario. `subjects` that took no part are there, too. */
export function scenarioTable(results: readonly Result[], subjects: readonly string[]): string {
  const header = ['subject', 'ms', 'quartiles', 'ratio', 'quartiles', 'CPU ms', 'CPU ratio', 'turns']
  const rows = subjects.map((subject) => {
    const result = results.find((one) => one.subject === subject)
    if (result === undefined) return [subject, ...header.slice(1).map(() => 'n/a')]
    const { wallMs, wallRatio, cpuMs, cpuRatio, turns } = result
    return [
      subject,
      milliseconds(wallMs.median),
      spread(wallMs, milliseconds),
      wallRatio.median.toFixed(2),
      spread(wallRatio, (value) => value.toFixed(2)),
      milliseconds(cpuMs.median),
      cpuRatio.median.toFixed(2),
      String(turns),
    ]
  })
  return table(header, rows)
}

/** The ratios of all scenarios beside each other. */
export function overview(
  results: readonly Result[],
  scenarios: readonly string[],
  subjects: readonly string[],
): string {
  const rows = scenarios.map((scenario) => [
    scenario,
    ...subjects.map((subject) => {
      const result = results.find((one) => one.scenario === scenario && one.subject === subject)
      return result?.wallRatio.median.toFixed(2) ?? 'n/a'
    }),
  ])
  return table(['ratio to plain', ...subjects], rows)
}

function spread({ lower, upper }: Summary, format: (value: number) => string): string {
  return `${format(lower)} to ${format(upper)}`
}
