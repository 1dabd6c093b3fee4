import { EnvelopeKeyError } from '../../errors.js'
import type { DataKey } from '../data-key.js'
import { SharedWork } from '../gate/shared-work.js'
import { noTimeLeft, type TimeLimit } from '../gate/time-limit.js'
import { Candidates } from './candidates.js'

interface Flight {
  readonly candidates: Candidates | undefined
  readonly work: SharedWork<DataKey>
}

/** One KMS call, however many callers miss at once. */
export class Flights {
  readonly #flights = new Map<string, Flight>()

  /** The outcome of `work`, shared with whoever asks for the same `name` before it ends; leased to each of them. */
  join(name: string, limit: TimeLimit, work: (limit: TimeLimit) => Promise<DataKey>): Promise<DataKey> {
    return this.#board(name, limit, work)
  }

  /**
   * What the first candidate that works leads to, shared with whoever brings another one for the same `name` before it
   * does. Where none works, each caller is told what its own failed with.
   */
  search(
    name: string,
    limit: TimeLimit,
    candidate: string,
    attempt: (candidate: string, limit: TimeLimit) => Promise<DataKey>,
  ): Promise<DataKey> {
    const candidates = this.#flights.get(name)?.candidates ?? new Candidates()
    candidates.add(candidate)
    const work = (shared: TimeLimit) => candidates.first((each) => attempt(each, shared))
    return this.#board(name, limit, work, candidates).catch((error: unknown) => {
      const own = candidates.failureOf(candidate)
      if (own !== undefined) throw own
      // The last one before it had failed already when it was added, so it was not tried.
      if (error instanceof EnvelopeKeyError && !error.retryable) return this.search(name, limit, candidate, attempt)
      throw error
    })
  }

  #board(
    name: string,
    limit: TimeLimit,
    work: (limit: TimeLimit) => Promise<DataKey>,
    candidates?: Candidates,
  ): Promise<DataKey> {
    let flight = this.#flights.get(name)
    if (flight === undefined) {
      const started: Flight = {
        candidates,
        work: new SharedWork(
          limit,
          (shared) =>
            this.#fly(
              name,
              () => work(shared),
              () => started.work.waiters,
            ),
          noTimeLeft,
        ),
      }
      flight = started
      this.#flights.set(name, flight)
    }
    return flight.work.wait(limit)
  }

  async #fly(name: string, work: () => Promise<DataKey>, waiters: () => number): Promise<DataKey> {
    try {
      const key = await work()
      // Work ends with one lease of its own. It is passed on to all who wait before anything else can run: between
      // here and their turn, another miss may drop the key from a small cache.
      key.lease(waiters())
      key.release()
      return key
    } finally {
      this.#flights.delete(name)
    }
  }
}
