/**
 * Length-prefixed fields: how several strings become one unambiguous byte string.
 *
 * Without the lengths, `('ab', 'c')` and `('a', 'bc')` would authenticate as the same bytes.
 */

/**
 * Each part after its length in bytes, as 16 bits, big endian; strings as UTF-8. Throws a `RangeError` for a part of more
 * than 65,535 bytes, and for a string with a lone surrogate.
 *
 * @param allocate makes the memory, of which all is written: memory of its own, unless `Buffer.allocUnsafe`.
 */
export function lengthPrefixed(parts: readonly (string | Uint8Array)[], allocate = Buffer.alloc): Buffer {
  let length = 0
  for (const part of parts) length += 2 + lengthOf(part)
  const bytes = allocate(length)
  let at = 0
  for (const part of parts) {
    const start = at + 2
    const written = typeof part === 'string' ? bytes.write(part, start) : part.length
    if (typeof part !== 'string') bytes.set(part, start)
    bytes.writeUInt16BE(written, at)
    at = start + written
  }
  return bytes
}

function lengthOf(part: string | Uint8Array): number {
  // Every lone surrogate would become the same U+FFFD: two names, one byte string.
  if (typeof part === 'string' && !part.isWellFormed()) throw new RangeError('a field must be well-formed Unicode')
  const length = typeof part === 'string' ? Buffer.byteLength(part) : part.length
  if (length > 0xffff) throw new RangeError('a length-prefixed field holds at most 65,535 bytes')
  return length
}

/** Reads fields one after another; each read checks that enough bytes are left. */
export class FieldReader {
  #at = 0

  constructor(
    private readonly bytes: Buffer,
    private readonly truncated: () => Error,
  ) {}

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

  /** All that is left. */
  rest(): Buffer {
    return this.take(this.bytes.length - this.#at)
  }
}
