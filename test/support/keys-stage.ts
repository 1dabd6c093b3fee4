import { readFile } from 'node:fs/promises'
import { afterAll } from 'vitest'
import type { LocalKms } from '../../src/kms/local-kms/index.js'
import type { FieldEncryptionOptions } from '../../src/prisma/encryption-options.js'
import { fieldEncryption } from '../../src/prisma/extension.js'
import { openTestDatabase, type TestDatabase, testProvider } from './database.js'
import { testOptions } from './encrypted-client.js'
import { encryptedModels, PrismaClient } from './keys-client.js'
import { testKms } from './kms.js'
import { PATIENT, recordingAdapter, type Statement } from './recording-adapter.js'
import { stageTools } from './stage.js'

export type KeysOptions = Partial<Omit<FieldEncryptionOptions<typeof encryptedModels>, 'models'>>

/** What several stages of one test may share. */
export interface KeysSetting {
  readonly database?: TestDatabase
  readonly kms?: LocalKms
}

/**
 * What `openStage` opens, of the test schema with a key table: the tables `data_keys` and `data_key_counts`.
 *
 * With the database and KMS of another stage it is a second process on them.
 */
export async function openKeysStage(options: KeysOptions = {}, shared: KeysSetting = {}) {
  const database = shared.database ?? (await openKeysDatabase())
  const kms = shared.kms ?? (await testKms())
  const { plain, prisma, statements } = keysClient(database, kms, options)
  afterAll(async () => {
    await plain.$disconnect()
    if (shared.database === undefined) await database.close()
  })
  return {
    database,
    kms,
    /** The same client without encryption, which the key table is reached by. */
    plain,
    prisma,
    statements,
    acme: prisma.$forTenant('acme'),
    globex: prisma.$forTenant('globex'),
    ...stageTools(database, kms, statements),
  }
}

/** An empty database with the tables of the test schema and the key table. */
export async function openKeysDatabase(): Promise<TestDatabase> {
  const database = await openTestDatabase()
  const sql = new URL(`../generated/${testProvider()}/keys/schema.sql`, import.meta.url)
  await database.execute(await readFile(sql, 'utf8'))
  return database
}

/** An extended client of such a database, with what it sends to the database written down. */
export function keysClient(
  database: Pick<TestDatabase, 'adapter'>,
  kms: Pick<LocalKms, 'provider'>,
  options: KeysOptions = {},
) {
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

export type KeysStage = Awaited<ReturnType<typeof openKeysStage>>
