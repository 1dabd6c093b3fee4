import { PrismaLibSql } from '@prisma/adapter-libsql'
import { fieldEncryption } from 'prisma-envelope'
import type { LocalKms } from 'prisma-envelope/local-kms'
import { encryptedModels } from './generated/encryption/index.js'
import { PrismaClient } from './generated/prisma/client.js'
import { aliasOf, isTenant } from './tenants.js'

/** All the set-up there is. For production, `kms: awsKms({ region: 'eu-central-1' })` in place of the embedded KMS. */
export function openClient(database: string, kms: LocalKms) {
  const adapter = new PrismaLibSql({ url: `file:${database}` })
  return new PrismaClient({ adapter }).$extends(
    fieldEncryption({
      models: encryptedModels,
      app: 'demo',
      kms: kms.provider,
      cmk: (tenant) => (isTenant(tenant) ? aliasOf(tenant) : undefined),
    }),
  )
}

export type DemoClient = ReturnType<typeof openClient>
