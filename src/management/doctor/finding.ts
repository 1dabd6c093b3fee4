import type { EnvelopeErrorCode } from '../../errors.js'

/** One thing that `$encryption.doctor` looked at. */
export interface Finding {
  /** What was looked at. */
  readonly check:
    | 'cmk'
    | 'data-key'
    | 'rewrap'
    | 'index-key'
    | 'key-table'
    | 'column'
    | 'tenant-column'
    | 'guard'
    | 'plaintext'
    | 'trigger'
    | 'clock'
  /** Whose or which: a tenant, `table.column`, or the database. */
  readonly subject: string
  /** A `problem` loses data or makes calls fail; a `warning` may be meant. */
  readonly outcome: 'ok' | 'warning' | 'problem'
  /** What was found and, unless that is `ok`, what to do. */
  readonly message: string
  /** Of the error that was found. */
  readonly code?: EnvelopeErrorCode
}
