import { ROWS } from '../rows.js'
import type { Result } from './results.js'
import { table } from './table.js'

/** At most how many times as long as the plain client, with warm keys: what the project has set itself. */
const targets: readonly { scenario: string; most: Readonly<Record<string, number>> }[] = [
  { scenario: `findMany ${ROWS} x 2`, most: ofEach(1.5, 2.1, 5.5) },
  { scenario: `createMany ${ROWS} x 2`, most: ofEach(1.4, 1.5, 2.0) },
  { scenario: `list of ${ROWS} by a filter of two steps`, most: ofEach(1.25, 1.25, 1.25) },
  { scenario: 'findUnique', most: ofEach(1.08, 1.08, 1.1) },
  { scenario: 'create', most: ofEach(1.08, 1.08, 1.1) },
  { scenario: 'update', most: ofEach(1.08, 1.08, 1.1) },
]

function ofEach(accelerated: number, sodium: number, node: number): Record<string, number> {
  return {
    'aes-256-gcm, accelerator': accelerated,
    'xchacha20-poly1305': sodium,
    'aes-256-gcm, node:crypto': node,
  }
}

/** Each target of the scenarios that ran beside what was measured, if any did. Of a subject that was left out it says so. */
export function targetTable(results: readonly Result[]): string[] {
  const ran = targets.filter(({ scenario }) => results.some((one) => one.scenario === scenario))
  if (ran.length === 0) return []
  const rows = ran.flatMap(({ scenario, most }) =>
    Object.entries(most).map(([subject, target]) => {
      const measured = results.find((one) => one.scenario === scenario && one.subject === subject)?.wallRatio.median
      return [
        `${scenario}: ${subject}`,
        `at most ${target.toFixed(2)}`,
        measured?.toFixed(2) ?? '-',
        verdict(measured, target),
      ]
    }),
  )
  return [table(['target', 'ratio', 'measured', ''], rows)]
}

function verdict(measured: number | undefined, target: number): string {
  if (measured === undefined) return 'not measured'
  return measured <= target ? 'met' : `missed by ${(measured - target).toFixed(2)}`
}
