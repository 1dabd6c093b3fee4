import { EnvelopeJobError } from '../../errors.js'
import { counted } from '../../quoting/counted.js'

/** Without the database's own error, which may quote values. */
export function interrupted(failure: unknown): EnvelopeJobError {
  return new EnvelopeJobError(
    'ENVELOPE_JOB_INTERRUPTED',
    `The job ended before it was done: the database failed (${codeOf(failure)}). What was done stays. Run the job again.`,
  )
}

/** A trigger, a constraint or a missing privilege: it would be the same for each of millions. */
export function refuses(table: string, rows: number, failure: unknown): EnvelopeJobError {
  return new EnvelopeJobError(
    'ENVELOPE_JOB_INTERRUPTED',
    `The job ended before it was done: the database refused ${counted(rows, 'row')} of the table ${table}, one after another (${codeOf(failure)}). Look at its triggers, its constraints and the job's privileges, and run the job again. What was done stays.`,
  )
}

function codeOf(failure: unknown): string {
  const { code, meta } = (failure ?? {}) as { code?: unknown; meta?: { code?: unknown } }
  return [code, meta?.code].filter((one) => /^\w{1,20}$/.test(String(one ?? ''))).join(' ') || 'without a code'
}
