/**
 * What must, and must not, compile: checked by `tsc`, never run.
 *
 * The extended client, a bound view and a transaction's client have the full types of the generated client.
 */

import type { KmsProvider } from '../../src/kms/provider.js'
import type { Encryption } from '../../src/management/encryption.js'
import type { JsonValue } from '../../src/management/model-types.js'
import { fieldEncryption } from '../../src/prisma/extension.js'
import type { TransactionOf } from '../../src/prisma/transaction.js'
import { runWithTenant } from '../../src/tenancy/index.js'
import { Prisma, type PrismaClient } from '../generated/sqlite/client/client.js'
import { encryptedModels } from '../generated/sqlite/encryption/index.js'
import { type Equal, holds } from './equal.js'

declare const plain: PrismaClient
declare const kms: KmsProvider

const prisma = plain.$extends(
  fieldEncryption({ models: encryptedModels, app: 'test', kms, cmk: 'alias/a', indexCmk: 'alias/i' }),
)
const acme = prisma.$forTenant('acme')

type Db = typeof prisma
type Tx = TransactionOf<Db>

/** One set of expectations for each kind of client; `tx` of either is checked below. */
async function results(db: Tx) {
  const row = await db.patient.findUniqueOrThrow({ where: { id: 'x' } })
  holds<Equal<typeof row.email, string>>()
  holds<Equal<typeof row.ssn, string | null>>()
  holds<Equal<typeof row.notes, Prisma.JsonValue>>()
  holds<Equal<typeof row.photo, Prisma.Bytes | null>>()

  const selected = await db.patient.findFirst({ select: { email: true, visits: { select: { reason: true } } } })
  holds<Equal<typeof selected, { email: string; visits: { reason: string }[] } | null>>()

  const included = await db.patient.findMany({ include: { record: true, _count: { select: { visits: true } } } })
  holds<Equal<(typeof included)[number]['_count'], { visits: number }>>()
  holds<Equal<NonNullable<(typeof included)[number]['record']>['data'], Prisma.JsonValue>>()

  const omitted = await db.patient.findFirstOrThrow({ omit: { ssn: true } })
  // @ts-expect-error: not in the result
  omitted.ssn

  const visits = await db.patient.findUnique({ where: { id: 'x' } }).visits({ select: { reason: true } })
  holds<Equal<typeof visits, { reason: string }[] | null>>()

  const created = await db.patient.createManyAndReturn({ data: [{ email: 'e' }], select: { ssn: true } })
  holds<Equal<typeof created, { ssn: string | null }[]>>()

  const counted = await db.patient.count({ select: { ssn: true } })
  holds<Equal<typeof counted, { ssn: number }>>()
}

async function argumentsAreChecked(db: Tx) {
  // @ts-expect-error: email is required
  await db.patient.create({ data: { ssn: '1' } })
  // @ts-expect-error: no such field
  await db.patient.create({ data: { email: 'e', shoeSize: 1 } })
  // @ts-expect-error: a string
  await db.patient.update({ where: { id: 'x' }, data: { email: 7 } })
  // @ts-expect-error: no such relation
  await db.patient.findMany({ include: { shoes: true } })
  // @ts-expect-error: not unique, and no index of it is
  await db.patient.findUnique({ where: { ssn: 's' } })
  // @ts-expect-error: its index is not unique by itself
  await db.account.findUnique({ where: { iban: 'i' } })
  // @ts-expect-error: no such model
  await db.shoe.findMany()
  await db.patient.create({ data: { email: 'e', visits: { create: [{ reason: 'r' }] }, notes: Prisma.DbNull } })
}

async function anyClientIsATransactionsClient() {
  await results(prisma)
  await results(acme)
  await prisma.$transaction(async (tx) => {
    await results(tx)
    await argumentsAreChecked(tx)
    await results(tx.$forTenant('acme'))
    holds<Equal<typeof tx, Tx>>()
    // As in Prisma 7.10, a savepoint.
    await tx.$transaction(async (nested) => results(nested))
    // @ts-expect-error: a transaction's client is not extended
    tx.$extends({})
  })
  await acme.$transaction((tx) => results(tx), { timeout: 1000 })
}

async function views() {
  holds<Equal<typeof acme, Db>>()
  const again = acme.$forTenant(7n)
  holds<Equal<typeof again, Db>>()
  // @ts-expect-error: a tenant is text or a whole number
  prisma.$forTenant({ id: 'acme' })

  const [row, count] = await acme.$transaction([
    acme.patient.findFirst({ select: { email: true } }),
    prisma.patient.count(),
  ])
  holds<Equal<typeof row, { email: string } | null>>()
  holds<Equal<typeof count, number>>()

  const rows = await runWithTenant('acme', () => prisma.patient.findMany({ select: { ssn: true } }))
  holds<Equal<typeof rows, { ssn: string | null }[]>>()
}

/** What an application writes in place of `Prisma.TransactionClient`, and for a part of a client. */
async function clientParameters() {
  const move = async (tx: Tx, id: string) => tx.patient.update({ where: { id }, data: { age: 1 } })
  const count = async (tx: Pick<Tx, 'visit'>) => tx.visit.count()
  await move(prisma, 'x')
  await count(acme)
  await prisma.$transaction(async (tx) => [await move(tx, 'x'), await count(tx)])
  await acme.$transaction(async (tx) => [await move(tx, 'x'), await count(tx)])
  // @ts-expect-error: the plain client stores plaintext
  await move(plain, 'x')
  // @ts-expect-error: Prisma's own type is that of a client without extensions
  const own: Prisma.TransactionClient = acme
  return own
}

async function management() {
  const { $encryption } = acme
  await $encryption.seal('Patient', 'email', 'e')
  await $encryption.seal('Record', 'where', 'w', { tenant: 'acme' })
  // @ts-expect-error: not an encrypted field
  await $encryption.seal('Patient', 'age', 7)
  // @ts-expect-error: a field of another model
  await $encryption.seal('Visit', 'email', 'e')
  // @ts-expect-error: a model without encrypted fields
  await $encryption.open('Clinic', 'name', 'n')
  // @ts-expect-error: no such model
  await $encryption.openRows('Shoe', [])
  // @ts-expect-error: what a column stores is text, bytes or null
  await $encryption.open('Patient', 'email', 7)
  // @ts-expect-error: text
  await $encryption.seal('Patient', 'email', 7)
  // @ts-expect-error: bytes
  await $encryption.seal('Patient', 'photo', 'p')
  await $encryption.seal('Patient', 'notes', { any: ['thing', 7n, null] })
  await $encryption.seal('Patient', 'ssn', null)

  const email = await $encryption.open('Patient', 'email', 'pe1:')
  holds<Equal<typeof email, string | null>>()
  const photo = await $encryption.open('Patient', 'photo', new Uint8Array())
  holds<Equal<typeof photo, Uint8Array<ArrayBuffer> | null>>()
  const notes = await $encryption.open('Patient', 'notes', 'pe1:')
  holds<Equal<typeof notes, JsonValue | null>>()

  await $encryption.index('Login', 'email', 'e', { index: 'loginIndex' })
  // @ts-expect-error: no index of this name
  await $encryption.index('Login', 'email', 'e', { index: 'phoneIndex' })
  // @ts-expect-error: an encrypted field without an index
  await $encryption.index('Patient', 'ssn', 's')
  // @ts-expect-error: text
  await $encryption.index('Login', 'email', 7)

  const rows = await $encryption.openRows('Patient', [{ id: 'x', ssn: 'pe1:' }])
  holds<Equal<typeof rows, { id: string; ssn: string }[]>>()
  const raw: { id: string; email_sealed: unknown; notes: string | null; photo?: Uint8Array; age: number }[] = []
  const opened = await $encryption.openRows('Patient', raw)
  holds<Equal<(typeof opened)[number]['age'], number>>()
  // By the name of its column.
  holds<Equal<(typeof opened)[number]['email_sealed'], string | null>>()
  holds<Equal<(typeof opened)[number]['notes'], JsonValue>>()
  holds<Equal<(typeof opened)[number]['photo'], Uint8Array<ArrayBuffer> | undefined>>()
  const loose = await $encryption.openRows('Patient', [] as Record<string, unknown>[])
  holds<Equal<typeof loose, { [key: string]: unknown }[]>>()
  const { sealed, kmsCalls } = $encryption.stats()
  holds<Equal<typeof sealed, number>>()
  holds<Equal<typeof kmsCalls, Record<string, number>>>()
}

/** Code that works for any schema names models and fields as it finds them. */
async function anyModel(encryption: Encryption, model: string, field: string, value: string) {
  const sealed = await encryption.seal(model, field, value)
  await encryption.open(model, field, sealed)
  await encryption.index(model, field, value, { index: `${field}Index` })
  await encryption.openRows(model, [{ [field]: sealed }])
}

function options() {
  const good = { models: encryptedModels, app: 'test', kms, cmk: 'alias/a' }
  fieldEncryption({ ...good, dataKeys: { maxAge: '24h', revalidate: 5_000 }, suite: 'xchacha20-poly1305' })
  fieldEncryption({ ...good, kms: () => kms, cmk: async (tenant) => ({ current: `alias/${tenant}`, previous: [] }) })
  // @ts-expect-error: no such unit
  fieldEncryption({ ...good, dataKeys: { maxAge: '24 hours' } })
  // @ts-expect-error: no such suite
  fieldEncryption({ ...good, suite: 'rot13' })
  // @ts-expect-error: no such option
  fieldEncryption({ ...good, tenantId: 'acme' })
  // @ts-expect-error: app is required
  fieldEncryption({ models: encryptedModels, kms, cmk: 'alias/a' })
}

export {
  anyClientIsATransactionsClient,
  anyModel,
  argumentsAreChecked,
  clientParameters,
  management,
  options,
  results,
  views,
}
