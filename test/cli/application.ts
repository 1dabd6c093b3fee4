import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient } from '@libsql/client'
import { onTestFinished } from 'vitest'

/** A folder with the test schema's tables in a database, and a configuration to be written. */
export interface Application {
  readonly folder: string
  /** The database's address. */
  readonly url: string
  configure(text: string): Promise<void>
}

export async function createApplication(): Promise<Application> {
  const folder = await mkdtemp(join(import.meta.dirname, '.tmp-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const url = `file:${join(folder, 'test.db')}`
  const database = createClient({ url })
  await database.executeMultiple(await readFile('test/generated/sqlite/schema.sql', 'utf8'))
  database.close()
  return { folder, url, configure: (text) => writeFile(join(folder, 'prisma-envelope.config.ts'), text) }
}

/** The head of a configuration: `extended()` makes a client, `open()` one without encryption. @param cmk the option, as code. */
export function clientText(cmk: string): string {
  return `
import { PrismaLibSql } from '@prisma/adapter-libsql'
import { defineConfig } from '../../../src/cli/config/define-config.js'
import { fieldEncryption } from '../../../src/index.js'
import { localKms } from '../../../src/kms/local-kms/index.js'
import { PrismaClient } from '../../generated/sqlite/client/client.js'
import { encryptedModels } from '../../generated/sqlite/encryption/index.js'

const adapter = new PrismaLibSql({ url: 'file:' + import.meta.dirname + '/test.db' })
const open = (): unknown => new PrismaClient({ adapter })
const extended = () => {
  const kms = localKms({ file: import.meta.dirname + '/kms.json', create: ['alias/*'] })
  return new PrismaClient({ adapter }).$extends(
    fieldEncryption({ models: encryptedModels, app: 'cli', kms: kms.provider, cmk: ${cmk}, indexCmk: 'alias/index' }),
  )
}
`
}
