import { table } from '../report/table.js'
import type { KeyMemory } from './memory-of-keys.js'
import { inOwnProcess } from './own-process.js'

const KEYS = 10_000
const uses = {
  'one-tenant': 'of one tenant, that only open',
  open: 'a tenant each, that only open',
  seal: 'a tenant each, that seal and open',
}
const implementations = ['accelerator', 'node:crypto'] as const

/**
 * What a data key takes in memory: the difference that 10,000 of them make, divided by their number, the caches' tables
 * included, and what is kept of each tenant. Each case in a process of its own, whose memory nothing has used before.
 */
export function memoryPerKey(): string {
  const rows = implementations.flatMap((implementation) =>
    Object.entries(uses).map(([use, which]) => {
      const { reachable, resident, missing } = memoryOf(implementation, use)
      const name = `${implementation}, keys ${which}`
      if (missing !== undefined) return [`${name}: ${missing}`, '-', '-']
      return [name, reachable.toFixed(0), resident.toFixed(0)]
    }),
  )
  return table([`bytes per cached key, of ${KEYS}`, 'objects and buffers', 'physical memory'], rows)
}

function memoryOf(implementation: string, use: string): KeyMemory {
  return JSON.parse(inOwnProcess('memory-of-keys.ts', implementation, use, String(KEYS))) as KeyMemory
}
