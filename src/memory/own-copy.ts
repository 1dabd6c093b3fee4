/**
 * A copy with an ArrayBuffer of its own. Node cuts small buffers, and what the SDK decodes, from a shared pool of 8 KiB:
 * such a view lets anyone who reaches `.buffer` read its neighbours, leaves a key behind in the pool after a transfer, and
 * keeps the whole of the pool alive.
 *
 * The ArrayBuffer is made first: V8 keeps what `new Uint8Array(32)` makes, up to 64 bytes, in its own heap, moves it out when
 * native code (`createHmac`) first asks for it, and leaves the bytes behind where nothing that JavaScript does reaches them.
 */
export function ownCopy(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const own = new Uint8Array(new ArrayBuffer(bytes.length))
  own.set(bytes)
  return own
}

/** The same as a Buffer. */
export function ownBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(ownCopy(bytes).buffer)
}
