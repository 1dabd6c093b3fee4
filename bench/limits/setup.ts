import type { SuiteName } from '../../src/envelope/suites/suite.js'
import type { KmsProvider } from '../../src/kms/provider.js'
import { encryptedModels } from '../generated/encryption/index.js'
import { PrismaClient } from '../generated/prisma/client.js'
import type { LoadedLibrary } from '../subjects/library.js'
import type { Placement } from '../subjects/names.js'

/** An embedded KMS with one CMK for all tenants, so that tenants cost it nothing. */
export async function oneCmk({ localKms }: LoadedLibrary) {
  const kms = localKms()
  await kms.createKey({ alias: 'alias/bench/all' })
  await kms.createKey({ alias: 'alias/bench/index', spec: 'HMAC_256' })
  return kms
}

/** Extends a client with nothing in memory yet. */
export function extended(
  { fieldEncryption }: LoadedLibrary,
  kms: KmsProvider,
  adapter: ConstructorParameters<typeof PrismaClient>[0]['adapter'],
  dataKeys: { store: Placement; maxCached?: number },
  suite: SuiteName = 'aes-256-gcm',
  watched = (client: PrismaClient) => client,
) {
  const plain = new PrismaClient({ adapter: adapter as NonNullable<typeof adapter> })
  const prisma = watched(plain).$extends(
    fieldEncryption({
      models: encryptedModels,
      app: 'bench',
      kms,
      cmk: 'alias/bench/all',
      indexCmk: 'alias/bench/index',
      dataKeys: { maxCached: 10_000, ...dataKeys },
      suite,
    }),
  )
  return { plain, prisma }
}

export type Extended = ReturnType<typeof extended>['prisma']

export function tenants(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `tenant-${i}`)
}
