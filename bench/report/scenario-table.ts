import type { Summary } from '../statistics.js'
import type { Result } from './results.js'
import { microseconds, milliseconds, table } from './table.js'

/** What all subjects took in one scenario. `subjects` that took no part are there, too. */
export function scenarioTable(results: readonly Result[], subjects: readonly string[]): string {
  const header = [
    'subject',
    'ms',
    'quartiles',
    'ratio',
    'quartiles',
    'CPU ms',
    'CPU ratio',
    'CPU µs above plain',
    'turns',
  ]
  const rows = subjects.map((subject) => {
    const result = results.find((one) => one.subject === subject)
    if (result === undefined) return [subject, ...header.slice(1).map(() => 'n/a')]
    const { wallMs, wallRatio, cpuMs, cpuRatio, cpuAbove, turns } = result
    return [
      subject,
      milliseconds(wallMs.median),
      spread(wallMs, milliseconds),
      wallRatio.median.toFixed(2),
      spread(wallRatio, (value) => value.toFixed(2)),
      milliseconds(cpuMs.median),
      cpuRatio.median.toFixed(2),
      microseconds(cpuAbove.median),
      String(turns),
    ]
  })
  return table(header, rows)
}

const OVERVIEWS: Readonly<Record<string, (result: Result) => string>> = {
  'ratio to plain': ({ wallRatio }) => wallRatio.median.toFixed(2),
  'CPU ratio to plain': ({ cpuRatio }) => cpuRatio.median.toFixed(2),
  'CPU µs above plain': ({ cpuAbove }) => microseconds(cpuAbove.median),
}

/** All scenarios beside each other: the ratios of times, those of processor times, and the latter's differences. */
export function overview(
  results: readonly Result[],
  scenarios: readonly string[],
  subjects: readonly string[],
): string {
  const tables = Object.entries(OVERVIEWS).map(([what, shown]) => {
    // A row for each subject: there are more of them than of scenarios.
    const rows = subjects.map((subject) => [
      subject,
      ...scenarios.map((scenario) => {
        const result = results.find((one) => one.scenario === scenario && one.subject === subject)
        return result === undefined ? 'n/a' : shown(result)
      }),
    ])
    return table([what, ...scenarios], rows)
  })
  return tables.join('\n\n')
}

function spread({ lower, upper }: Summary, format: (value: number) => string): string {
  return `${format(lower)} to ${format(upper)}`
}
