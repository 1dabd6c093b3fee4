import { performance } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'

/** The time as a sweep has it. */
export interface Timer {
  /** Milliseconds since some time. */
  now(): number
  /** Resolves after so many milliseconds, or when the signal is given. */
  wait(milliseconds: number, signal?: AbortSignal): Promise<void>
}

export const systemTimer: Timer = {
  now: () => performance.now(),
  async wait(milliseconds, signal) {
    try {
      await delay(milliseconds, undefined, { signal })
    } catch (error) {
      if (signal?.aborted !== true) throw error
    }
  },
}

export const LARGEST_BATCH = 1_000
const SMALLEST_BATCH = 50
/** A batch has slowed down if each of its rows took this many times as long as usual, and it took this long in all. */
const SLOW_FACTOR = 3
const SLOW_BATCH = 200
/** How much of what is usual is forgotten with each batch: a sweep of hours should not go by its first minute. */
const FORGETTING = 1.02

/** By how much the next batch may be larger after one was too much. */
const REGROWTH = 1.05

/** How large batches are, and how long a sweep rests after each: less than is asked for where the database slows down. */
export class Pace {
  #size: number
  #limit = Number.POSITIVE_INFINITY
  /** The time that one row usually takes, in batches that changed rows and in those that did not. */
  readonly #usual = { changed: Number.POSITIVE_INFINITY, unchanged: Number.POSITIVE_INFINITY }

  /**
   * @param rowsPerSecond at most.
   * @param largest batch.
   */
  constructor(
    private readonly rowsPerSecond: number | undefined,
    private readonly largest = LARGEST_BATCH,
  ) {
    this.#size = Math.min(largest, this.#most)
  }

  /** What one second allows: whole rows, and one at least. */
  get #most(): number {
    return this.rowsPerSecond === undefined ? this.largest : Math.max(1, Math.floor(this.rowsPerSecond))
  }

  get size(): number {
    return this.#size
  }

  /** So many rows are enough. From there on batches become larger slowly: rows that follow are often like those before. */
  limit(rows: number): void {
    this.#size = Math.max(1, Math.min(rows, this.#size))
    this.#limit = this.#size
  }

  /** A batch failed: the next ones are smaller. */
  halve(): void {
    this.#size = Math.max(1, Math.floor(this.#size / 2))
  }

  /**
   * How long to rest after a batch: milliseconds.
   *
   * @param busy how long the database took for it.
   * @param elapsed how long it took in all.
   */
  restAfter(rows: number, changed: boolean, busy: number, elapsed: number): number {
    const due = this.rowsPerSecond === undefined ? 0 : (rows / this.rowsPerSecond) * 1_000 - elapsed
    const kind = changed ? 'changed' : 'unchanged'
    const each = busy / Math.max(rows, 1)
    const isSlow = busy > SLOW_BATCH && each > this.#usual[kind] * SLOW_FACTOR
    this.#usual[kind] = Math.min(this.#usual[kind] * FORGETTING, each)
    if (isSlow) this.#size = Math.max(Math.min(SMALLEST_BATCH, this.#size), Math.floor(this.#size / 2))
    else {
      this.#limit *= REGROWTH
      this.#size = Math.min(this.largest, Math.ceil(this.#size * 1.5), this.#most, Math.floor(this.#limit))
    }
    // The database has as long for others as it had for the batch.
    return Math.max(0, due, isSlow ? busy : 0)
  }
}

/** So many in a second, at most, evenly. */
export class Throttle {
  #next = Number.NEGATIVE_INFINITY

  constructor(
    private readonly perSecond: number | undefined,
    private readonly timer: Timer,
  ) {}

  /** Resolves when so many more may begin. */
  async take(count: number, signal?: AbortSignal): Promise<void> {
    if (this.perSecond === undefined) return
    const now = this.timer.now()
    const at = Math.max(now, this.#next)
    this.#next = at + (count * 1_000) / this.perSecond
    if (at > now) await this.timer.wait(at - now, signal)
  }
}
