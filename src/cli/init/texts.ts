import { posix } from 'node:path'
import { relative } from 'node:path/posix'
import type { Answers } from './answers.js'
import type { Project } from './project.js'

/** The generator block. @param output the folder of our module, relative to the schema file. */
export function generatorText(output: string): string {
  return `generator encryption {
  provider = "prisma-envelope"
  output   = "${output}"
}`
}

export function kmsText({ app, kms, region }: Answers): string {
  if (kms === 'aws') {
    return `import { awsKms } from 'prisma-envelope'

export const kms = awsKms({ region: '${region}' })
`
  }
  return `import { localKms } from 'prisma-envelope/local-kms'

// For development only: its keys are in a file, in plaintext. A key is created when its alias is first used.
const local = localKms({ file: '.local/kms.json', create: ['alias/${app}/*', 'alias/${app}-index'] })

export const kms = local.provider
`
}

interface Adapter {
  readonly name: string
  readonly package: string
  readonly made: string
}

const URL = 'process.env.DATABASE_URL'

/** The first that is installed is used, else the first. */
const ADAPTERS: Readonly<Record<string, readonly Adapter[]>> = {
  postgresql: [{ name: 'PrismaPg', package: '@prisma/adapter-pg', made: `{ connectionString: ${URL} }` }],
  cockroachdb: [{ name: 'PrismaPg', package: '@prisma/adapter-pg', made: `{ connectionString: ${URL} }` }],
  mysql: [{ name: 'PrismaMariaDb', package: '@prisma/adapter-mariadb', made: `${URL} ?? ''` }],
  sqlite: [
    { name: 'PrismaLibSql', package: '@prisma/adapter-libsql', made: `{ url: ${URL} ?? '' }` },
    { name: 'PrismaBetterSqlite3', package: '@prisma/adapter-better-sqlite3', made: `{ url: ${URL} ?? '' }` },
  ],
  sqlserver: [{ name: 'PrismaMssql', package: '@prisma/adapter-mssql', made: `${URL} ?? ''` }],
}

/** The driver adapter of the project's database. */
export function adapterOf({ provider, packages }: Project): Adapter {
  const adapters = ADAPTERS[provider] ?? []
  const adapter = adapters.find((one) => packages.has(one.package)) ?? adapters[0]
  if (adapter === undefined) throw new Error(`no driver adapter is known for ${provider}`)
  return adapter
}

export function dbText(project: Project, { app }: Answers): string {
  const { client, encryption, sources, extensions } = project
  const from = (folder: string, file: string): string => {
    const path = relative(posix.join('/', slashed(sources)), posix.join('/', slashed(folder)))
    return `./${extensions ? posix.join(path, file) : file === 'index.js' ? path : posix.join(path, file.replace(/\.js$/, ''))}`
  }
  const { name, package: source, made } = adapterOf(project)
  return `import { ${name} } from '${source}'
import { fieldEncryption, type TransactionOf } from 'prisma-envelope'
import { encryptedModels } from '${from(encryption, 'index.js')}'
import { PrismaClient } from '${client === undefined ? '@prisma/client' : from(client, 'client.js')}'
import { kms } from './kms${extensions ? '.js' : ''}'

export const adapter = new ${name}(${made})

export const prisma = new PrismaClient({ adapter }).$extends(
  fieldEncryption({
    models: encryptedModels,
    app: '${app}', // never change it: it is part of every data key's encryption context
    kms,
    cmk: (tenant) => \`alias/${app}/\${tenant}\`,
    indexCmk: 'alias/${app}-index',
  }),
)

export type Db = typeof prisma
export type Tx = TransactionOf<Db>
`
}

export function configText({ sources }: Project): string {
  return `import { defineConfig } from 'prisma-envelope/config'
import { prisma } from './${posix.join(slashed(sources), 'db')}'

export default defineConfig({
  client: prisma,
  // The ids of all tenants, for \`npx prisma-envelope doctor\`.
  tenants: () => [],
})
`
}

/** In a file that is read on other systems too. */
export function slashed(path: string): string {
  return path.replaceAll('\\', '/')
}
