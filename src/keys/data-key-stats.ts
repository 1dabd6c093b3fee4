import { dataKeyCache } from '../observers/index.js'

/** What data keys have cost and are worth so far. */
export interface DataKeyStats {
  /** KMS calls by operation, calls that failed included. */
  kmsCalls: Record<string, number>
  /** Unwrapped data keys in memory. */
  cached: number
  /** Look-ups of a key to open with that found it in memory. */
  hits: number
  /** Those that had to ask KMS. */
  misses: number
  /** Data keys generated. */
  generated: number
}

/** Look-ups of keys to open with: counted, and an event each. */
export class LookUps {
  hits = 0
  misses = 0

  note(outcome: 'hit' | 'miss', tenant: string): void {
    if (outcome === 'hit') this.hits += 1
    else this.misses += 1
    if (dataKeyCache.hasSubscribers) dataKeyCache.publish({ type: 'data-key-cache', outcome, tenant })
  }
}
