import type { Finding } from './examine.js'

/** No name of a finding. */
const COUNTED = 'counted'

/** So many rows are remembered. Of more, something may be told twice, and nothing is left out. */
const MAX_ROWS = 10_000

/**
 * What a job has told of rows that it visits several times. A finding that may pass, such as KMS being too busy, hides what else is
 * wrong with its row: that is told when it has passed.
 */
export class Told {
  /** Rows that cannot be written, told once. */
  readonly #refused = new Set<string>()
  /** By row: what was told although there is more to come. */
  readonly #open = new Map<string, Set<string>>()
  #isFull = false

  isRefused(row: string): boolean {
    return this.#refused.has(row)
  }

  refuse(row: string): void {
    if (this.#refused.size < MAX_ROWS) this.#refused.add(row)
  }

  /** Something of this row is still to be seen. */
  leaveOpen(row: string): void {
    if (this.#open.size >= MAX_ROWS && !this.#open.has(row)) this.#isFull = true
    else if (!this.#open.has(row)) this.#open.set(row, new Set())
  }

  /** Whether this is to be told now, of a row that was visited before. */
  isNews(row: string, finding: Finding): boolean {
    return this.#open.get(row)?.has(nameOf(finding)) === false || (this.#isFull && !this.#open.has(row))
  }

  tell(row: string, finding: Finding): void {
    this.#open.get(row)?.add(nameOf(finding))
  }

  /** Whether a dry run is to count a row that was visited before. */
  isUncounted(row: string): boolean {
    return this.#open.get(row)?.has(COUNTED) === false
  }

  count(row: string): void {
    this.#open.get(row)?.add(COUNTED)
  }
}

function nameOf({ column, reason }: Finding): string {
  return `${reason} ${column ?? ''}`
}
