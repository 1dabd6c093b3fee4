import { EnvelopeError, EnvelopeKeyError } from '../../errors.js'
import { kmsCalls } from '../../observers/index.js'
import { ignore } from '../../promises/ignore.js'
import { TOO_LATE } from '../timings.js'
import { closed } from './closed.js'
import { endOf, noTimeLeft, type TimeLimit, whenPassed } from './time-limit.js'

/** How many calls may wait for a place. A longer queue would only grow older. */
const MAX_WAITING = 50_000
/** Of one tenant: its slow KMS must not take the queue from the others either. */
const MAX_WAITING_PER_TENANT = 10_000

/** One call to KMS, as it passes the gate. */
export interface GatedCall<T> {
  readonly tenant: string
  readonly operation: string
  /** As the configuration names it. */
  readonly cmk: string
  /** When whoever asks for it stops waiting. */
  readonly limit: TimeLimit
  /** Throws when the call need not be made. Asked again after a wait: what failed meanwhile is not tried once more. */
  readonly check?: () => void
  /** @param signal is aborted when nobody waits for the answer any more: at the limit, or when the client is closed. */
  readonly call: (signal: AbortSignal) => Promise<T>
  /** Given an answer that came after the limit, to wipe what is in it. */
  readonly discard?: (late: T) => void
}

/**
 * Bounds the KMS calls in flight: over all tenants, and for each, so that a tenant whose KMS is slow cannot take every
 * place. No call waits and runs longer than its limit, nor than the timeout. Tenants that wait take turns.
 */
export class KmsGate {
  readonly #inFlight = new Map<string, number>()
  #total = 0
  /** Who waits, by tenant, in the order of arrival. The tenant whose turn is next comes first. */
  readonly #queues = new Map<string, Set<() => void>>()
  #waiting = 0
  /** Requests that are under way. */
  readonly #requests = new Set<AbortController>()
  #closed = false

  constructor(
    private readonly limits: { maxInFlight: number; maxInFlightPerTenant: number; timeout: number },
    private readonly count: (operation: string) => void,
  ) {}

  /**
   * Throws `ENVELOPE_KMS_UNAVAILABLE` when KMS has not answered by the limit, `ENVELOPE_KMS_THROTTLED` when the call
   * was never made: no place came free by then, or too many wait. Both may be retried. `ENVELOPE_CLOSED` after
   * {@link close}.
   */
  async run<T>({ tenant, operation, cmk, limit, check, call, discard }: GatedCall<T>): Promise<T> {
    this.#assertOpen()
    check?.()
    // Of its own: a limit may be put off again and again, by callers who join.
    const latest = endOf(limit)
    const isTooLate = (): boolean => performance.now() >= Math.min(limit.until, latest) - this.#tooLate
    if (isTooLate()) throw noTimeLeft(limit)
    const waits = !this.#hasRoom(tenant)
    const full = waits ? this.#fullLimit(tenant) : undefined
    if (waits) this.#assertQueueHasRoom(tenant)
    const request = new AbortController()
    let expired = false
    let sent = false
    let sentAt = 0
    let expire = (): void => {}
    const timeout = new Promise<never>((_, reject) => {
      expire = () => reject(sent ? this.#noAnswer(tenant, operation, full) : this.#noPlace(tenant, operation, full))
    })
    let giveUp = (): void => {}
    const expiry = (): void => {
      expired = true
      // At once: a place given to a caller who has left would never come back.
      giveUp()
      // Before the request is aborted: what that makes the provider reject with says less.
      expire()
      request.abort()
    }
    const stop = whenPassed(limit, expiry, latest)
    try {
      if (waits) {
        const place = new Promise<void>((enter) => {
          giveUp = this.#queue(tenant, enter)
        })
        await Promise.race([place, timeout])
      } else {
        this.#take(tenant)
      }
      try {
        if (waits) {
          this.#assertOpen()
          check?.()
          if (isTooLate()) throw this.#noPlace(tenant, operation, full)
        }
        this.count(operation)
        sent = true
        sentAt = performance.now()
        this.#requests.add(request)
        const answer = call(request.signal)
        // The race below leaves an answer that comes too late lying about, with a data key in it.
        if (discard !== undefined) answer.then((late) => expired && discard(late)).catch(ignore)
        const answered = await Promise.race([answer, timeout])
        publishCall({ tenant, operation, cmk }, sentAt)
        return answered
      } catch (error) {
        // What a provider rejects with once it is aborted need not say why.
        const reason = this.#closed && !expired ? closed() : error
        if (sent) publishCall({ tenant, operation, cmk }, sentAt, { error: reason })
        throw reason
      } finally {
        this.#requests.delete(request)
        this.#leave(tenant)
      }
    } finally {
      stop()
    }
  }

  /** Aborts what is under way. A provider that answers all the same is heard; nothing more is sent. */
  close(): void {
    this.#closed = true
    for (const request of this.#requests) request.abort()
  }

  #assertOpen(): void {
    if (this.#closed) throw closed()
  }

  get #tooLate(): number {
    return Math.min(TOO_LATE, this.limits.timeout / 10)
  }

  #noAnswer(tenant: string, operation: string, full: string | undefined): EnvelopeKeyError {
    const wait = full === undefined ? '' : `, including its wait for a free slot in this process (${full})`
    return new EnvelopeKeyError(
      'ENVELOPE_KMS_UNAVAILABLE',
      `KMS did not answer ${operation} within ${this.limits.timeout} ms${wait}. Check the network, the KMS quota and dataKeys.timeout, then try again.`,
      { tenant, retryable: true },
    )
  }

  #noPlace(tenant: string, operation: string, full: string | undefined): EnvelopeKeyError {
    return new EnvelopeKeyError(
      'ENVELOPE_KMS_THROTTLED',
      `${operation} was not sent to KMS: it waited ${this.limits.timeout} ms (dataKeys.timeout) for a free slot among the calls of this process, which were at ${full}. Find out whether KMS is slow, send fewer calls, or raise that option, then try again.`,
      { tenant, retryable: true },
    )
  }

  /** The option that a call of this tenant waits for, and its value. */
  #fullLimit(tenant: string): string {
    const { maxInFlight, maxInFlightPerTenant } = this.limits
    return (this.#inFlight.get(tenant) ?? 0) >= maxInFlightPerTenant
      ? `dataKeys.maxInFlightPerTenant: ${maxInFlightPerTenant}`
      : `dataKeys.maxInFlight: ${maxInFlight}`
  }

  #assertQueueHasRoom(tenant: string): void {
    const ofTenant = this.#queues.get(tenant)?.size ?? 0
    if (this.#waiting < MAX_WAITING && ofTenant < MAX_WAITING_PER_TENANT) return
    throw new EnvelopeKeyError(
      'ENVELOPE_KMS_THROTTLED',
      `${ofTenant < MAX_WAITING_PER_TENANT ? MAX_WAITING : MAX_WAITING_PER_TENANT} KMS calls are already waiting. Send fewer calls, or raise dataKeys.maxInFlight and dataKeys.maxInFlightPerTenant.`,
      { tenant, retryable: true },
    )
  }

  /** Joins the queue. Returns what leaves it, if the caller is still in it. */
  #queue(tenant: string, enter: () => void): () => void {
    const queue = this.#queues.get(tenant) ?? new Set()
    queue.add(enter)
    this.#queues.set(tenant, queue)
    this.#waiting += 1
    return () => {
      if (!queue.delete(enter)) return
      this.#waiting -= 1
      if (queue.size === 0) this.#queues.delete(tenant)
    }
  }

  #hasRoom(tenant: string): boolean {
    return this.#total < this.limits.maxInFlight && (this.#inFlight.get(tenant) ?? 0) < this.limits.maxInFlightPerTenant
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
    this.#admitNext()
  }

  #admitNext(): void {
    for (const [tenant, queue] of this.#queues) {
      if (!this.#hasRoom(tenant)) continue
      const [enter] = queue
      if (enter === undefined) continue
      queue.delete(enter)
      this.#waiting -= 1
      // To the end of the round: a batch of thousands does not hold up the one call of another tenant.
      this.#queues.delete(tenant)
      if (queue.size > 0) this.#queues.set(tenant, queue)
      this.#take(tenant)
      enter()
      return
    }
  }
}

/** @param failed where it did, with what. */
function publishCall(
  { tenant, operation, cmk }: Pick<GatedCall<unknown>, 'tenant' | 'operation' | 'cmk'>,
  sentAt: number,
  failed?: { readonly error: unknown },
): void {
  if (!kmsCalls.hasSubscribers) return
  kmsCalls.publish({
    type: 'kms-call',
    operation,
    cmk,
    tenant: tenant === '' ? undefined : tenant,
    duration: performance.now() - sentAt,
    outcome: failed === undefined ? 'answered' : 'failed',
    code: failed?.error instanceof EnvelopeError ? failed.error.code : undefined,
  })
}
