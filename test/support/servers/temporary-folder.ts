import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A new folder for a server's files. It goes when the process ends, should a signal end it before the teardown. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'prisma-envelope-test-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}
