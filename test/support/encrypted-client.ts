import type { LocalKms } from '../../src/kms/local-kms/index.js'
import type { FieldEncryptionOptions } from '../../src/prisma/encryption-options.js'
import { fieldEncryption } from '../../src/prisma/extension.js'
import { encryptedModels, PrismaClient } from './client.js'
import type { TestDatabase } from './databases/contract.js'
import { TENANTS } from './kms.js'
import { PATIENT, recordingAdapter, type Statement } from './recording-adapter.js'

export { TENANTS, testKms } from './kms.js'

/** The options that tests vary. */
export type TestOptions = Partial<Omit<FieldEncryptionOptions<typeof encryptedModels>, 'models'>>

/** An extended client of a test database, with what it sends to the database written down. */
export function encryptedClient(database: Pick<TestDatabase, 'adapter'>, kms: LocalKms, options: TestOptions = {}) {
  const { factory, statements } = recordingAdapter(database.adapter())
  const plain = new PrismaClient({ adapter: factory, transactionOptions: PATIENT })
  const prisma = plain.$extends(
    fieldEncryption({
      models: encryptedModels,
      ...testOptions(kms),
      ...options,
    }),
  )
  return { plain, prisma, statements: statements as Statement[] }
}

/** The options of a test's client, but for the models: a CMK for each tenant of the tests, and no other. */
export function testOptions({ provider }: Pick<LocalKms, 'provider'>) {
  return {
    app: 'test',
    kms: provider,
    cmk: (tenant: string) => ((TENANTS as readonly string[]).includes(tenant) ? `alias/tenant/${tenant}` : undefined),
    indexCmk: 'alias/index',
  }
}

export type EncryptedClient = ReturnType<typeof encryptedClient>['prisma']
