import type { Comparison } from '../compare.js'
import { beforeTable } from './before-table.js'
import { overview, scenarioTable } from './scenario-table.js'
import { table } from './table.js'
import { targetTable } from './targets.js'

/** What is put at the end: everything in one table, bytes stored, and the targets. */
export function summary({ results, scenarios, subjects, leftOut }: Comparison): string {
  const tables = [
    overview(results, scenarios, subjects),
    ...beforeTable(results),
    bytesTable(results, subjects),
    ...targetTable(results),
  ]
  return [...leftOut, ...tables].join('\n\n')
}

/** The tables of all scenarios. */
export function details({ results, scenarios, subjects }: Comparison): string {
  return scenarios
    .map((name) => {
      const measured = results.filter(({ scenario }) => scenario === name)
      return `### ${name}\n\n${scenarioTable(measured, subjects)}`
    })
    .join('\n\n')
}

function bytesTable(results: Comparison['results'], subjects: readonly string[]): string {
  const rows = subjects.map((subject) => {
    const bytes = results.find((result) => result.subject === subject)?.bytesPerValue
    return [subject, bytes?.toFixed(0) ?? '-']
  })
  return table(['stored', 'bytes for a text of 20'], rows)
}
