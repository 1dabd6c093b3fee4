/** An arena of about this size (bytes) holds a batch; a larger message is a batch of its own. */
const BATCH_BYTES = 256 * 2 ** 10

/** Calls `work` for each batch of messages in order, with the first index, the index after the last, and the total bytes. */
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
