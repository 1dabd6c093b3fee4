import { AFTER_THE_WORK } from '../timings.js'
import { type TimeLimit, within } from './time-limit.js'

/**
 * Work that several callers wait for, each within its own limit. It goes on for as long as one of them may wait: nobody's
 * limit cuts off what somebody else waits for.
 */
export class SharedWork<T> {
  /** For those who wait however long it takes. */
  readonly outcome: Promise<T>
  readonly #waiters = new Set<{ readonly limit: TimeLimit }>()

  /** @param work must end when the limit passes that it is given. */
  constructor(
    first: TimeLimit,
    work: (limit: TimeLimit) => Promise<T>,
    private readonly tooLate: (limit: TimeLimit) => Error,
  ) {
    const waiters = this.#waiters
    this.outcome = work({
      ...first,
      get until() {
        let until = first.until
        for (const { limit } of waiters) until = Math.max(until, limit.until)
        return until
      },
    })
  }

  /** How many wait now. */
  get waiters(): number {
    return this.#waiters.size
  }

  wait(limit: TimeLimit): Promise<T> {
    const waiter = { limit }
    const leave = (): void => void this.#waiters.delete(waiter)
    this.#waiters.add(waiter)
    // What came of it may be kept, and waited for again and again.
    this.outcome.then(leave, leave)
    const own: TimeLimit = {
      ...limit,
      get until() {
        return limit.until + AFTER_THE_WORK
      },
    }
    return within(own, this.outcome, () => {
      leave()
      return this.tooLate(limit)
    })
  }
}
