import type { KeyImportReport } from '../../operations/index.js'

/** What was refused of a file, by line, data-key id and reason. */
export function refusedLines({
  refused,
  refusedRows,
}: Pick<KeyImportReport, 'refused' | 'refusedRows'>): readonly string[] {
  const all = Object.values(refused).reduce((sum, count) => sum + count, 0)
  return [
    ...Object.entries(refused).map(([reason, count]) => `refused ${count}: ${reason}`),
    ...refusedRows.map(({ line, id, reason }) => `  line ${line}${id === undefined ? '' : ` ${id}`}: ${reason}`),
    ...(all > refusedRows.length ? [`  and ${all - refusedRows.length} more`] : []),
  ]
}
