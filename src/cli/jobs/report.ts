import type { JobReport } from '../../operations/index.js'

/** How many skipped rows are listed: `--json` lists all that the report names. */
const LISTED = 20

/** What was skipped and why, by primary key. */
export function skippedLines({ skipped, skippedRows }: JobReport): string[] {
  const counts = Object.entries(skipped).map(([reason, count]) => `skipped ${count}: ${reason}`)
  const rows = skippedRows.slice(0, LISTED).map(({ model, key, field, reason }) => {
    const where = Object.entries(key).map(([name, value]) => `${name}=${value}`)
    return `  ${model}${field === undefined ? '' : `.${field}`} ${where.join(' ')}: ${reason}`
  })
  const more = skippedRows.length > LISTED ? [`  … (--json lists ${skippedRows.length})`] : []
  return [...counts, ...rows, ...more]
}
