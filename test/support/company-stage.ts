import { readFile } from 'node:fs/promises'
import { afterAll } from 'vitest'
import { localKms } from '../../src/kms/local-kms/index.js'
import type { FieldEncryptionOptions } from '../../src/prisma/encryption-options.js'
import { fieldEncryption } from '../../src/prisma/extension.js'
import { encryptedModels, PrismaClient } from './company-client.js'
import { testProvider } from './database.js'
import { openEmptyDatabase } from './empty-database.js'
import { recordingAdapter, type Statement } from './recording-adapter.js'

export type CompanyOptions = Partial<Omit<FieldEncryptionOptions<typeof encryptedModels>, 'models'>>

/** A fresh database with the tables of a company, an embedded KMS with a CMK for each tenant, one extended client. */
export async function openCompany(options: CompanyOptions = {}) {
  const database = await openEmptyDatabase()
  await database.execute(
    await readFile(new URL(`../generated/${testProvider()}/company/schema.sql`, import.meta.url), 'utf8'),
  )
  const kms = localKms()
  for (const tenant of ['acme', 'globex', 'main']) await kms.createKey({ alias: `alias/tenant/${tenant}` })
  await kms.createKey({ alias: 'alias/index', spec: 'HMAC_256' })
  const { factory, statements } = recordingAdapter(database.adapter())
  const plain = new PrismaClient({ adapter: factory })
  const extend = (more: CompanyOptions = {}) =>
    plain.$extends(
      fieldEncryption({
        models: encryptedModels,
        app: 'company',
        kms: kms.provider,
        cmk: (tenant) => `alias/tenant/${tenant}`,
        indexCmk: 'alias/index',
        ...options,
        ...more,
      }),
    )
  const prisma = extend()
  afterAll(async () => {
    await plain.$disconnect()
    await database.close()
  })
  return {
    database,
    kms,
    plain,
    prisma,
    extend,
    acme: prisma.$forTenant('acme'),
    globex: prisma.$forTenant('globex'),
    main: prisma.$forTenant('main'),

    /** What was sent to the database while `work` ran. */
    async sqlOf(work: () => unknown): Promise<string[]> {
      statements.length = 0
      await work()
      return (statements as Statement[]).map(({ kind, sql }) => `${kind} ${sql}`.trim())
    },
  }
}
