/** A copy in memory of its own: `Buffer.from` cuts it from a pool of 8 KiB, which then lives as long as the copy does. */
export function exactCopy(bytes: Uint8Array): Buffer {
  return Buffer.from(new Uint8Array(bytes).buffer)
}
