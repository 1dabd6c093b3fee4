import { type FieldEncryptionOptions, fieldEncryption } from '../../src/index.js'
import { type LocalKms, localKms } from '../../src/kms/local-kms/index.js'
import { encryptedModels, PrismaClient } from './client.js'
import type { TestDatabase } from './database.js'
import { recordingAdapter, type Statement } from './recording-adapter.js'

/** The tenants that the test KMS has a CMK for, each under `alias/tenant/<name>`. `1` and `2` are for Int columns. */
export const TENANTS = ['acme', 'globex', 'initech', '1', '2'] as const

/** The options that tests vary. */
export type TestOptions = Partial<Omit<FieldEncryptionOptions<typeof encryptedModels>, 'models'>>

/** An embedded KMS with one CMK for each of {@link TENANTS}, and one HMAC key for indexes. */
export async function testKms(): Promise<LocalKms> {
  const kms = localKms()
  for (const tenant of TENANTS) await kms.createKey({ alias: `alias/tenant/${tenant}` })
  await kms.createKey({ alias: 'alias/index', spec: 'HMAC_256' })
  kms.calls.reset()
  return kms
}

/** An extended client of a test database, with what it sends to the database written down. */
export function encryptedClient(database: TestDatabase, kms: LocalKms, options: TestOptions = {}) {
  const { factory, statements } = recordingAdapter(database.adapter())
  const plain = new PrismaClient({ adapter: factory })
  const prisma = plain.$extends(
    fieldEncryption({
      models: encryptedModels,
      app: 'test',
      kms: kms.provider,
      cmk: (tenant) => ((TENANTS as readonly string[]).includes(tenant) ? `alias/tenant/${tenant}` : undefined),
      indexCmk: 'alias/index',
      ...options,
    }),
  )
  return { plain, prisma, statements: statements as Statement[] }
}

export type EncryptedClient = ReturnType<typeof encryptedClient>['prisma']
