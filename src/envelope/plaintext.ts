/** A value as it is sealed: the bytes, or the text whose UTF-8 they are. */
export type Plaintext = string | Uint8Array

/** Bytes. */
export function plaintextLength(plaintext: Plaintext): number {
  return typeof plaintext === 'string' ? Buffer.byteLength(plaintext) : plaintext.length
}

/** Writes a plaintext where there is room for it; gives the number of bytes. */
export function writePlaintext(plaintext: Plaintext, bytes: Buffer, at: number): number {
  if (typeof plaintext === 'string') return bytes.write(plaintext, at)
  bytes.set(plaintext, at)
  return plaintext.length
}

/** Reads a value out of opened bytes, which are wiped afterwards. */
export type Decode = (bytes: Buffer, start: number, end: number) => unknown
