import { accelerator } from './accelerator.js'
import { NativeGcmKey } from './aes-256-gcm-native.js'
import { NONCE_LENGTH, NodeGcmKey } from './aes-256-gcm-node.js'
import type { Suite } from './suite.js'

/**
 * AES-256-GCM (NIST SP 800-38D) through Node's own OpenSSL: the default, since it is what auditors expect.
 *
 * Nonces are 96 random bits, hence at most 2^32 messages per key (SP 800-38D, 8.3); `keys/` enforces that bound.
 */
export const aes256Gcm: Suite = {
  id: 1,
  name: 'aes-256-gcm',
  nonceLength: NONCE_LENGTH,
  ready: true,
  prepare: () => Promise.resolve(),
  importKey(bytes) {
    const native = accelerator()
    return native === undefined ? new NodeGcmKey(bytes) : new NativeGcmKey(native, bytes)
  },
}
