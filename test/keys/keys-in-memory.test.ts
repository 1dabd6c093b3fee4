import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sealingKey, suites } from '../../src/envelope/index.js'
import { indexSubkey } from '../../src/search/index.js'
import { valueTypes } from '../../src/values/index.js'
import { countInMemory, unsearchable } from '../support/process-memory.js'
import { KEYS, knownKey } from './fixtures/known-keys.js'

/** What was found in the memory of a process that has used known keys, as `name: how often`. */
async function found(native: 'off' | undefined, mode: 'drop' | 'keep'): Promise<string[]> {
  const child = fork(join(import.meta.dirname, 'fixtures', 'use-keys.ts'), [mode], {
    execArgv: ['--import', 'tsx', '--expose-gc'],
    env: { ...process.env, ...(native !== undefined && { PRISMA_ENVELOPE_NATIVE: native }) },
  })
  try {
    const [said] = await once(child, 'message')
    expect(said).toBe(`used ${KEYS}, holding ${mode === 'keep' ? KEYS : 0}`)
    const secrets = Array.from({ length: KEYS }, (_, i) => knownKey(i)).flatMap((dataKey, i) => [
      { name: `data key ${i}`, bytes: Buffer.from(dataKey) },
      ...Object.values(suites).map((suite) => ({ name: `${suite.name} key ${i}`, bytes: sealingKey(dataKey, suite) })),
    ])
    const index = knownKey(KEYS)
    const definition = {
      field: 'patient.email',
      index: 'patient.emailIndex',
      type: valueTypes.text,
      normalize: [],
    } as const
    secrets.push({ name: 'index key', bytes: Buffer.from(index) })
    secrets.push({ name: 'key of an index', bytes: indexSubkey(index, definition) })
    const counts = countInMemory(child.pid ?? 0, secrets.map(({ bytes }) => bytes)) // biome-ignore format: short
    return secrets.flatMap(({ name }, i) => (counts[i] === 0 ? [] : [`${name}: ${counts[i]}`]))
  } finally {
    child.kill('SIGKILL')
  }
}

test.skipIf(unsearchable !== undefined)(
  `nothing of a key is left in the memory of a process that has dropped it${unsearchable === undefined ? '' : ` (left out: ${unsearchable})`}`,
  async () => {
    expect(await found(undefined, 'drop')).toEqual([])
    expect(await found('off', 'drop')).toEqual([])
    // The search itself finds what is there: keys that are still held.
    const held = await found('off', 'keep')
    expect(held.filter((line) => line.startsWith('aes-256-gcm key'))).toHaveLength(KEYS)
    expect(held.filter((line) => line.startsWith('data key'))).toEqual([])
  },
  60_000,
)
