import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { accelerator } from '../../src/envelope/suites/accelerator.js'
import { countInMemory, unsearchable } from '../support/process-memory.js'
import { asciiTexts, wideTexts } from './fixtures/known-texts.js'

/** Pieces of texts in a form that JavaScript has not got them in: only memory that was worked in can hold them. */
const needles = [
  ...asciiTexts.map((text) => ({ text, bytes: Buffer.from(text, 'utf16le') })),
  ...wideTexts.map((text) => ({ text, bytes: Buffer.from(text) })),
].flatMap(({ text, bytes }) =>
  // The beginning may be overwritten by what is sealed from it.
  [0, bytes.length / 2, bytes.length - 60].map((at) => ({
    name: `${text.charCodeAt(0) < 0x80 ? 'ASCII' : 'wide'} ${text.length} at ${at}`,
    bytes: bytes.subarray(at, at + 60),
  })),
)

/** What was found in the memory of a process that has sealed and opened the texts, as `name: how often`. */
async function found(mode: 'drop' | 'keep'): Promise<string[]> {
  const child = fork(join(import.meta.dirname, 'fixtures', 'use-texts.ts'), [mode], { execArgv: ['--import', 'tsx'] })
  try {
    const [said] = await once(child, 'message')
    expect(said).toBe(`used the addon, holding ${mode === 'keep' ? 12 : 0}`)
    const wanted = needles.map(({ bytes }) => bytes)
    const counts = countInMemory(child.pid ?? 0, wanted)
    return needles.flatMap(({ name }, i) => (counts[i] === 0 ? [] : [`${name}: ${counts[i]}`]))
  } finally {
    child.kill('SIGKILL')
  }
}

test.skipIf(unsearchable !== undefined || accelerator() === undefined)(
  'nothing of a text is left in the memory that the addon has worked in',
  async () => {
    expect(await found('drop')).toEqual([])
    // The search itself finds what is there.
    expect(await found('keep')).toHaveLength(needles.length)
  },
  60_000,
)
