import { LRUCache } from 'lru-cache'
import { EnvelopeKeyError } from '../../errors.js'
import { type Clock, type Deadline, deadlineIn, hasPassed } from '../clock.js'
import { CMK_REFUSED, UNWRAP_REFUSED } from '../timings.js'
import { errorOf, type KeptFailure, keptFailure } from './kept-failure.js'

/** How many wrapped keys of one tenant may fail within {@link UNWRAP_REFUSED}. */
const MAX_FAILURES = 100
const MAX_ENTRIES = 10_000
/** Of all that is remembered of wrapped keys, and of CMKs. */
const MAX_BYTES = 8 * 2 ** 20

interface Failed {
  readonly failure: KeptFailure
  readonly until: Deadline
}

/** What failed recently, so that damaged or planted rows cannot buy KMS calls without end. Bounded in every direction. */
export class UnwrapFailures {
  readonly #wrappedKeys = failures()
  readonly #cmks = failures()
  readonly #tenants = new LRUCache<string, { failures: number; until: Deadline }>({ max: MAX_ENTRIES })

  constructor(private readonly clock: Clock) {}

  /** How much is kept of failures, at most. */
  get bytes(): number {
    return this.#wrappedKeys.calculatedSize + this.#cmks.calculatedSize
  }

  /** Throws what this wrapped key failed with before, or `ENVELOPE_UNWRAP_LIMITED`. */
  checkWrappedKey(tenant: string, name: string): void {
    const known = this.#wrappedKeys.get(nameOf(tenant, name))
    if (known !== undefined && !hasPassed(this.clock, known.until)) throw errorOf(known.failure)
    const window = this.#tenants.get(tenant)
    if (window !== undefined && window.failures >= MAX_FAILURES && !hasPassed(this.clock, window.until)) {
      throw new EnvelopeKeyError(
        'ENVELOPE_UNWRAP_LIMITED',
        `${MAX_FAILURES} data keys of this tenant failed to unwrap within a minute, so rows are damaged or forged. Cached data keys still work; KMS is called again after the minute. Find and restore those rows.`,
        { tenant, retryable: true },
      )
    }
  }

  /** KMS did not accept this wrapped key, or it holds another key than it should. */
  rememberWrappedKey(tenant: string, name: string, error: EnvelopeKeyError): void {
    this.#wrappedKeys.set(nameOf(tenant, name), {
      failure: keptFailure(error),
      until: deadlineIn(this.clock, UNWRAP_REFUSED),
    })
    const window = this.#tenants.get(tenant)
    if (window === undefined || hasPassed(this.clock, window.until)) {
      this.#tenants.set(tenant, { failures: 1, until: deadlineIn(this.clock, UNWRAP_REFUSED) })
    } else {
      window.failures += 1
    }
  }

  /** Throws what KMS refused this CMK with a moment ago. */
  checkCmk(tenant: string, cmk: string): void {
    const known = this.#cmks.get(nameOf(tenant, cmk))
    if (known !== undefined && !hasPassed(this.clock, known.until)) throw errorOf(known.failure)
  }

  /** KMS refuses to work with this CMK. */
  rememberCmk(tenant: string, cmk: string, error: EnvelopeKeyError): void {
    this.#cmks.set(nameOf(tenant, cmk), { failure: keptFailure(error), until: deadlineIn(this.clock, CMK_REFUSED) })
  }

  forget(tenant: string): void {
    this.#tenants.delete(tenant)
    for (const remembered of [this.#wrappedKeys, this.#cmks]) {
      for (const name of [...remembered.keys()]) if (name.startsWith(nameOf(tenant, ''))) remembered.delete(name)
    }
  }
}

function failures(): LRUCache<string, Failed> {
  return new LRUCache({ max: MAX_ENTRIES, maxSize: MAX_BYTES, sizeCalculation: bytesOf })
}

/** Two for each character, at most, and some for the objects themselves. */
function bytesOf({ failure }: Failed, name: string): number {
  return 2 * (name.length + failure.message.length + (failure.tenant?.length ?? 0)) + 200
}

function nameOf(tenant: string, of: string): string {
  return `${tenant}\0${of}`
}
