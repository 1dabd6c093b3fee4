import type { RowWrite, StoredRow } from '../../databases/index.js'
import { EnvelopeError, EnvelopeKeyError } from '../../errors.js'
import { FATAL } from '../sweep/fatal.js'
import type { SkipReason, Tenants } from '../sweep/report.js'
import type { Element } from './elements.js'
import type { ValueTarget } from './value-target.js'

/** A row that was read, and the tenant that owns it. */
export interface OwnedRow {
  readonly row: StoredRow
  readonly tenant: string
  /** By the table's columns. */
  readonly elements: readonly (readonly Element[])[]
}

/** What is wrong with a row, or with one of its columns. */
export interface Finding {
  readonly row: StoredRow
  readonly column?: string | undefined
  readonly reason: SkipReason
  /** Whether it may be otherwise soon. */
  readonly retryable: boolean
  /** Of a value that is not the tenant's. */
  readonly tenants?: Tenants
}

/** What a verb makes of rows that were read together. */
export interface Examined {
  readonly writes: readonly RowWrite[]
  readonly findings: readonly Finding[]
}

export type Examine = (target: ValueTarget, rows: readonly OwnedRow[]) => Promise<Examined>

/** Rethrows what no other row would do better with. */
export function findingOf(row: StoredRow, column: string | undefined, error: unknown): Finding {
  if (!(error instanceof EnvelopeError) || FATAL.has(error.code)) throw error
  const retryable = error instanceof EnvelopeKeyError && error.retryable
  return { row, column, reason: error.code, retryable }
}
