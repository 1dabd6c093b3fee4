import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** V8's collector, which Node gives to nobody who does not ask. `minor` collects what died young, in milliseconds. */
export const gc = exposedCollector()

function exposedCollector(): (options?: { type: 'minor' }) => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc')
}

/** Collects all garbage, and lets what native objects leave behind be finalized, which happens between two collections. */
export async function collectGarbage(): Promise<void> {
  for (let round = 0; round < 4; round++) {
    gc()
    await new Promise((resolve) => setImmediate(resolve))
  }
}
