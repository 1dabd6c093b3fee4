import { EnvelopeKeyError } from '../../errors.js'
import { LONGEST_TIMER } from '../clock.js'

/**
 * How long a call for a tenant waits for KMS: one limit from the moment at which KMS is needed, for the answer of `cmk`, the
 * wait for a place at the gate, and every request that it takes. Moments are by `performance.now()`.
 */
export interface TimeLimit {
  readonly tenant: string
  /** How long it was to begin with, in milliseconds: `dataKeys.timeout`. */
  readonly milliseconds: number
  /** Later than before for work that is shared, once a caller joined who may wait longer. */
  readonly until: number
}

export function timeLimit(tenant: string, milliseconds: number): TimeLimit {
  return { tenant, milliseconds, until: performance.now() + milliseconds }
}

/** A limit that begins when it is first asked for. */
export type LimitWhenNeeded = () => TimeLimit

/** One limit for all that a call turns out to need of KMS; none begins where everything is in memory. */
export function timeLimitWhenNeeded(tenant: string, milliseconds: number): LimitWhenNeeded {
  let limit: TimeLimit | undefined
  return () => {
    limit ??= timeLimit(tenant, milliseconds)
    return limit
  }
}

/** The limit of a part of something: it ends with the whole, and takes no longer than the whole might. */
export function endOf({ milliseconds }: TimeLimit): number {
  return performance.now() + milliseconds
}

/**
 * Calls `passed` once, when the limit has passed, also where it was put off meanwhile; at `latest` in any case.
 *
 * @returns what stops the timer.
 */
export function whenPassed(limit: TimeLimit, passed: () => void, latest = Number.POSITIVE_INFINITY): () => void {
  let timer: NodeJS.Timeout | undefined
  const wait = (): void => {
    const left = Math.max(0, Math.ceil(Math.min(limit.until, latest) - performance.now()))
    const step = Math.min(left, LONGEST_TIMER)
    const end = performance.now() + step
    timer = setTimeout(() => (left > step || Math.min(limit.until, latest) > end ? wait() : passed()), step)
  }
  wait()
  return () => clearTimeout(timer)
}

/** The outcome of `work`, or the error that `tooLate` returns where the limit passes before. What comes later is ignored. */
export function within<T>(
  limit: TimeLimit,
  work: PromiseLike<T>,
  tooLate: (limit: TimeLimit) => Error,
  latest?: number,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = whenPassed(limit, () => reject(tooLate(limit)), latest)
    work.then(
      (value) => {
        stop()
        resolve(value)
      },
      (error: unknown) => {
        stop()
        reject(error)
      },
    )
  })
}

/** For whoever waits no longer for what others may still get. */
export function noTimeLeft({ tenant, milliseconds }: TimeLimit): EnvelopeKeyError {
  return new EnvelopeKeyError(
    'ENVELOPE_KMS_UNAVAILABLE',
    `KMS did not answer within ${milliseconds} ms (dataKeys.timeout), which includes the time that cmk(tenant) takes. Find out which of the two is slow, then try again.`,
    { tenant, retryable: true },
  )
}
