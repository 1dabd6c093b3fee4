import { afterAll } from 'vitest'
import type { LocalKms } from '../../src/kms/local-kms/index.js'
import { fieldEncryption } from '../../src/prisma/extension.js'
import type * as Previews from '../generated/postgresql/client-previews/client.js'
import { encryptedModels } from './client.js'
import { testProvider } from './database.js'
import type { TestDatabase } from './databases/contract.js'
import { PATIENT, recordingAdapter } from './recording-adapter.js'

/** A client with the preview features of the test schema, on a stage's database and KMS. The types are PostgreSQL's. */
export async function previewClient({ database, kms }: { database: TestDatabase; kms: LocalKms }) {
  const { Prisma, PrismaClient } = (await import(
    `../generated/${testProvider()}/client-previews/client.ts`
  )) as typeof Previews
  const { factory, statements } = recordingAdapter(database.adapter())
  const plain = new PrismaClient({ adapter: factory, transactionOptions: PATIENT })
  const prisma = plain.$extends(
    fieldEncryption({
      models: encryptedModels,
      app: 'test',
      kms: kms.provider,
      cmk: (tenant) => `alias/tenant/${tenant}`,
      indexCmk: 'alias/index',
    }),
  )
  afterAll(() => plain.$disconnect())
  return { Prisma, plain, prisma, statements, acme: prisma.$forTenant('acme'), globex: prisma.$forTenant('globex') }
}
