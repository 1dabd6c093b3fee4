import { LRUCache } from 'lru-cache'
import type { CallKeys } from '../../keys/index.js'
import type { Throttle } from '../sweep/pace.js'

const MAX_KNOWN = 10_000

/** The same keys, of which so many new ones are asked for in a second: KMS unwraps each. */
export function throttled(
  keys: Pick<CallKeys, 'forOpening'>,
  throttle: Throttle,
  signal: AbortSignal | undefined,
): Pick<CallKeys, 'forOpening'> {
  const known = new LRUCache<string, true>({ max: MAX_KNOWN })
  return {
    async forOpening(id, tenant, wrappedKey) {
      const name = `${id} ${tenant}`
      if (!known.has(name)) await throttle.take(1, signal)
      known.set(name, true)
      return keys.forOpening(id, tenant, wrappedKey)
    },
  }
}
