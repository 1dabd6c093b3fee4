import { PrismaLibSql } from '@prisma/adapter-libsql'
import { fieldEncryption } from 'prisma-envelope'
import type { LocalKms } from 'prisma-envelope/local-kms'
import { encryptedModels } from './generated/encryption/index.js'
import { PrismaClient } from './generated/prisma/client.js'
import { aliasOf, INDEX_ALIAS, isTenant } from './tenants.js'

/** All the set-up there is. For production, `kms: awsKms({ region: 'eu-central-1' })` in place of the embedded KMS. */
export function openClient(database: string, kms: LocalKms, rewrap: 'lazy' | 'off' = 'off') {
  const adapter = new PrismaLibSql({ url: `file:${database}` })
  return new PrismaClient({ adapter }).$extends(
    fieldEncryption({
      models: encryptedModels,
      app: 'demo',
      kms: kms.provider,
      cmk: (tenant) => (isTenant(tenant) ? aliasOf(tenant) : undefined),
      indexCmk: INDEX_ALIAS,
      // Off until the step that shows it, so that every step's KMS calls are its own.
      rewrap,
    }),
  )
}

export type DemoClient = ReturnType<typeof openClient>
