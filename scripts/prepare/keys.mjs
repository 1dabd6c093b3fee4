import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { clientGenerator, testGenerator, withUrl, writeCommonJsEntry } from './client-generator.mjs'
import { root } from './paths.mjs'
import { prismaGenerate } from './prisma-cli.mjs'
import { whenChanged } from './stamp.mjs'

const source = 'test/schema-models/keys'

/**
 * The test schema with a key table, for one database, into `test/generated/<database>/keys/`: `client/`, `encryption/`, and
 * `schema.sql`, which has the two tables alone: a database with the others is a copy of a template.
 *
 * @param {string} provider Prisma's name of the database.
 * @param {{ sources: readonly string[], outputs: readonly string[], clinic: { path: string, content: string }[], models: (psl: string) => string, writeSql: (files: { path: string, content: string }[], path: string) => Promise<void> }} tools
 */
export async function generateKeysClient(provider, tools) {
  const folder = `test/generated/${provider}/keys`
  const inputs = ['test/schema-models', ...tools.sources]
  const outputs = [
    `${folder}/client/client.ts`,
    `${folder}/encryption/index.ts`,
    `${folder}/encryption/encryption.json`,
    `${folder}/schema.sql`,
    ...tools.outputs,
  ]
  await whenChanged(`keys-${provider}`, { inputs, outputs, salt: testGenerator }, async () => {
    rmSync(join(root, folder), { recursive: true, force: true })
    const main = { path: 'main.prisma', content: mainFile(provider) }
    const keys = readdirSync(join(root, source)).map((name) => ({
      path: name,
      content: tools.models(readFileSync(join(root, source, name), 'utf8')),
    }))
    mkdirSync(join(root, folder, 'schema'), { recursive: true })
    for (const { path, content } of [main, ...tools.clinic, ...keys]) {
      writeFileSync(join(root, folder, 'schema', path), withUrl(content))
    }
    await prismaGenerate(`generate the test client with a key table for ${provider}`, `${folder}/schema`)
    writeCommonJsEntry(join(root, folder, 'client'))
    await tools.writeSql([main, ...keys], join(root, folder, 'schema.sql'))
  })
}

function mainFile(provider) {
  return `${clientGenerator({ provider: testGenerator, output: '../client' })}
generator encryption {
  provider = "node --import tsx src/cli/main.ts"
  output   = "../encryption"
  types    = "patch"
}

datasource db {
  provider = "${provider}"
}
`
}
