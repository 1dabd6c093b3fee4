/** Unique indexes, alone and in compounds, over text and bytes, and a model that has none. */
export const patchModels = `
model Clinic {
  id       Int       @id
  patients Patient[]
}

model Patient {
  // Prisma writes the name of such a key twice.
  id          String  @id @unique
  email       String /// @encrypted
  emailIndex  Bytes?  @unique /// @encrypted.index(email, normalize: [trim, lowercase])
  emailGlobal Bytes?  @unique /// @encrypted.index(email, scope: global)
  badge       Bytes? /// @encrypted
  badgeIndex  Bytes?  @unique /// @encrypted.index(badge)
  clinicId    Int?
  clinic      Clinic? @relation(fields: [clinicId], references: [id])
  accounts    Account[]
  notes       Note[]
}

model Account {
  orgId     Int
  number    Int
  iban      String? /// @encrypted
  ibanIndex Bytes? /// @encrypted.index(iban)
  bic       String /// @encrypted
  bicIndex  Bytes? /// @encrypted.index(bic)
  patientId String?
  patient   Patient? @relation(fields: [patientId], references: [id])

  @@id([orgId, number])
  @@unique([orgId, ibanIndex])
  @@unique([ibanIndex, bicIndex], name: "byBoth")
}

model Word {
  id Int @id
}

model Note {
  id     Int      @id
  title  String   @unique
  body   String   /// @encrypted
  hint   String?  /// @encrypted
  meta   Json?    /// @encrypted
  words  String[] /// @encrypted
  owner  Patient? @relation(fields: [ownerId], references: [id])
  ownerId String?
}
`

/** What must compile against the patched client, and what must not. */
export const patchedUse = (client: string, repository: string): string => `
import { Prisma, PrismaClient } from '${client}'
import { encryptedModels } from './src/generated/encryption/index.js'
import { fieldEncryption } from '${repository}/src/index.js'

declare const options: Omit<Parameters<typeof fieldEncryption>[0], 'models'>
declare const db: PrismaClient
const extended = db.$extends(fieldEncryption({ ...options, models: encryptedModels }))
const bytes = new Uint8Array(16)
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const holds = <T extends true>(): T | undefined => undefined

export async function use() {
  const { patient, account, note } = db
  await patient.findUnique({ where: { email: 'x' } })
  await patient.findUniqueOrThrow({ where: { badge: bytes } })
  await patient.findUnique({ where: { id: '1' } })
  await patient.findUnique({ where: { emailIndex: bytes } })
  await patient.findUnique({ where: { email: 'x', clinicId: 1, NOT: { id: '2' } } })
  // A filter stays a filter beside another key.
  await patient.findUnique({ where: { id: '1', email: { equals: 'x' }, badge: null } })
  await patient.update({ where: { email: 'x' }, data: { id: '2' } })
  await patient.upsert({ where: { email: 'x' }, create: { id: '1', email: 'x' }, update: { email: 'y' } })
  await patient.delete({ where: { email: 'x' } })
  await patient.findMany({ cursor: { email: 'x' }, take: 2 })
  await patient.aggregate({ cursor: { badge: bytes }, _count: true })
  await db.clinic.create({
    data: {
      id: 1,
      patients: {
        connect: [{ email: 'x' }, { id: '2' }],
        connectOrCreate: { where: { email: 'y' }, create: { id: '3', email: 'y' } },
      },
    },
  })
  await db.clinic.update({
    where: { id: 1 },
    data: {
      patients: {
        set: [{ email: 'x' }],
        disconnect: { email: 'y' },
        delete: { badge: bytes },
        update: { where: { email: 'z' }, data: { id: '9' } },
        upsert: { where: { email: 'z' }, create: { id: '3', email: 'z' }, update: {} },
      },
    },
  })

  await account.findUnique({ where: { orgId_ibanIndex: { orgId: 1, iban: 'x' } } })
  await account.findUnique({ where: { orgId_ibanIndex: { orgId: 1, ibanIndex: bytes } } })
  await account.findUnique({ where: { orgId_number: { orgId: 1, number: 2 } } })
  await account.findUnique({ where: { byBoth: { iban: 'x', bic: 'y' } } })
  await account.findUnique({ where: { byBoth: { iban: 'x', bicIndex: bytes } } })
  await account.findUnique({ where: { byBoth: { ibanIndex: bytes, bicIndex: bytes } } })
  await account.create({ data: { orgId: 1, number: 1, bic: 'x', patient: { connect: { email: 'x' } } } })
  await note.findUnique({ where: { id: 1 } })
  await note.findUnique({ where: { title: 'x' } })

  // @ts-expect-error nothing selects
  await patient.findUnique({ where: {} })
  // @ts-expect-error a number is no e-mail
  await patient.findUnique({ where: { email: 5 } })
  // @ts-expect-error a filter selects no one row
  await patient.findUnique({ where: { email: { equals: 'x' } } })
  // @ts-expect-error null neither
  await patient.findUnique({ where: { badge: null } })
  // @ts-expect-error not an indexed field
  await patient.findUnique({ where: { clinicId: 1 } })
  // @ts-expect-error not a field
  await patient.findUnique({ where: { email: 'x', mail: 'x' } })
  // @ts-expect-error the other fields keep their types
  await patient.findUnique({ where: { email: 'x', id: 5 } })
  // @ts-expect-error nor does a cursor take a filter
  await patient.findMany({ cursor: { email: { contains: 'x' } } })
  // @ts-expect-error nor does connect
  await db.clinic.create({ data: { id: 1, patients: { connect: { email: 5 } } } })
  // @ts-expect-error half a key
  await account.findUnique({ where: { orgId_ibanIndex: { iban: 'x' } } })
  // @ts-expect-error the other half
  await account.findUnique({ where: { orgId_ibanIndex: { orgId: 1 } } })
  // @ts-expect-error which of the two?
  await account.findUnique({ where: { orgId_ibanIndex: { orgId: 1, iban: 'x', ibanIndex: bytes } } })
  // @ts-expect-error half a key of two index columns
  await account.findUnique({ where: { byBoth: { iban: 'x' } } })
  // @ts-expect-error only in a compound is it a key
  await account.findUnique({ where: { iban: 'x' } })
  // @ts-expect-error no index
  await note.findUnique({ where: { body: 'x' } })

  // What an index answers, in any letter case where it ignores that.
  await patient.findMany({ where: { email: 'x' } })
  await patient.findMany({ where: { email: { equals: 'x', mode: 'insensitive' } } })
  await patient.findMany({ where: { email: { in: ['x'], notIn: ['y'], not: { not: { in: ['z'] } } } } })
  await patient.findMany({ where: { badge: { not: null, equals: bytes } }, orderBy: { emailIndex: 'asc' } })
  await account.findMany({ where: { iban: { in: ['x'] }, patient: { is: { email: { not: 'x' } } } } })
  await account.findMany({ where: { OR: [{ iban: null }, { NOT: { bic: 'x' } }], iban: undefined } })
  await db.clinic.findMany({ where: { patients: { some: { email: 'x' } } }, include: { patients: { distinct: 'id' } } })
  // What needs no index.
  await note.findMany({ where: { hint: null, meta: { equals: Prisma.DbNull }, words: { isEmpty: true } } })
  await note.findMany({ where: { hint: { not: null }, meta: { not: Prisma.DbNull }, words: { equals: null } } })
  await note.findMany({ where: { title: { contains: 'x' } }, orderBy: { title: 'asc' }, distinct: ['title'] })
  await note.groupBy({ by: ['title'], _max: { title: true }, having: { hint: { _count: { gt: 1 } } }, _count: { hint: true } })
  await note.aggregate({ _min: { title: true }, _count: { body: true } })
  await db.patient.update({ where: { id: '1' }, data: { notes: { deleteMany: { hint: null } } } })

  // @ts-expect-error an index knows no parts
  await patient.findMany({ where: { email: { contains: 'x' } } })
  // @ts-expect-error nor beginnings
  await patient.findMany({ where: { email: { startsWith: 'x' } } })
  // @ts-expect-error nor ends
  await patient.findMany({ where: { email: { equals: 'x', endsWith: 'x' } } })
  // @ts-expect-error nor order
  await patient.findMany({ where: { email: { gt: 'x' } } })
  // @ts-expect-error nor order
  await patient.findMany({ where: { email: { gte: 'x' } } })
  // @ts-expect-error nor order
  await patient.findMany({ where: { email: { lt: 'x' } } })
  // @ts-expect-error nor order
  await patient.findMany({ where: { email: { lte: 'x' } } })
  // @ts-expect-error nor words
  await patient.findMany({ where: { email: { search: 'x' } } })
  // @ts-expect-error nested neither
  await patient.findMany({ where: { NOT: { email: { not: { startsWith: 'x' } } } } })
  // @ts-expect-error nor another column
  await patient.findMany({ where: { email: { equals: db.patient.fields.id } } })
  // @ts-expect-error this index does not ignore case
  await account.findMany({ where: { iban: { equals: 'x', mode: 'insensitive' } } })
  // @ts-expect-error along a relation neither
  await account.findMany({ where: { patient: { email: { contains: 'x' } } } })
  // @ts-expect-error nor in a list
  await db.clinic.findMany({ where: { patients: { some: { email: { contains: 'x' } } } } })
  // @ts-expect-error nor in a nested write
  await db.clinic.update({ where: { id: 1 }, data: { patients: { deleteMany: { email: { contains: 'x' } } } } })
  // @ts-expect-error nor beside a key
  await patient.findUnique({ where: { id: '1', email: { contains: 'x' } } })
  // @ts-expect-error without an index there is no equality
  await note.findMany({ where: { hint: 'x' } })
  // @ts-expect-error in no form
  await note.findMany({ where: { hint: { equals: 'x' } } })
  // @ts-expect-error in no form
  await note.findMany({ where: { hint: { in: ['x'] } } })
  // @ts-expect-error in no form
  await note.findMany({ where: { body: { not: 'x' } } })
  // @ts-expect-error nor with a document
  await note.findMany({ where: { meta: { equals: { a: 1 } } } })
  // @ts-expect-error nor into one
  await note.findMany({ where: { meta: { path: ['a'], equals: 1 } } })
  // @ts-expect-error nor with JSON's null
  await note.findMany({ where: { meta: { equals: Prisma.JsonNull } } })
  // @ts-expect-error nor with elements
  await note.findMany({ where: { words: { has: 'x' } } })
  // @ts-expect-error nor with elements
  await note.findMany({ where: { words: { hasSome: ['x'] } } })
  // @ts-expect-error nor with a list
  await note.findMany({ where: { words: { equals: ['x'] } } })
  // @ts-expect-error ciphertext has no order
  await patient.findMany({ orderBy: { email: 'asc' } })
  // @ts-expect-error neither in a list
  await patient.findMany({ orderBy: [{ id: 'asc' }, { email: { sort: 'asc' } }] })
  // @ts-expect-error nor along a relation
  await account.findMany({ orderBy: { patient: { email: 'asc' } } })
  // @ts-expect-error nor of documents
  await note.findMany({ orderBy: { meta: 'asc' } })
  // @ts-expect-error nor of lists
  await note.findMany({ orderBy: { words: 'asc' } })
  // @ts-expect-error each ciphertext is another
  await patient.findMany({ distinct: 'email' })
  // @ts-expect-error each ciphertext is another
  await patient.findFirst({ distinct: ['id', 'email'] })
  // @ts-expect-error nested, too
  await db.clinic.findMany({ include: { patients: { distinct: ['email'] } } })
  // @ts-expect-error and in groups
  await patient.groupBy({ by: ['email'], _count: true })
  // @ts-expect-error and in groups
  await patient.groupBy({ by: 'email' })
  // @ts-expect-error groups have no values of it
  await note.groupBy({ by: ['title'], having: { hint: { equals: 'x' } } })
  // @ts-expect-error nor extremes
  await note.groupBy({ by: ['title'], having: { hint: { _min: { equals: 'x' } } } })
  // @ts-expect-error nor are they ordered by its extremes
  await note.groupBy({ by: ['title'], orderBy: { _max: { hint: 'asc' } } })
  // @ts-expect-error there is no least
  await patient.aggregate({ _min: { email: true } })
  // @ts-expect-error nor a greatest
  await patient.aggregate({ _max: { email: true } })
  // @ts-expect-error nor a greatest of a group
  await note.groupBy({ by: ['title'], _max: { hint: true } })
  // @ts-expect-error nor a sum
  await note.aggregate({ _sum: { body: true } })
  // @ts-expect-error nor a mean
  await note.aggregate({ _avg: { body: true } })

  // The extended client takes and refuses the same.
  await extended.patient.findMany({ where: { email: { in: ['x'] } }, distinct: ['id'] })
  // @ts-expect-error an index knows no parts
  await extended.patient.findMany({ where: { email: { contains: 'x' } } })
  // @ts-expect-error ciphertext has no order
  await extended.$forTenant('acme').patient.findMany({ orderBy: { email: 'asc' } })
  // @ts-expect-error each ciphertext is another
  await extended.$transaction((tx) => tx.patient.groupBy({ by: ['email'] }))
  await extended.patient.findUnique({ where: { email: 'x' } })
  await extended.$forTenant('acme').account.findUnique({ where: { orgId_ibanIndex: { orgId: 1, iban: 'x' } } })
  // @ts-expect-error nothing selects
  await extended.patient.findUnique({ where: {} })
  // @ts-expect-error a number is no e-mail
  await extended.patient.findUnique({ where: { email: 5 } })

  // What comes back is what came back before.
  const found = await db.patient.findUnique({ where: { email: 'x' }, select: { id: true, badge: true } })
  holds<Same<typeof found, { id: string; badge: Prisma.Bytes | null } | null>>()
  const same = await extended.patient.findUniqueOrThrow({ where: { email: 'x' }, include: { accounts: true } })
  holds<Same<typeof same.email, string>>()
  holds<Same<(typeof same.accounts)[number]['iban'], string | null>>()
  const where: Prisma.PatientWhereUniqueInput = { email: 'x' }
  return where
}
`
