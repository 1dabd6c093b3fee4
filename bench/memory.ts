import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** V8's collector, which Node gives to nobody who does not ask. */
const gc = exposedCollector()

function exposedCollector(): (options?: { type: 'minor' }) => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc')
}

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
  // Finalizers of native objects run between two collections.
  for (let i = 0; i < 4; i++) {
    gc()
    await new Promise((resolve) => setImmediate(resolve))
  }
  const { heapUsed, external, rss } = process.memoryUsage()
  return { reachable: heapUsed + external, resident: rss }
}
