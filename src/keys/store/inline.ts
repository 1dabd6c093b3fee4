import type { WrappedKeyStore } from './wrapped-key-store.js'

/**
 * In the envelopes themselves: each carries its wrapped key, so that sealing a value stores it too, and nothing has to be
 * looked up. No two processes share a sealing key.
 */
export const inlineStore: WrappedKeyStore = {
  obtain: (_owner, generate) => generate(),
  find: (_id, carried) => carried,
}
