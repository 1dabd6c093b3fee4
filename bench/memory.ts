import { collectGarbage, gc } from '../test/support/garbage.js'

/** Collects what died young: a few milliseconds. */
export function collectYoung(): void {
  gc({ type: 'minor' })
}

export interface Memory {
  /** Bytes of JavaScript's objects, and of what they hold outside of V8's heap (buffers). */
  readonly reachable: number
  /** Bytes of physical memory that the process has, whatever for. */
  readonly resident: number
}

/** What is left when all garbage is gone. */
export async function memoryInUse(): Promise<Memory> {
  await collectGarbage()
  const { heapUsed, external, rss } = process.memoryUsage()
  return { reachable: heapUsed + external, resident: rss }
}
