/**
 * Length-prefixed fields: how several strings become one unambiguous byte string.
 *
 * Without the lengths, `('ab', 'c')` and `('a', 'bc')` would authenticate as the same bytes.
 */

/**
 * Each part behind its length in bytes, as 16 bits, big endian; strings as UTF-8. Throws a `RangeError` on a part that
 * has no such form: one of more than 65,535 bytes, or a string with a lone surrogate.
 */
export function lengthPrefixed(parts: readonly (string | Uint8Array)[]): Buffer {
  const pieces: Uint8Array[] = []
  for (const part of parts) {
    // Every lone surrogate would become the same U+FFFD: two names, one byte string.
    if (typeof part === 'string' && !part.isWellFormed()) throw new RangeError('a field must be well-formed Unicode')
    const bytes = typeof part === 'string' ? Buffer.from(part, 'utf8') : part
    if (bytes.length > 0xffff) throw new RangeError('a length-prefixed field holds at most 65,535 bytes')
    const length = Buffer.alloc(2)
    length.writeUInt16BE(bytes.length)
    pieces.push(length, bytes)
  }
  return Buffer.concat(pieces)
}

/** Reads fields one after another; every step checks that the bytes are there. */
export class FieldReader {
  #at = 0

  constructor(
    private readonly bytes: Buffer,
    private readonly truncated: () => Error,
  ) {}

  get done(): boolean {
    return this.#at === this.bytes.length
  }

  take(length: number): Buffer {
    const end = this.#at + length
    if (end > this.bytes.length) throw this.truncated()
    const taken = this.bytes.subarray(this.#at, end)
    this.#at = end
    return taken
  }

  u8(): number {
    return this.take(1).readUInt8()
  }

  u16(): number {
    return this.take(2).readUInt16BE()
  }

  u32(): number {
    return this.take(4).readUInt32BE()
  }

  field(): Buffer {
    return this.take(this.u16())
  }
}
