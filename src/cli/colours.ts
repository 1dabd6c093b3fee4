import type { Writable } from 'node:stream'
import pc from 'picocolors'

/** Colours where they are read by a person: not in a file or a pipe, also where an environment variable says so. */
export function coloursFor(stream: Writable): ReturnType<typeof pc.createColors> {
  return pc.createColors(pc.isColorSupported && 'isTTY' in stream && stream.isTTY === true)
}
