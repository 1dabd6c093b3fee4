/** What must, and must not, compile of `$encryption.search`: checked by `tsc`, never run. */

import type { KmsProvider } from '../../src/kms/provider.js'
import type { Encryption } from '../../src/management/encryption.js'
import type { JsonValue } from '../../src/management/model-types.js'
import type { SearchCursor } from '../../src/management/search/search-types.js'
import { fieldEncryption } from '../../src/prisma/extension.js'
import type { Prisma, PrismaClient } from '../generated/sqlite/client/client.js'
import { encryptedModels } from '../generated/sqlite/encryption/index.js'
import { type Equal, holds } from './equal.js'

declare const plain: PrismaClient
declare const kms: KmsProvider
declare const where: Prisma.PatientWhereInput

const prisma = plain.$extends(
  fieldEncryption({ models: encryptedModels, app: 'test', kms, cmk: 'alias/a', indexCmk: 'alias/i' }),
)
const { $encryption } = prisma.$forTenant('acme')

async function rows() {
  const keys = await $encryption.search('Patient', {})
  holds<Equal<typeof keys.rows, { id: string }[]>>()
  holds<Equal<typeof keys.cursor, SearchCursor | undefined>>()
  const all = await $encryption.search('Account')
  holds<Equal<typeof all.rows, { orgId: number; number: number }[]>>()

  const found = await $encryption.search('Patient', {
    where,
    match: { OR: [{ email: { contains: 'x' } }, { NOT: { ssn: null } }, { photo: new Uint8Array() }] },
    mode: 'insensitive',
    orderBy: [{ email: 'asc' }, { age: { sort: 'desc', nulls: 'last' } }],
    locale: 'de',
    select: {
      email: true,
      ssn: true,
      age: true,
      createdAt: true,
      photo: true,
      notes: true,
      status: false,
      clinic: { select: { name: true } },
      visits: { select: { id: true, room: { select: { label: true } } }, take: 3, orderBy: { id: 'desc' } },
    },
    take: 20,
    max: 30_000,
    signal: AbortSignal.timeout(1_000),
    ...(keys.cursor !== undefined && { cursor: keys.cursor }),
  })
  type Row = (typeof found.rows)[number]
  holds<Equal<Row['id'], string>>()
  holds<Equal<Row['email'], string>>()
  holds<Equal<Row['ssn'], string | null>>()
  holds<Equal<Row['age'], number>>()
  holds<Equal<Row['createdAt'], Date>>()
  holds<Equal<Row['photo'], Uint8Array<ArrayBuffer> | null>>()
  holds<Equal<Row['notes'], JsonValue | null>>()
  holds<Equal<Row['clinic'], { name: string } | null>>()
  holds<Equal<Row['visits'], { id: number; room: { label: string } | null }[]>>()
  // @ts-expect-error: not selected
  found.rows[0]?.status
  await prisma.$transaction((tx) => tx.$encryption.search('Visit', { tenant: 'acme', match: { reason: 'x' } }))
}

async function optionsAreChecked() {
  // @ts-expect-error: no such model
  await $encryption.search('Shoe')
  // @ts-expect-error: nothing in it is encrypted
  await $encryption.search('Clinic')
  // @ts-expect-error: a plain field, for `where`
  await $encryption.search('Patient', { match: { age: 7 } })
  // @ts-expect-error: a document
  await $encryption.search('Patient', { match: { notes: {} } })
  // @ts-expect-error: no such operator
  await $encryption.search('Patient', { match: { email: { like: 'x' } } })
  // @ts-expect-error: bytes have none
  await $encryption.search('Patient', { match: { photo: { contains: 'x' } } })
  // @ts-expect-error: no such field
  await $encryption.search('Patient', { where: { shoe: 7 } })
  // @ts-expect-error: no such field
  await $encryption.search('Patient', { select: { shoe: true } })
  // @ts-expect-error: a relation has no order
  await $encryption.search('Patient', { orderBy: { clinic: 'asc' } })
  // @ts-expect-error: a document has no order
  await $encryption.search('Patient', { orderBy: { notes: 'asc' } })
  // @ts-expect-error: no such mode
  await $encryption.search('Patient', { mode: 'loose' })
  // @ts-expect-error: no such option
  await $encryption.search('Patient', { include: { visits: true } })
}

/** Code that works for any schema names models and fields as it finds them. */
async function anyModel(encryption: Encryption, model: string, field: string) {
  const { rows } = await encryption.search(model, {
    match: { [field]: { contains: 'x' } },
    orderBy: { [field]: 'asc' },
    select: { [field]: true },
  })
  holds<Equal<typeof rows, Record<string, unknown>[]>>()
}

export { anyModel, optionsAreChecked, rows }
