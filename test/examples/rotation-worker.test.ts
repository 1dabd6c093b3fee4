import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

test('two workers rewrap all rows, and nothing is left', async () => {
  const main = spawn(process.execPath, ['--import', 'tsx', 'examples/rotation-worker/main.ts'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  main.stdout.on('data', (chunk: Buffer) => {
    output += chunk
  })
  const [code] = await once(main, 'close')
  expect({ code, output }).toMatchObject({ code: 0 })
  const parts = output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { changed: number; part: unknown })
  expect(parts.length).toBeGreaterThanOrEqual(11)
  expect(parts.reduce((sum, { changed }) => sum + changed, 0)).toBe(20_000)
  expect(output).toContain('0 of them are still to be rewrapped')
}, 120_000)
