/** Bytes that are kept from pass to pass. */
const KEPT = 256 * 2 ** 10

let kept: Buffer | undefined
let borrowed = false

/**
 * Memory for one pass: usually the same piece as for the previous pass, so that a batch of values costs no allocation. Its
 * content is undefined; {@link giveBack} wipes it.
 */
export function borrow(size: number): Buffer {
  // Outside Node's pool, from which other buffers of the process are allocated.
  if (size > KEPT || borrowed) return Buffer.allocUnsafeSlow(size)
  kept ??= Buffer.allocUnsafeSlow(KEPT)
  borrowed = true
  return kept.subarray(0, size)
}

export function giveBack(arena: Buffer): void {
  arena.fill(0)
  if (arena.buffer === kept?.buffer) borrowed = false
}
