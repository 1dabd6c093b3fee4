import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { clientGenerator, testGenerator, withUrl, writeCommonJsEntry } from './client-generator.mjs'
import { root } from './paths.mjs'
import { prismaGenerate } from './prisma-cli.mjs'
import { whenChanged } from './stamp.mjs'

/** The twins' schemas: the folder of each, the folders that are generated, and what the generator's block says beside. */
const schemas = [
  { folder: 'test/twin/schema', name: 'twin', options: '' },
  { folder: 'test/twin/schema-company', name: 'twin-company', options: '  sharedTenant = "main"\n' },
]

/** The key table, which the encrypted twins have besides. */
const keys = 'test/schema-models/keys'

/**
 * The schemas of the twin test, for one database: each as it is and with a key table, and the same without annotations. `test/twin/schema/` into
 * `test/generated/<database>/twin-encrypted/` and `twin-plain/`: `client/`, `schema.sql`, and `encryption/` in the former;
 * `test/twin/schema-company/` into `twin-company-encrypted/` and `twin-company-plain/`.
 *
 * @param {string} provider Prisma's name of the database.
 * @param {{ sources: readonly string[], models: (psl: string) => string, writeSql: (files: { path: string, content: string }[], path: string) => Promise<void> }} tools
 */
export async function generateTwinClients(provider, tools) {
  for (const schema of schemas)
    for (const twin of ['encrypted', 'plain']) await generateTwin(provider, tools, schema, twin)
}

async function generateTwin(provider, { sources, models, writeSql }, { folder: from, name, options }, twin) {
  const folder = `test/generated/${provider}/${name}-${twin}`
  const inputs = [from, keys, ...sources]
  const outputs = [`${folder}/client/client.ts`, `${folder}/schema.sql`]
  await whenChanged(`${name}-${twin}-${provider}`, { inputs, outputs, salt: testGenerator }, async () => {
    rmSync(join(root, folder), { recursive: true, force: true })
    const schema = composeTwin(provider, models, from, twin === 'encrypted' ? options : undefined)
    mkdirSync(join(root, folder, 'schema'), { recursive: true })
    for (const { path, content } of schema) writeFileSync(join(root, folder, 'schema', path), withUrl(content))
    await prismaGenerate(`generate the ${twin} ${name} for ${provider}`, `${folder}/schema`)
    writeCommonJsEntry(join(root, folder, 'client'))
    await writeSql(schema, join(root, folder, 'schema.sql'))
  })
}

/** @param options of the encryption's generator; without it, the schema of the plain twin. */
function composeTwin(provider, models, from, options) {
  const names = readdirSync(join(root, from)).filter((name) => isFor(provider, name))
  const main = { path: 'main.prisma', content: mainFile(provider, options) }
  const files = names.map((name) => ({ path: name, content: models(readFileSync(join(root, from, name), 'utf8')) }))
  if (options === undefined) {
    return [main, ...files.map(({ path, content }) => ({ path, content: withoutAnnotations(content) }))]
  }
  const table = ['keys.prisma'].map((name) => ({
    path: name,
    content: models(readFileSync(join(root, keys, name), 'utf8')),
  }))
  return [main, ...files, ...table]
}

/** `lists.postgresql.prisma` is for PostgreSQL alone, `staff.prisma` for all. */
function isFor(provider, name) {
  const [, database, more] = name.split('.')
  return more === undefined ? database === 'prisma' : database === provider
}

/** All that tells the twins apart. */
function withoutAnnotations(psl) {
  return psl.replace(/\/\/\/ @encrypted.*$/gm, '').replace(/[ \t]+$/gm, '')
}

function mainFile(provider, options) {
  const encryption = `
generator encryption {
  provider = "node --import tsx src/cli/main.ts"
  output   = "../encryption"
  types    = "patch"
${options}}
`
  // A choice that is offered nowhere else.
  const previewFeatures = provider === 'postgresql' ? ['relationJoins'] : []
  return `${clientGenerator({ provider: testGenerator, output: '../client', previewFeatures })}
${options === undefined ? '' : encryption}
datasource db {
  provider = "${provider}"
}
`
}
