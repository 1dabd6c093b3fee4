import type { Server } from '../database.js'
import { coldStart } from './cold-start.js'
import { longestBlock } from './longest-block.js'
import { memoryPerKey } from './memory-per-key.js'
import { inOwnProcess } from './own-process.js'
import { serverless } from './serverless.js'
import { size } from './size.js'

/** What is measured once, and not in comparison. Returns the tables. */
export async function limits(server: Server, log: (text: string) => void): Promise<string> {
  const tables: string[] = []
  for (const measure of [
    size,
    () => coldStart(server),
    () => serverless(server),
    () => longestBlock(server),
    memoryPerKey,
    // What was measured before has left its own behind.
    () => inOwnProcess('growth.ts'),
  ]) {
    const made = await measure()
    log(`\n${made}`)
    tables.push(made)
  }
  return tables.join('\n\n')
}
