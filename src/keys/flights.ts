import type { DataKey } from './data-key.js'

interface Flight {
  waiters: number
  key: Promise<DataKey>
}

/** One KMS call, however many callers miss at once. */
export class Flights {
  readonly #flights = new Map<string, Flight>()

  /** The outcome of `work`, shared with whoever asks for the same `name` before it ends; leased to each of them. */
  join(name: string, work: () => Promise<DataKey>): Promise<DataKey> {
    let flight = this.#flights.get(name)
    if (flight === undefined) {
      const started: Flight = { waiters: 0, key: this.#fly(name, work, () => started.waiters) }
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
