import type { JobReport } from '../../operations/index.js'

/** How many skipped rows are listed: `--json` lists all that the report names. */
const LISTED = 20

/** What was skipped and why, by primary key. */
export function skippedLines({ skipped, skippedRows }: JobReport, word: 'skipped' | 'found' = 'skipped'): string[] {
  const counts = Object.entries(skipped).map(([reason, count]) => `${word} ${count}: ${reason}`)
  const rows = skippedRows.slice(0, LISTED).map(({ model, key, field, reason, sealedFor, owner }) => {
    const where = Object.entries(key).map(([name, value]) => `${name}=${value}`)
    const tenants = [
      ...(sealedFor === undefined ? [] : [`sealed for ${sealedFor}`]),
      ...(owner === undefined ? [] : [`owned by ${owner}`]),
    ]
    const whose = tenants.length === 0 ? '' : `, ${tenants.join(', ')}`
    return `  ${model}${field === undefined ? '' : `.${field}`} ${where.join(' ')}: ${reason}${whose}`
  })
  const more = skippedRows.length > LISTED ? [`  … (--json lists ${skippedRows.length})`] : []
  return [...counts, ...rows, ...more]
}

/** How a command puts what it does with a row. */
export interface ChangeWords {
  readonly done: string
  readonly would: string
}

export function changedLines(
  report: JobReport,
  { dryRun }: { readonly dryRun?: true },
  { done, would }: ChangeWords,
): string[] {
  const { rows, changed } = report
  return [`rows: ${changed} ${dryRun === true ? would : done}, of ${rows} visited`, ...skippedLines(report)]
}
