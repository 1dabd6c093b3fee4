import { PrismaLibSql } from '@prisma/adapter-libsql'
import { fieldEncryption, type KmsProvider } from 'prisma-envelope'
import { encryptedModels } from './generated/encryption/index.js'
import { PrismaClient } from './generated/prisma/client.js'

/** Owns what belongs to no organisation: `sharedTenant` in the schema. */
export const SHARED = encryptedModels.sharedTenant

/**
 * The client of the whole process. Unbound, it reaches what belongs to no organisation: people and their sessions, for a login.
 * Everything else is reached through `prisma.$forTenant(organization)`.
 */
export function openDb(database: string, kms: KmsProvider) {
  const adapter = new PrismaLibSql({ url: `file:${database}` })
  return new PrismaClient({ adapter }).$extends(
    fieldEncryption({
      models: encryptedModels,
      app: 'signatures',
      kms,
      cmk: aliasOf,
      indexCmk: INDEX_KEY,
      // A route that forgot its organisation fails, where it would otherwise read the documents of all.
      requireTenant: true,
    }),
  )
}

export type Db = ReturnType<typeof openDb>

/** Ends the client: data keys in memory are wiped, the connection is closed. */
export async function closeDb(prisma: Db): Promise<void> {
  prisma.$encryption.close()
  await prisma.$disconnect()
}

export const INDEX_KEY = 'alias/signatures-index'

/** Each organisation's CMK is named by an alias, so that a new organisation needs no deployment. */
export function aliasOf(tenant: string): string {
  return `alias/signatures/${tenant}`
}
