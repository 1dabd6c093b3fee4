import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const gc: unknown = runInNewContext('gc')

/**
 * Collects garbage. libSQL's client opens a connection after each transaction, and the one before is closed when it is
 * collected (tursodatabase/libsql-client-ts#350): left to itself, a long run slows down, then has no file left to open.
 */
export async function collectGarbage(): Promise<void> {
  if (typeof gc !== 'function') throw new Error('This Node cannot be told to collect garbage')
  // First the statements, then the connections that they belong to. What closes them runs between two turns of the event
  // loop, which calls on SQLite, all of them synchronous, would never come to.
  for (let round = 0; round < 3; round++) {
    gc()
    await setImmediate()
  }
}
