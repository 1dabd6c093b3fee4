import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient } from '@libsql/client'
import type { TestProject } from 'vitest/node'
import { temporaryFolder } from './temporary-folder.js'

declare module 'vitest' {
  interface ProvidedContext {
    sqlite: { folder: string; template: string }
  }
}

/** Runs once for the project `sqlite`: a temporary folder, and in it the file that every database is a copy of. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await temporaryFolder()
  const template = join(folder, 'template.db')
  const client = createClient({ url: `file:${template}` })
  await client.executeMultiple(await readFile(new URL('../../generated/sqlite/schema.sql', import.meta.url), 'utf8'))
  client.close()
  console.log(`SQLite through ${process.env.TEST_SQLITE_ADAPTER ?? 'libsql'}`)
  project.provide('sqlite', { folder, template })
  return () => rm(folder, { recursive: true, force: true })
}
