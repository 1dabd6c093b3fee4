/** An arena of about this many bytes holds a batch; one larger message is a batch of its own. */
const BATCH_BYTES = 256 * 2 ** 10

/** Calls `work` for one batch of messages after another: from which, up to which, and how many bytes they take. */
export function inBatches(sizes: readonly number[], work: (from: number, to: number, bytes: number) => void): void {
  let from = 0
  let bytes = 0
  sizes.forEach((size, i) => {
    if (i > from && bytes + size > BATCH_BYTES) {
      work(from, i, bytes)
      from = i
      bytes = 0
    }
    bytes += size
  })
  if (from < sizes.length) work(from, sizes.length, bytes)
}
