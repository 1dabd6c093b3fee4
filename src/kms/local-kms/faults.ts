import type { Json } from './input.js'

/**
 * A way for the next calls to go wrong. For tests only.
 *
 * Without `hang`, `disconnect`, `error` and `body`, the call is answered as usual, after `delay` and `hold`, with `replace`.
 */
export interface Fault {
  /** The operation that it strikes; any, when absent. */
  operation?: string
  /** How many calls it strikes; 1 when absent. The SDK's retries are calls too. */
  times?: number
  /** Milliseconds to wait first. */
  delay?: number
  /** Called when the call has arrived, and waited for before it is answered: what else a test does meanwhile comes before. */
  hold?: () => Promise<unknown>
  /** No answer, ever: the call ends only by a timeout or by an abort. */
  hang?: boolean
  /** The connection breaks, with this system error code. */
  disconnect?: 'ECONNRESET' | 'ECONNREFUSED' | 'ENOTFOUND'
  /** An error of KMS's, by name, such as `ThrottlingException`. */
  error?: string
  /** The message of `error`. */
  message?: string
  /** The HTTP status; 400 with `error`, else 200. */
  status?: number
  /** The body as it stands, which need not be JSON. */
  body?: string
  /** Members of the usual answer to put in place of the true ones; `undefined` leaves one out. */
  replace?: Record<string, Json | undefined>
}

/** Faults that wait for calls to strike. */
export interface Faults {
  /** Adds a fault behind those that wait. */
  next(fault: Fault): void
  /** How many calls are still to be struck. */
  readonly pending: number
  /** Forgets the faults that wait. */
  clear(): void
}

export interface FaultQueue extends Faults {
  /** The fault for a call that arrives now, counted as struck. */
  take(operation: string): Fault | undefined
}

export function createFaults(): FaultQueue {
  let waiting: { fault: Fault; left: number }[] = []
  return {
    next: (fault) => {
      waiting.push({ fault, left: fault.times ?? 1 })
    },
    get pending() {
      return waiting.reduce((sum, { left }) => sum + left, 0)
    },
    clear: () => {
      waiting = []
    },
    take(operation) {
      const entry = waiting.find(({ fault }) => fault.operation === undefined || fault.operation === operation)
      if (entry === undefined) return undefined
      entry.left--
      if (entry.left <= 0) waiting = waiting.filter((other) => other !== entry)
      return entry.fault
    },
  }
}
