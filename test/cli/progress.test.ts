import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { type ProgressWords, progressView } from '../../src/cli/jobs/progress.js'

const ESCAPE = '\u001B'

/** What is written of a job that has visited half of its rows. */
async function shown(isTTY: boolean, words: ProgressWords): Promise<string> {
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 120, cursorTo() {}, clearLine() {} })
  const view = progressView(stream, words)
  view.update({ model: 'Patient', rows: 5, allRows: 10, changed: 4, skipped: 1 } as never)
  view.stop()
  stream.end()
  return text(stream)
}

test('progress is a bar that is drawn anew on a terminal, and plain lines elsewhere', async () => {
  expect(await shown(true, { changed: 'changed' })).toContain(ESCAPE)
  const plain = await shown(false, { changed: 'changed' })
  expect(plain).toContain('5 of 10 rows, 4 changed, 1 skipped, ')
  expect(plain).not.toContain(ESCAPE)
  expect(plain).toMatch(/\n$/)
})

test('of a command that changes nothing, it says what was found', async () => {
  const plain = await shown(false, { skipped: 'found' })
  expect(plain).toContain('5 of 10 rows, 1 found, ')
  expect(plain).not.toContain('changed')
})
