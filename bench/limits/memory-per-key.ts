import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { table } from '../report/table.js'
import type { KeyMemory } from './memory-of-keys.js'

const PROGRAM = fileURLToPath(new URL('memory-of-keys.ts', import.meta.url))
const KEYS = 10_000
const uses = ['seal', 'open'] as const
const implementations = ['accelerator', 'node:crypto'] as const

/**
 * What a data key takes in memory: the difference that 10,000 of them make, each of a tenant of its own, divided by their
 * number, the caches' tables included. Each case in a process of its own, whose memory nothing has used before.
 */
export function memoryPerKey(): string {
  const rows = implementations.flatMap((implementation) =>
    uses.map((use) => {
      const { reachable, resident, missing } = inOwnProcess(implementation, use)
      const name = `${implementation}, keys that ${use === 'seal' ? 'seal and open' : 'only open'}`
      if (missing !== undefined) return [`${name}: ${missing}`, '-', '-']
      return [name, reachable.toFixed(0), resident.toFixed(0)]
    }),
  )
  return table([`bytes per cached key, of ${KEYS}`, 'objects and buffers', 'physical memory'], rows)
}

function inOwnProcess(implementation: string, use: string): KeyMemory {
  const output = execFileSync(process.execPath, [...process.execArgv, PROGRAM, implementation, use, String(KEYS)], {
    encoding: 'utf8',
  })
  return JSON.parse(output) as KeyMemory
}
