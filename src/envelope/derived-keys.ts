import { createHmac } from 'node:crypto'
import type { Suite } from './suites/suite.js'

/** Bytes. A data key is 256 bits, as KMS generates it for `AES_256`. */
const DATA_KEY_LENGTH = 32
export const DATA_KEY_ID_LENGTH = 16

/**
 * The data key's id, derived from the key itself.
 *
 * It commits the envelope to one key: unwrapping recomputes it, so a swapped, wrong or malleable wrapped key is
 * detected before anything is opened with it.
 */
export function dataKeyId(dataKey: Uint8Array): Buffer {
  assertWholeKey(dataKey)
  return createHmac('sha256', dataKey).update('prisma-envelope/v1/data-key-id').digest().subarray(0, DATA_KEY_ID_LENGTH)
}

/** The key that a suite actually uses: the data key itself never encrypts, and two suites never share a key. */
export function sealingKey(dataKey: Uint8Array, suite: Suite): Buffer {
  assertWholeKey(dataKey)
  return createHmac('sha256', dataKey).update(`prisma-envelope/v1/seal/${suite.name}`).digest()
}

/** HMAC accepts a key of any length, so an empty or detached buffer would produce a sealing key that anyone can compute. */
function assertWholeKey(dataKey: Uint8Array): void {
  if (dataKey.length !== DATA_KEY_LENGTH) throw new RangeError(`a data key is ${DATA_KEY_LENGTH} bytes long`)
}
