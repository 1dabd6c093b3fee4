import type { EnvelopeErrorCode } from '../errors.js'
import type { RewrapEvent } from './rewrap-event.js'

/**
 * What is published on the channels of `node:diagnostics_channel`, one named after each type: `prisma-envelope:kms-call`.
 * Events are frozen, and hold no value, no key, no ciphertext and no message of an error. More types, and more fields of
 * these, may come.
 */
export type DiagnosticEvent =
  | KmsCallEvent
  | DataKeyCacheEvent
  | KeyTableEvent
  | PlaintextReadEvent
  | RefusalEvent
  | RewrapEvent

/** Channel `prisma-envelope:kms-call`: a request to KMS has ended. Requests that were never sent are not among them. */
export interface KmsCallEvent {
  /** Tells this event from others. */
  readonly type: 'kms-call'
  /** AWS's name of it: GenerateDataKey, Decrypt, ReEncrypt, DescribeKey or GenerateMac. */
  readonly operation: string
  /** The CMK, or the HMAC key, as the configuration names it. */
  readonly cmk: string
  /** `undefined` for what all tenants share: indexes of scope `global`. */
  readonly tenant: string | undefined
  /** Milliseconds from when it was sent. */
  readonly duration: number
  /** Whether KMS answered. What is wrong with an answer is found out afterwards. */
  readonly outcome: 'answered' | 'failed'
  /** Why it failed, in the words of the errors; `undefined` where a provider rejected with something else. */
  readonly code: EnvelopeErrorCode | undefined
}

/** Channel `prisma-envelope:data-key-cache`: a data key was needed to open values. */
export interface DataKeyCacheEvent {
  /** Tells this event from others. */
  readonly type: 'data-key-cache'
  /** `miss`: KMS has to be asked, or is being asked by another call. */
  readonly outcome: 'hit' | 'miss'
  /** Whose data key. */
  readonly tenant: string
}

/** Channel `prisma-envelope:key-table`: something about the key table that somebody should know. No call fails for it. */
export interface KeyTableEvent {
  /** Tells this event from others. */
  readonly type: 'key-table'
  /**
   * `row-skipped`: a row did not pass its checks, and seals nothing. `row-restored`: a row that this process had sealed
   * under was gone, and was inserted again. `sealed-inline`: the table could not be used, so values are sealed inline for a
   * while.
   */
  readonly outcome: 'row-skipped' | 'row-restored' | 'sealed-inline'
  /** The tenant whose data key it is about. */
  readonly tenant: string
  /** Why, in the words of the errors or by the database's own code, where that is known. */
  readonly code: string | undefined
}

/**
 * Channel `prisma-envelope:plaintext-read`: a call has read values in plaintext, of an encrypted field that is
 * `legacy: read`. One event for each field and tenant of a call.
 */
export interface PlaintextReadEvent {
  /** Tells this event from others. */
  readonly type: 'plaintext-read'
  /** The Prisma model. */
  readonly model: string
  /** The encrypted field. */
  readonly field: string
  /** The tenant that owns the rows. */
  readonly tenant: string
  /** How many values; of a list, each element counts. */
  readonly count: number
}

/** Channel `prisma-envelope:refusal`: a call of a Prisma operation fails with an `EnvelopeError`. */
export interface RefusalEvent {
  /** Tells this event from others. */
  readonly type: 'refusal'
  /** The error's code. */
  readonly code: EnvelopeErrorCode
  /** The Prisma operation, such as `findMany`. */
  readonly operation: string
  /** The model that the error is about, which may be another one than was called; else that one. */
  readonly model: string
  /** The field that the error is about, where it is about one of the model's. */
  readonly field: string | undefined
  /** The tenant that the error is about, where it is known. */
  readonly tenant: string | undefined
}
