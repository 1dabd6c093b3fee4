import { PrismaPg } from '@prisma/adapter-pg'
import { fieldEncryption, type KmsProvider } from 'prisma-envelope'
import { encryptedModels } from './generated/encryption/index.js'
import { PrismaClient } from './generated/prisma/client.js'

/** A tenant's CMK, and the one that it replaces. */
export function cmksOf(tenant: string, year: number) {
  return { current: `alias/example/${tenant}-${year}`, previous: [`alias/example/${tenant}-${year - 1}`] }
}

/** @param year of the CMKs that new data keys are wrapped under. */
export function openDb(url: string, kms: KmsProvider, year: number) {
  return new PrismaClient({ adapter: new PrismaPg({ connectionString: url, max: 4 }) }).$extends(
    fieldEncryption({
      models: encryptedModels,
      app: 'rotation-worker',
      kms,
      cmk: (tenant) => cmksOf(tenant, year),
      // The jobs do it: nothing is rewrapped because it is read.
      rewrap: 'off',
    }),
  )
}
