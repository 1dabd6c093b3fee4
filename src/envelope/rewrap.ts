import { encodePrefix, parseEnvelope } from './format.js'
import type { Stored } from './prefix.js'
import { decodeText, encodeText } from './text.js'
import { encodeWrappedKey, type WrappedKey, wrapTag } from './wrapped-key.js'

/**
 * The same message under the same data key with another wrapped key, in the form of `stored`. Head, nonce and ciphertext
 * stay: the wrapped key is not authenticated with the message.
 */
export function rewrapEnvelope(stored: Stored, wrappedKey: WrappedKey): Stored {
  const binary = typeof stored === 'string' ? decodeText(stored) : Buffer.from(stored)
  const { suite, dataKeyId, nonce, sealed } = parseEnvelope(binary)
  const tag = wrapTag(wrappedKey.cmkArn, wrappedKey.keyMaterialId)
  const rewrapped = Buffer.concat([encodePrefix(suite, dataKeyId, tag, encodeWrappedKey(wrappedKey)), nonce, sealed])
  return typeof stored === 'string' ? encodeText(rewrapped) : new Uint8Array(rewrapped)
}
