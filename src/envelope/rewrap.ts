import { encodePrefix, parseEnvelope } from './format.js'
import type { Stored } from './prefix.js'
import { decodeText, encodeText } from './text.js'
import type { WrappedKey } from './wrapped-key.js'

/**
 * The same message under the same data key with another wrapped key, or with none where that is in the key table, in the
 * form of `stored`. Nonce and ciphertext stay: neither the wrapped key nor where it is kept is authenticated with them.
 */
export function rewrapEnvelope(stored: Stored, wrappedKey: WrappedKey | undefined): Stored {
  const binary = typeof stored === 'string' ? decodeText(stored) : Buffer.from(stored)
  const { suite, dataKeyId, nonce, sealed } = parseEnvelope(binary)
  const rewrapped = Buffer.concat([encodePrefix(suite, dataKeyId, wrappedKey), nonce, sealed])
  return typeof stored === 'string' ? encodeText(rewrapped) : new Uint8Array(rewrapped)
}
