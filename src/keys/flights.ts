import { EnvelopeKeyError } from '../errors.js'
import type { DataKey } from './data-key.js'
import { Candidates } from './opening/candidates.js'

interface Flight {
  waiters: number
  readonly candidates: Candidates | undefined
  key: Promise<DataKey>
}

/** One KMS call, however many callers miss at once. */
export class Flights {
  readonly #flights = new Map<string, Flight>()

  /** The outcome of `work`, shared with whoever asks for the same `name` before it ends; leased to each of them. */
  join(name: string, work: () => Promise<DataKey>): Promise<DataKey> {
    return this.#board(name, work)
  }

  /**
   * What the first candidate that works leads to, shared with whoever brings another one for the same `name` before it
   * does. Where none works, each caller is told what its own failed with.
   */
  search(name: string, candidate: string, attempt: (candidate: string) => Promise<DataKey>): Promise<DataKey> {
    const candidates = this.#flights.get(name)?.candidates ?? new Candidates()
    candidates.add(candidate)
    return this.#board(name, () => candidates.first(attempt), candidates).catch((error: unknown) => {
      const own = candidates.failureOf(candidate)
      if (own !== undefined) throw own
      // It was brought when the last one before it had failed already, and was not tried.
      if (error instanceof EnvelopeKeyError && !error.retryable) return this.search(name, candidate, attempt)
      throw error
    })
  }

  #board(name: string, work: () => Promise<DataKey>, candidates?: Candidates): Promise<DataKey> {
    let flight = this.#flights.get(name)
    if (flight === undefined) {
      const started: Flight = { waiters: 0, candidates, key: this.#fly(name, work, () => started.waiters) }
      flight = started
      this.#flights.set(name, flight)
    }
    flight.waiters += 1
    return flight.key
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
