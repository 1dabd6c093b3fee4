import { decodeWrappedKey, encodeWrappedKey, WRAP_TAG_LENGTH, type WrappedKey } from '../../envelope/index.js'

/** A wrapped key as it is stored beside the position of a job. */
export function wrappedKeyState(wrappedKey: WrappedKey): Uint8Array {
  return Buffer.concat([wrappedKey.wrapTag, encodeWrappedKey(wrappedKey)])
}

/** `undefined` for what is none. */
export function storedWrappedKey(state: Uint8Array): WrappedKey | undefined {
  const bytes = Buffer.from(state)
  try {
    return decodeWrappedKey(bytes.subarray(0, WRAP_TAG_LENGTH), bytes.subarray(WRAP_TAG_LENGTH))
  } catch {
    return undefined
  }
}
