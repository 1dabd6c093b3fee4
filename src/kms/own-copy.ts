/**
 * A copy with an ArrayBuffer of its own. Node cuts small buffers, and what the SDK decodes, from a shared pool of 8 KiB:
 * such a view lets anyone who reaches `.buffer` read its neighbours, leaves a key behind in the pool after a transfer, and
 * keeps the whole of the pool alive.
 */
export function ownCopy(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes)
}

/** The same as a Buffer. */
export function ownBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(ownCopy(bytes).buffer)
}
