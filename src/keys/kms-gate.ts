import { EnvelopeKeyError } from '../errors.js'

/** How many calls may wait for a place. A longer queue would only grow older. */
const MAX_WAITING = 10_000

interface Waiting {
  tenant: string
  enter: () => void
}

/**
 * Bounds the KMS calls in flight: over all tenants, and for each, so that a tenant whose KMS is slow cannot take every
 * place. No call waits or runs longer than the timeout.
 */
export class KmsGate {
  readonly #inFlight = new Map<string, number>()
  #total = 0
  #waiting: Waiting[] = []

  constructor(
    private readonly limits: { maxInFlight: number; maxInFlightPerTenant: number; timeout: number },
    private readonly count: (operation: string) => void,
  ) {}

  /**
   * Runs one call. `discard` is given an answer that came after the timeout, to wipe what is in it.
   *
   * Throws `ENVELOPE_KMS_UNAVAILABLE` at the timeout, `ENVELOPE_KMS_THROTTLED` when too many wait; both may be retried.
   */
  async run<T>(tenant: string, operation: string, call: () => Promise<T>, discard?: (late: T) => void): Promise<T> {
    let timer: NodeJS.Timeout | undefined
    let expired = false
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        expired = true
        reject(tooSlow(tenant, operation, this.limits.timeout))
      }, this.limits.timeout)
    })
    try {
      await Promise.race([this.#enter(tenant), timeout])
      try {
        this.count(operation)
        const answer = call()
        if (discard !== undefined) answer.then((late) => expired && discard(late), ignore)
        return await Promise.race([answer, timeout])
      } finally {
        this.#leave(tenant)
      }
    } finally {
      clearTimeout(timer)
    }
  }

  #enter(tenant: string): Promise<void> | undefined {
    if (this.#hasRoom(tenant)) {
      this.#take(tenant)
      return undefined
    }
    if (this.#waiting.length >= MAX_WAITING) {
      throw new EnvelopeKeyError(
        'ENVELOPE_KMS_THROTTLED',
        `${MAX_WAITING} KMS calls are waiting already. Slow down, or raise dataKeys.maxInFlight.`,
        { tenant, retryable: true },
      )
    }
    return new Promise((enter) => this.#waiting.push({ tenant, enter }))
  }

  #hasRoom(tenant: string): boolean {
    return (
      this.#total < this.limits.maxInFlight && (this.#inFlight.get(tenant) ?? 0) < this.limits.maxInFlightPerTenant
    )
  }

  #take(tenant: string): void {
    this.#total += 1
    this.#inFlight.set(tenant, (this.#inFlight.get(tenant) ?? 0) + 1)
  }

  #leave(tenant: string): void {
    this.#total -= 1
    const left = (this.#inFlight.get(tenant) ?? 1) - 1
    if (left === 0) this.#inFlight.delete(tenant)
    else this.#inFlight.set(tenant, left)
    const next = this.#waiting.findIndex((waiting) => this.#hasRoom(waiting.tenant))
    if (next < 0) return
    const [waiting] = this.#waiting.splice(next, 1)
    if (waiting === undefined) return
    this.#take(waiting.tenant)
    waiting.enter()
  }
}

function ignore(): void {}

function tooSlow(tenant: string, operation: string, timeout: number): EnvelopeKeyError {
  return new EnvelopeKeyError(
    'ENVELOPE_KMS_UNAVAILABLE',
    `KMS did not answer ${operation} within ${timeout} ms. Check the network, the KMS quota and dataKeys.timeout, then try again.`,
    { tenant, retryable: true },
  )
}
