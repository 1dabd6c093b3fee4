import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { clientGenerator, testGenerator, withUrl, writeCommonJsEntry } from './client-generator.mjs'
import { root } from './paths.mjs'
import { prismaGenerate } from './prisma-cli.mjs'
import { whenChanged } from './stamp.mjs'

const models = 'test/schema-models/company'

/**
 * The schema of a company, for one database: a client of its own, since its tenants are text and not also numbers, and
 * some rows are shared. Into `test/generated/<database>/company/`: `client/`, `encryption/`, `schema.sql`.
 *
 * @param {string} provider Prisma's name of the database.
 * @param {{ sources: readonly string[], outputs: readonly string[], models: (psl: string) => string, writeSql: (files: { path: string, content: string }[], path: string) => Promise<void> }} tools
 */
export async function generateCompanyClient(provider, tools) {
  const folder = `test/generated/${provider}/company`
  const inputs = [models, ...tools.sources]
  const outputs = [
    `${folder}/client/client.ts`,
    `${folder}/encryption/index.ts`,
    `${folder}/schema.sql`,
    ...tools.outputs,
  ]
  await whenChanged(`company-${provider}`, { inputs, outputs, salt: testGenerator }, async () => {
    rmSync(join(root, folder), { recursive: true, force: true })
    const schema = [
      { path: 'main.prisma', content: mainFile(provider) },
      ...readdirSync(join(root, models)).map((name) => ({
        path: name,
        content: tools.models(readFileSync(join(root, models, name), 'utf8')),
      })),
    ]
    mkdirSync(join(root, folder, 'schema'), { recursive: true })
    for (const { path, content } of schema) writeFileSync(join(root, folder, 'schema', path), withUrl(content))
    await prismaGenerate(`generate the company's client for ${provider}`, `${folder}/schema`)
    writeCommonJsEntry(join(root, folder, 'client'))
    await tools.writeSql(schema, join(root, folder, 'schema.sql'))
  })
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
