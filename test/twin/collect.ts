import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const gc: unknown = runInNewContext('gc')

/**
 * Collects garbage now. libSQL's client opens a connection after each transaction, and the one before is closed by the
 * garbage collector alone (tursodatabase/libsql-client-ts#350): left to itself, a long run slows down, then has no
 * file left to open.
 */
export function collectGarbage(): void {
  if (typeof gc !== 'function') throw new Error('This Node cannot be told to collect garbage')
  gc()
}
