import { closeSync, openSync, readFileSync, readSync } from 'node:fs'

/** Why the memory of another process cannot be searched here; `undefined` where it can. */
export const unsearchable = process.platform === 'linux' ? undefined : '/proc/<pid>/mem is of Linux'

const CHUNK = 2 ** 26

/** How often each of these stands in the writable memory of a process that this one has started. */
export function countInMemory(pid: number, needles: readonly Buffer[]): number[] {
  const longest = Math.max(...needles.map(({ length }) => length))
  const counts = needles.map(() => 0)
  const chunk = Buffer.alloc(CHUNK)
  const memory = openSync(`/proc/${pid}/mem`, 'r')
  try {
    for (const line of readFileSync(`/proc/${pid}/maps`, 'latin1').split('\n')) {
      const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? []
      if (from === undefined || to === undefined) continue
      const end = Number.parseInt(to, 16)
      for (let at = Number.parseInt(from, 16); at < end; ) {
        const read = readAt(memory, chunk, at, Math.min(CHUNK, end - at))
        if (read === 0) break
        needles.forEach((needle, i) => {
          counts[i] = (counts[i] ?? 0) + occurrences(chunk.subarray(0, read), needle)
        })
        // What lies across two chunks is in the second whole.
        at += at + read < end ? Math.max(1, read - longest + 1) : read
      }
    }
  } finally {
    closeSync(memory)
  }
  return counts
}

function readAt(memory: number, into: Buffer, at: number, length: number): number {
  try {
    return readSync(memory, into, 0, length, at)
  } catch {
    // Reserved and not backed by anything.
    return 0
  }
}

function occurrences(bytes: Buffer, needle: Buffer): number {
  let count = 0
  for (let at = bytes.indexOf(needle); at !== -1; at = bytes.indexOf(needle, at + 1)) count += 1
  return count
}
