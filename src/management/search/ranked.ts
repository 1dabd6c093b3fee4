import { othersTurn } from '../../leaves/index.js'
import type { Plain } from '../../prisma/query/index.js'
import type { Compare } from './compare.js'

/** A row that was found: its key, and what it is ordered by. */
export interface Found {
  readonly key: Plain
  readonly values: readonly unknown[]
}

/** The rows that were found so far, or the first `limit` of them. Rows that are equal stay in the order in which they were added. */
export class Ranked {
  readonly #runs: Found[][] = []
  readonly #compare: Compare<Found>

  constructor(
    compare: Compare<readonly unknown[]>,
    private readonly limit: number,
  ) {
    this.#compare = (one, other) => compare(one.values, other.values)
  }

  /** Rows of one page. */
  add(page: Found[]): void {
    if (page.length > 0) this.#runs.push(page.sort(this.#compare).slice(0, this.limit))
  }

  /** All of them in order. Pages are merged in pairs, and others have their turn in between. */
  async inOrder(): Promise<Found[]> {
    let runs = this.#runs
    while (runs.length > 1) {
      const merged: Found[][] = []
      for (let i = 0; i < runs.length; i += 2) {
        merged.push(this.#merge(runs[i] ?? [], runs[i + 1] ?? []))
        await othersTurn()
      }
      runs = merged
    }
    return runs[0] ?? []
  }

  #merge(one: readonly Found[], other: readonly Found[]): Found[] {
    const merged: Found[] = []
    let [i, j] = [0, 0]
    while (merged.length < this.limit) {
      const [a, b] = [one[i], other[j]]
      if (a !== undefined && (b === undefined || this.#compare(a, b) <= 0)) {
        merged.push(a)
        i++
      } else if (b !== undefined) {
        merged.push(b)
        j++
      } else break
    }
    return merged
  }
}
