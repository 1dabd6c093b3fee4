import fc from 'fast-check'

/** `FUZZ_RUNS` runs of each fuzz, else `usual`. */
export function runs(usual: number): number {
  return Number(process.env.FUZZ_RUNS ?? usual)
}

/**
 * Another seed each time, which a failure prints; `FUZZ_SEED` runs one again. With `CI` set always the same: a commit is
 * judged by what it changes.
 */
export function parameters(numRuns: number): { numRuns: number; seed?: number; interruptAfterTimeLimit: number } {
  const seed = process.env.FUZZ_SEED ?? (process.env.CI ? '1' : undefined)
  // A failure is made smaller for so long (ms); `FUZZ_RUNS` may ask for more.
  const interruptAfterTimeLimit = numRuns > 10_000 ? 3_600_000 : 60_000
  return { numRuns, interruptAfterTimeLimit, ...(seed === undefined ? {} : { seed: Number(seed) }) }
}

/** For the tests that run a fuzz (ms). */
export const FUZZ_TIMEOUT = 3_600_000

/** One list of numbers is one case. */
export function numbers(): fc.Arbitrary<Uint16Array> {
  return fc.noBias(fc.uint16Array({ minLength: 2, maxLength: 1500, size: 'max' }))
}

/**
 * Choices drawn from a list of numbers that fast-check makes: one list is one case, and a shorter list of smaller
 * numbers is a simpler one, so that what fails shrinks to what matters. Where the list ends, every choice is the first.
 */
export class Draw {
  readonly #numbers: ArrayLike<number>
  #at = 0

  constructor(numbers: ArrayLike<number>) {
    this.#numbers = numbers
  }

  get exhausted(): boolean {
    return this.#at >= this.#numbers.length
  }

  /** From 0 to less than `limit`. */
  below(limit: number): number {
    const number = this.#numbers[this.#at] ?? 0
    this.#at += 1
    return number % limit
  }

  chance(percent: number): boolean {
    return this.below(100) >= 100 - percent
  }

  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new Error('there is nothing to pick from')
    // Within the list's bounds; what stands there may itself be undefined.
    return list[this.below(list.length)] as T
  }
}
