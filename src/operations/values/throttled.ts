import { LRUCache } from 'lru-cache'
import type { CallKeys } from '../../keys/index.js'
import type { MaybePromise } from '../../promises/maybe-promise.js'
import type { Throttle } from '../sweep/pace.js'
import type { ValueCipher } from './value-target.js'

const MAX_KNOWN = 10_000

/** Lets a job ask KMS for what it has not met before, and no faster than it may. */
export class KmsThrottle {
  readonly #known = new LRUCache<string, true>({ max: MAX_KNOWN })

  constructor(
    private readonly throttle: Throttle,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** The same keys, of which so many new ones are asked for in a second: KMS unwraps each. */
  keys(keys: Pick<CallKeys, 'forOpening'>): Pick<CallKeys, 'forOpening'> {
    return {
      forOpening: async (id, tenant, wrappedKey) => {
        await this.#meet(JSON.stringify([id, tenant]))
        return keys.forOpening(id, tenant, wrappedKey)
      },
    }
  }

  /** The same cipher: KMS generates a data key for each tenant whose values are sealed, and computes its index key. */
  sealing({ seal, fillTokens }: Omit<ValueCipher, 'open'>): Omit<ValueCipher, 'open'> {
    return {
      seal: (leaves) => this.#eachTenant('data key', leaves, seal),
      fillTokens: (leaves) => this.#eachTenant('index key', leaves, fillTokens),
    }
  }

  /** One tenant after another, so that KMS is not asked for many keys at once. */
  async #eachTenant<T extends { readonly tenant: string | undefined }>(
    kind: string,
    leaves: readonly T[],
    work: (some: readonly T[]) => MaybePromise<void>,
  ): Promise<void> {
    for (const tenant of new Set(leaves.map((leaf) => leaf.tenant))) {
      await this.#meet(JSON.stringify([kind, tenant]))
      await work(leaves.filter((leaf) => leaf.tenant === tenant))
    }
  }

  async #meet(name: string): Promise<void> {
    if (!this.#known.has(name)) await this.throttle.take(1, this.signal)
    this.#known.set(name, true)
  }
}
