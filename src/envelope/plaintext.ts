/** A value as it is sealed: bytes, or text that is encoded as UTF-8. */
export type Plaintext = string | Uint8Array

/** Bytes. */
export function plaintextLength(plaintext: Plaintext): number {
  return typeof plaintext === 'string' ? Buffer.byteLength(plaintext) : plaintext.length
}

/** Writes a plaintext to `bytes`, which must have room for it; returns the number of bytes. */
export function writePlaintext(plaintext: Plaintext, bytes: Buffer, at: number): number {
  if (typeof plaintext === 'string') return bytes.write(plaintext, at)
  bytes.set(plaintext, at)
  return plaintext.length
}
