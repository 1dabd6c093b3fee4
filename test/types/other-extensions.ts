/** Other extensions, placed before and after ours, keep their types and ours: checked by `tsc`, never run. */

import type { KmsProvider } from '../../src/kms/provider.js'
import { fieldEncryption } from '../../src/prisma/extension.js'
import type { TransactionOf } from '../../src/prisma/transaction.js'
import type { PrismaClient } from '../generated/sqlite/client/client.js'
import { encryptedModels } from '../generated/sqlite/encryption/index.js'
import { type Equal, holds } from './equal.js'

declare const plain: PrismaClient
declare const kms: KmsProvider

const encryption = fieldEncryption({ models: encryptedModels, app: 'test', kms, cmk: 'alias/a', indexCmk: 'alias/i' })

const before = plain
  .$extends({
    result: { patient: { domain: { needs: { email: true }, compute: ({ email }) => email.split('@')[1] ?? '' } } },
    model: { $allModels: { hello: () => 'hello' as const } },
    client: { $version: (): number => 7 },
  })
  .$extends(encryption)

const after = plain.$extends(encryption).$extends({
  result: { patient: { domain: { needs: { email: true }, compute: ({ email }) => email.split('@')[1] ?? '' } } },
  model: { $allModels: { hello: () => 'hello' as const } },
  client: { $version: (): number => 7 },
})

async function extendedBefore(db: typeof before, tx: TransactionOf<typeof before>) {
  const row = await db.$forTenant('acme').patient.findFirstOrThrow({ select: { domain: true, ssn: true } })
  holds<Equal<typeof row, { domain: string; ssn: string | null }>>()
  holds<Equal<ReturnType<typeof db.$version>, number>>()
  holds<Equal<ReturnType<typeof tx.patient.hello>, 'hello'>>()
  await tx.$encryption.seal('Patient', 'email', 'e')
  // @ts-expect-error: not an encrypted field
  await db.$encryption.seal('Patient', 'domain', 'e')
  await db.$transaction(async (inner) => extendedBefore(db, inner))
}

async function extendedAfter(db: typeof after, tx: TransactionOf<typeof after>) {
  const row = await db.$forTenant('acme').patient.findFirstOrThrow({ select: { domain: true, ssn: true } })
  holds<Equal<typeof row, { domain: string; ssn: string | null }>>()
  holds<Equal<ReturnType<typeof db.$version>, number>>()
  holds<Equal<ReturnType<typeof tx.patient.hello>, 'hello'>>()
  await tx.$encryption.seal('Patient', 'email', 'e')
  // @ts-expect-error: not an encrypted field
  await db.$encryption.seal('Patient', 'domain', 'e')
  await db.$transaction(async (inner) => extendedAfter(db, inner))
}

export { extendedAfter, extendedBefore }
