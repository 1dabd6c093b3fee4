import type { LazyRewrap, RewrapStats } from '../operations/index.js'
import type { EncryptionRuntime, EncryptionStats } from '../prisma/runtime.js'

/** `stats().rewrap` of a client that rewraps nothing. */
const NO_REWRAPS: RewrapStats = { waiting: 0, rewrapped: 0, fresh: 0, overtaken: 0, failed: 0, dropped: 0 }

/** `$encryption.stats`. */
export function stats(
  runtime: EncryptionRuntime,
  rewrap: LazyRewrap | undefined,
): EncryptionStats & { rewrap: RewrapStats } {
  return { ...runtime.stats(), rewrap: rewrap?.stats() ?? NO_REWRAPS }
}
