import { types } from 'node:util'
import { ownCopy } from '../../memory/own-copy.js'

/** Bytes: of a data key, and of the MAC that an index key is. */
const KEY_LENGTH = 32

/**
 * Takes over a key from a provider's answer: copies it and wipes what the provider handed out.
 *
 * Call it on the answer before anything else can run: a provider may wipe its buffer after it returned it, or use the same
 * one for the next call. Waits between its answer and the copy, however short, would let it.
 */
export function takeKey(bytes: Uint8Array): Uint8Array {
  // Types bind no provider that is written in JavaScript. Nothing is refused as no key at all.
  if (!types.isUint8Array(bytes)) return new Uint8Array(0)
  const own = ownCopy(bytes)
  bytes.fill(0)
  return own
}

/**
 * What keeps these bytes from being a key, to follow "KMS"; `undefined` where nothing does.
 *
 * Zeros are what a buffer holds that was wiped too early, or never filled. Everyone has that key, and what is sealed under
 * it opens, so that nobody would notice. The comparison need not take constant time: with a random key it ends at the first
 * byte, but for one in 256, and whoever measures that learns how many zeros the key begins with.
 */
export function faultOf(key: Uint8Array): string | undefined {
  if (key.length !== KEY_LENGTH) return `returned a key of ${key.length} bytes instead of ${KEY_LENGTH}`
  if (key.every((byte) => byte === 0)) return 'returned a key of zeros, as if its buffer was wiped too early'
  return undefined
}
