import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { clientGenerator, testGenerator, withUrl, writeCommonJsEntry } from './client-generator.mjs'
import { root } from './paths.mjs'
import { prismaGenerate } from './prisma-cli.mjs'
import { whenChanged } from './stamp.mjs'

/**
 * The two schemas of the twin test, for one database: `test/twin/schema/` as it is, and the same without annotations.
 * Into `test/generated/<database>/twin-encrypted/` and `twin-plain/`: `client/`, `schema.sql`, and `encryption/` in the
 * former.
 *
 * @param {string} provider Prisma's name of the database.
 * @param {{ sources: readonly string[], models: (psl: string) => string, writeSql: (files: { path: string, content: string }[], path: string) => Promise<void> }} tools
 */
export async function generateTwinClients(provider, { sources, models, writeSql }) {
  for (const twin of ['encrypted', 'plain']) {
    const folder = `test/generated/${provider}/twin-${twin}`
    const inputs = ['test/twin/schema', ...sources]
    const outputs = [`${folder}/client/client.ts`, `${folder}/schema.sql`]
    await whenChanged(`twin-${twin}-${provider}`, { inputs, outputs, salt: testGenerator }, async () => {
      rmSync(join(root, folder), { recursive: true, force: true })
      const schema = composeTwin(provider, models, twin === 'encrypted')
      mkdirSync(join(root, folder, 'schema'), { recursive: true })
      for (const { path, content } of schema) writeFileSync(join(root, folder, 'schema', path), withUrl(content))
      await prismaGenerate(`generate the ${twin} twin for ${provider}`, `${folder}/schema`)
      writeCommonJsEntry(join(root, folder, 'client'))
      await writeSql(schema, join(root, folder, 'schema.sql'))
    })
  }
}

function composeTwin(provider, models, encrypted) {
  const folder = join(root, 'test', 'twin', 'schema')
  const names = readdirSync(folder).filter((name) => isFor(provider, name))
  const files = names.map((name) => {
    const content = models(readFileSync(join(folder, name), 'utf8'))
    return { path: name, content: encrypted ? content : withoutAnnotations(content) }
  })
  return [{ path: 'main.prisma', content: mainFile(provider, encrypted) }, ...files]
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

function mainFile(provider, encrypted) {
  const encryption = `
generator encryption {
  provider = "node --import tsx src/cli/main.ts"
  output   = "../encryption"
  types    = "patch"
}
`
  // A choice that is offered nowhere else.
  const previewFeatures = provider === 'postgresql' ? ['relationJoins'] : []
  return `${clientGenerator({ provider: testGenerator, output: '../client', previewFeatures })}
${encrypted ? encryption : ''}
datasource db {
  provider = "${provider}"
}
`
}
