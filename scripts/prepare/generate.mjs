import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { clientGenerator, testGenerator, withUrl, writeCommonJsEntry } from './client-generator.mjs'
import { generateCompanyClient } from './company.mjs'
import { generateKeysClient } from './keys.mjs'
import { withMysqlTypes } from './mysql-types.mjs'
import { root } from './paths.mjs'
import { prismaGenerate } from './prisma-cli.mjs'
import { readIfAny, whenChanged } from './stamp.mjs'
import { generateTwinClients } from './twin.mjs'

/** What decides about the generator's output. */
const generatorSources = [
  'src/cli',
  'src/databases',
  'src/errors.ts',
  'src/generator',
  'src/schema',
  'src/tenancy',
  'src/values',
  'package-lock.json',
  'scripts',
]

/** What our generator writes into the folder next to the client's. */
const encryptionIn = (folder) => [`${folder}/encryption/index.ts`, `${folder}/encryption/encryption.json`]

/** The databases that the integration tests run on, by Prisma's name: MariaDB is `mysql`. */
const testProviders = ['postgresql', 'sqlite', 'mysql']

/**
 * Generates the test schema for each database into `test/generated/<database>/`: `client/`, `encryption/`, `schema.sql`.
 *
 * The models in `test/schema-models/` are the same for all, but for those in a folder named after one database, which
 * only it can have, and for some native types on MySQL. The SQL for MySQL is checked in as well, since no engine of
 * Prisma checks it.
 */
export async function generateTestClients() {
  await Promise.all(testProviders.map(generateTestClient))
  await Promise.all(testProviders.map(generateTwins))
  await Promise.all(testProviders.map(generateCompany))
  await Promise.all(testProviders.map(generateKeys))
}

async function generateTestClient(provider) {
  const folder = `test/generated/${provider}`
  const inputs = ['test/schema-models', ...generatorSources]
  const outputs = [`${folder}/client/client.ts`, ...encryptionIn(folder), `${folder}/schema.sql`]
  if (provider === 'mysql') outputs.push(checkedInSql)
  await whenChanged(`test-${provider}`, { inputs, outputs, salt: testGenerator }, async () => {
    for (const made of ['client', 'client-previews', 'encryption', 'schema', 'schema.sql']) {
      rmSync(join(root, folder, made), { recursive: true, force: true })
    }
    const schema = composeTestSchema(provider, join(root, folder, 'schema'))
    await prismaGenerate(`generate the test client for ${provider}`, `${folder}/schema`)
    for (const client of ['client', 'client-previews']) writeCommonJsEntry(join(root, folder, client))
    await writeSchemaSql(provider, schema, join(root, folder, 'schema.sql'))
    if (provider === 'mysql') checkIn(join(root, folder, 'schema.sql'), join(root, checkedInSql))
  })
}

function generateTwins(provider) {
  return generateTwinClients(provider, {
    sources: generatorSources,
    models: (psl) => modelsFor(provider, psl),
    writeSql: (schema, path) => writeSchemaSql(provider, schema, path),
  })
}

function generateCompany(provider) {
  const checkedIn = provider === 'mysql' ? ['test/schema-sql/mysql-company.sql'] : []
  return generateCompanyClient(provider, {
    sources: generatorSources,
    outputs: checkedIn,
    models: (psl) => modelsFor(provider, psl),
    async writeSql(schema, path) {
      await writeSchemaSql(provider, schema, path)
      for (const kept of checkedIn) checkIn(path, join(root, kept))
    },
  })
}

function generateKeys(provider) {
  const checkedIn = provider === 'mysql' ? ['test/schema-sql/mysql-keys.sql'] : []
  return generateKeysClient(provider, {
    sources: generatorSources,
    outputs: checkedIn,
    clinic: clinicFiles(provider),
    models: (psl) => modelsFor(provider, psl),
    async writeSql(schema, path) {
      await writeSchemaSql(provider, schema, path)
      for (const kept of checkedIn) checkIn(path, join(root, kept))
    },
  })
}

const checkedInSql = 'test/schema-sql/mysql.sql'

/** Keeps a file under version control up to date. A continuous integration that would have to change it fails. */
function checkIn(generated, path) {
  const content = readFileSync(generated, 'utf8')
  if (readIfAny(path) === content) return
  if (process.env.CI) throw new Error(`prepare: ${path} is out of date: run \`npm run setup\` and commit it.`)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
}

function composeTestSchema(provider, folder) {
  const main = `${clientGenerator({ provider: testGenerator, output: '../client' })}
// The same client with preview features, for the tests of those: some change what a call means.
${clientGenerator({
  name: 'previews',
  provider: testGenerator,
  output: '../client-previews',
  previewFeatures: ['relationJoins', 'strictUndefinedChecks', 'typedSql'],
})}
generator encryption {
  provider = "node --import tsx src/cli/main.ts"
  output   = "../encryption"
  types    = "patch"
}

datasource db {
  provider = "${provider}"
}
`
  const files = [{ path: 'main.prisma', content: main }, ...clinicFiles(provider)]
  mkdirSync(folder, { recursive: true })
  for (const { path, content } of files) writeFileSync(join(folder, path), withUrl(content))
  return files
}

/** The models of the clinic, with those that only this database can have. */
function clinicFiles(provider) {
  const models = join(root, 'test', 'schema-models')
  return [models, join(models, provider)].filter(existsSync).flatMap((from) =>
    readdirSync(from)
      .filter((name) => name.endsWith('.prisma'))
      .map((name) => ({ path: name, content: modelsFor(provider, readFileSync(join(from, name), 'utf8')) })),
  )
}

function modelsFor(provider, psl) {
  return provider === 'mysql' ? withMysqlTypes(psl) : psl
}

/** Generates the demo's client from `prisma/schema.prisma`. */
export async function generateDemoClient() {
  await generateExampleClient('demo', 'prisma')
}

/** Generates the client of the HTTP API in `examples/http-api/`. */
export async function generateHttpApiClient() {
  await generateExampleClient('http-api', 'examples/http-api/prisma')
}

/** Generates the client of the application in `examples/saas/`. */
export async function generateSaasClient() {
  await generateExampleClient('saas', 'examples/saas/prisma')
}

/** Generates the client of the worker in `examples/rotation-worker/`. */
export async function generateWorkerClient() {
  await generateExampleClient('rotation-worker', 'examples/rotation-worker/prisma', 'postgresql')
}

/** Generates the client of `bench/`, with the generator from its sources, as the tests do. */
export async function generateBenchClient() {
  const schema = 'bench/schema.prisma'
  const folder = 'bench/generated'
  const generated = [`${folder}/prisma/client.ts`, ...encryptionIn(folder), `${folder}/schema.sql`]
  const outputs = [...generated, 'bench/prisma-envelope.lock.json']
  await whenChanged('bench', { inputs: [schema, ...generatorSources], outputs }, async () => {
    await prismaGenerate('generate the client of the benchmark', schema)
    const content = readFileSync(join(root, schema), 'utf8')
    await writeSchemaSql('postgresql', [{ path: 'schema.prisma', content }], join(root, folder, 'schema.sql'))
  })
}

/** As a user of the package would: after the build, by its command. */
async function generateExampleClient(name, schemaFolder, provider = 'sqlite') {
  const folder = `examples/${name}/generated`
  const schema = `${schemaFolder}/schema.prisma`
  const inputs = [schema, ...generatorSources]
  const generated = [`${folder}/prisma/client.ts`, ...encryptionIn(folder), `${folder}/schema.sql`]
  // The generator reads the lock file too, but also writes it: as an input it would make the next run do this again.
  const outputs = [...generated, `${schemaFolder}/prisma-envelope.lock.json`]
  await whenChanged(name, { inputs, outputs }, async () => {
    await prismaGenerate(`generate the client of examples/${name}`, schema)
    const content = readFileSync(join(root, schema), 'utf8')
    await writeSchemaSql(provider, [{ path: 'schema.prisma', content }], join(root, folder, 'schema.sql'))
  })
}

async function writeSchemaSql(provider, files, path) {
  // Imported here, since its packages may only just have been installed.
  const { schemaSql } = await import('../schema-sql.mjs')
  const { mysqlSql } = await import('../mysql-sql.mjs')
  writeFileSync(path, provider === 'mysql' ? mysqlSql(files) : await schemaSql(provider, files))
}
