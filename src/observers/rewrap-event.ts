import type { EnvelopeErrorCode } from '../errors.js'

/** How the rewrap of one row ended. The same words count in `stats().rewrap`. */
export type RewrapOutcome =
  /** Written with a new wrapped key. */
  | 'rewrapped'
  /** It turned out to be wrapped as it should be. */
  | 'fresh'
  /** Somebody else wrote, holds or has deleted the row: left as it is. */
  | 'overtaken'
  /** KMS refused, the wrapped key was not the right one, or the database failed. */
  | 'failed'
  /** There was no room in the queue. */
  | 'dropped'

/** The end of one row's rewrap. It names no row, and holds no value and no key. */
export interface RewrapEvent {
  /** Tells this event from others that may come. */
  readonly type: 'rewrap'
  /** How it ended. */
  readonly outcome: RewrapOutcome
  /** The Prisma model. */
  readonly model: string
  /** The table in the database. */
  readonly table: string
  /** The tenant that owns the row. */
  readonly tenant: string
  /** Why it failed, where that was KMS or the wrapped key; absent where it was the database. */
  readonly code?: EnvelopeErrorCode
}
