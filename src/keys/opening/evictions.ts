import { LRUCache } from 'lru-cache'

const MAX_REMEMBERED = 10_000

/**
 * When each tenant's keys were last dropped, counted in evictions: what KMS was asked before is not cached after it, and
 * nobody who comes after it is answered with it.
 */
export class Evictions {
  #count = 0
  readonly #last: LRUCache<string, number>
  /** Tenants that are no longer remembered count as evicted as late as the latest of them. */
  #forgotten = 0

  constructor(max = MAX_REMEMBERED) {
    this.#last = new LRUCache({
      max,
      dispose: (at, _tenant, reason) => {
        if (reason === 'evict') this.#forgotten = Math.max(this.#forgotten, at)
      },
    })
  }

  /** Stays the same until the tenant's next eviction. */
  of(tenant: string): number {
    return this.#last.peek(tenant) ?? this.#forgotten
  }

  note(tenant: string): void {
    this.#count += 1
    this.#last.set(tenant, this.#count)
  }
}
