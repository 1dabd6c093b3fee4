import type { EnvelopeErrorCode } from '../../errors.js'

/** Why a job left a value or a row as it was. */
export type SkipReason =
  | EnvelopeErrorCode
  /** Another transaction had the row locked, each time the job came by. */
  | 'ROW_LOCKED'
  /** The column has no room for the new value. */
  | 'COLUMN_TOO_SHORT'
  /** The column's character set lacks a character of the new value. */
  | 'COLUMN_CHARACTER_SET'
  /** The database refused to write this row: a trigger, say, or a check constraint. */
  | 'DATABASE_REFUSED'
  /** Another row has the same token in an index column that is unique. */
  | 'INDEX_NOT_UNIQUE'

/** A row that a job left as it was. It holds no value. */
export interface Skipped {
  /** The Prisma model. */
  readonly model: string
  /** The row's primary key, as text: by the names of its fields. */
  readonly key: Readonly<Record<string, string>>
  /** The field, where it is about one. */
  readonly field?: string
  /** Why. */
  readonly reason: SkipReason
  /** From `checkTenants`: the tenant that the value was sealed for, as it says itself, or its data key's row. */
  readonly sealedFor?: string
  /** From `checkTenants`: the tenant that owns the row. */
  readonly owner?: string
}

export type Tenants = Pick<Skipped, 'sealedFor' | 'owner'>

/** What a job has done so far. */
export interface JobProgress {
  /** The model whose rows it is visiting. */
  readonly model: string
  /** How many rows it has visited, of all models. */
  readonly rows: number
  /** How many rows there were when it began, of all models. */
  readonly allRows: number
  /** How many of these it has changed. */
  readonly changed: number
  /** How many it has left as they were, though they were to be changed. */
  readonly skipped: number
}

/** What a job has done. */
export interface JobReport {
  /** Whether all rows were visited: not if it was stopped by its signal. */
  readonly finished: boolean
  /** How many rows were visited. */
  readonly rows: number
  /** How many of these were changed; in a dry run, how many would be. */
  readonly changed: number
  /** How many were left as they were, by reason: values, or where a whole row was, rows. */
  readonly skipped: Readonly<Partial<Record<SkipReason, number>>>
  /** The first of those that were skipped, at most 1,000. */
  readonly skippedRows: readonly Skipped[]
}

const MAX_SKIPPED_ROWS = 1_000

/** A report while it is written. */
export class Tally {
  readonly skipped: Partial<Record<SkipReason, number>> = {}
  readonly skippedRows: Skipped[] = []
  rows = 0
  changed = 0

  /** How many more skipped rows there is room for. */
  get room(): number {
    return MAX_SKIPPED_ROWS - this.skippedRows.length
  }

  get allSkipped(): number {
    return Object.values(this.skipped).reduce((sum, count) => sum + count, 0)
  }

  /** @param count where there are more of them than are named. */
  skip(reason: SkipReason, named: readonly Skipped[], count = named.length): void {
    this.skipped[reason] = (this.skipped[reason] ?? 0) + count
    this.skippedRows.push(...named.slice(0, this.room))
  }

  report(finished: boolean): JobReport {
    const { rows, changed, skipped, skippedRows } = this
    return { finished, rows, changed, skipped: { ...skipped }, skippedRows: [...skippedRows] }
  }
}
