import { PrismaLibSql } from '@prisma/adapter-libsql'
import { awsKms, fieldEncryption, type KmsProvider } from 'prisma-envelope'
import { encryptedModels } from './generated/encryption/index.js'
import { PrismaClient } from './generated/prisma/client.js'

/** The client of the whole process. It is made once; requests bind a tenant, never a client of their own. */
export function openDb(database: string, kms: KmsProvider) {
  const adapter = new PrismaLibSql({ url: `file:${database}` })
  return new PrismaClient({ adapter }).$extends(
    fieldEncryption({
      models: encryptedModels,
      app: 'clinics',
      kms,
      cmk: aliasOf,
      // A route that forgot its tenant fails, where it would otherwise read all clinics' rows.
      requireTenant: true,
      // At most this long, a running process still serves a clinic whose CMK was disabled.
      dataKeys: { revalidate: '1m' },
    }),
  )
}

export type Db = ReturnType<typeof openDb>

/** Each clinic's CMK is named by an alias, so that onboarding a clinic needs no deployment. */
export function aliasOf(tenant: string): string {
  return `alias/clinics/${tenant}`
}

/**
 * `KMS=aws`: AWS KMS, with the SDK's usual sources of credentials. Otherwise the embedded KMS, for development, which
 * makes the CMKs of the given tenants.
 */
export async function chooseKms(
  env: NodeJS.ProcessEnv,
  development: { file: string; tenants: readonly string[] },
): Promise<KmsProvider> {
  if (env.KMS === 'aws') {
    if (!env.AWS_REGION) throw new Error('KMS=aws needs AWS_REGION.')
    return awsKms({ region: env.AWS_REGION })
  }
  if (env.NODE_ENV === 'production') throw new Error('In production, set KMS=aws: the embedded KMS protects nothing.')

  // Loaded here only: a production process has no embedded KMS in it.
  const { localKms } = await import('prisma-envelope/local-kms')
  const local = localKms({ file: development.file })
  // Made once; found in the file from then on.
  for (const tenant of development.tenants) await local.ensureKey({ alias: aliasOf(tenant) })
  return local.provider
}

/** Ends the client: data keys in memory are wiped, the connection is closed. */
export async function closeDb(prisma: Db): Promise<void> {
  prisma.$encryption.close()
  await prisma.$disconnect()
}
