import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { clientGenerator, testGenerator, withUrl, writeCommonJsEntry } from './client-generator.mjs'
import { root } from './paths.mjs'
import { prismaGenerate } from './prisma-cli.mjs'
import { whenChanged } from './stamp.mjs'

const source = 'test/schema-models/company'

/**
 * The schema of a company, for one database: a client of its own, since its tenants are text and not also numbers, and
 * some rows are shared. Into `test/generated/<database>/company/`: `client/`, `joins/client/`, `encryption/`, `schema.sql`.
 *
 * @param {string} provider Prisma's name of the database.
 * @param {{ sources: readonly string[], outputs: readonly string[], models: (psl: string) => string, writeSql: (files: { path: string, content: string }[], path: string) => Promise<void> }} tools
 */
export async function generateCompanyClient(provider, tools) {
  const folder = `test/generated/${provider}/company`
  const inputs = [source, ...tools.sources]
  const outputs = [
    `${folder}/client/client.ts`,
    `${folder}/joins/client/client.ts`,
    `${folder}/encryption/index.ts`,
    `${folder}/schema.sql`,
    ...tools.outputs,
  ]
  await whenChanged(`company-${provider}`, { inputs, outputs, salt: testGenerator }, async () => {
    rmSync(join(root, folder), { recursive: true, force: true })
    const models = readdirSync(join(root, source)).map((name) => ({
      path: name,
      content: tools.models(readFileSync(join(root, source, name), 'utf8')),
    }))
    const schema = [{ path: 'main.prisma', content: mainFile(provider) }, ...models]
    await generate(provider, folder, schema)
    await tools.writeSql(schema, join(root, folder, 'schema.sql'))
    // A schema of its own: a preview feature holds for all clients of one.
    await generate(provider, `${folder}/joins`, [{ path: 'main.prisma', content: joinsFile(provider) }, ...models])
  })
}

async function generate(provider, folder, schema) {
  mkdirSync(join(root, folder, 'schema'), { recursive: true })
  for (const { path, content } of schema) writeFileSync(join(root, folder, 'schema', path), withUrl(content))
  await prismaGenerate(`generate the company's client for ${provider} in ${folder}`, `${folder}/schema`)
  writeCommonJsEntry(join(root, folder, 'client'))
}

/** The same client, which loads relations by a join where the database can. */
function joinsFile(provider) {
  const previewFeatures = ['relationJoins']
  return `${clientGenerator({ provider: testGenerator, output: '../client', previewFeatures })}
datasource db {
  provider = "${provider}"
}
`
}

function mainFile(provider) {
  return `${clientGenerator({ provider: testGenerator, output: '../client' })}
generator encryption {
  provider     = "node --import tsx src/cli/main.ts"
  output       = "../encryption"
  types        = "patch"
  sharedTenant = "main"
}

datasource db {
  provider = "${provider}"
}
`
}
