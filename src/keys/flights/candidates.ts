import { createHash } from 'node:crypto'
import { EnvelopeKeyError } from '../../errors.js'
import { errorOf, type KeptFailure, keptFailure } from '../failures/kept-failure.js'

/**
 * The wrapped keys that several callers bring for one data key. They are tried one after another until one works, and
 * what works serves all: rows may say what they like of their wrapped key, and still cost one KMS call together.
 */
export class Candidates {
  readonly #untried = new Set<string>()
  #current: string | undefined
  /** By digest: a row may bring a candidate of 64 KiB. */
  readonly #failures = new Map<string, KeptFailure>()

  add(candidate: string): void {
    if (candidate !== this.#current && !this.hasFailed(candidate)) this.#untried.add(candidate)
  }

  /** How many were tried, and failed. */
  get failed(): number {
    return this.#failures.size
  }

  hasFailed(candidate: string): boolean {
    return this.#failures.size > 0 && this.#failures.has(digest(candidate))
  }

  failureOf(candidate: string): EnvelopeKeyError | undefined {
    const failure = this.#failures.get(digest(candidate))
    return failure && errorOf(failure)
  }

  /**
   * The outcome of the first attempt that succeeds, over all candidates that are added before it does. An error that says
   * nothing of the candidate, such as an outage, ends the search at once. What was not tried by its end is forgotten.
   *
   * @param most how many may fail.
   */
  async first<T>(attempt: (candidate: string) => Promise<T>, most = Number.POSITIVE_INFINITY): Promise<T> {
    let failure: unknown
    try {
      for (const candidate of this.#untried) {
        this.#untried.delete(candidate)
        this.#current = candidate
        try {
          return await attempt(candidate)
        } catch (error) {
          if (!(error instanceof EnvelopeKeyError) || error.retryable) throw error
          this.#failures.set(digest(candidate), keptFailure(error))
          failure = error
          if (this.failed >= most) break
        }
      }
    } finally {
      this.#current = undefined
      this.#untried.clear()
    }
    throw failure ?? new Error('no candidate was left to try')
  }
}

function digest(candidate: string): string {
  return createHash('sha256').update(candidate, 'latin1').digest('base64url')
}
