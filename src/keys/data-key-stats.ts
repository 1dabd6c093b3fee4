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
