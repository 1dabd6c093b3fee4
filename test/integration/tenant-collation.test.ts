import { describe, expect, test } from 'vitest'
import { runWithTenant } from '../../src/tenancy/index.js'
import { encryptedModels } from '../support/client.js'
import { encryptedClient } from '../support/encrypted-client.js'
import { openStage, refusal } from '../support/stage.js'

const { acme, database, globex, kms, plain, prisma, sqlOf } = await openStage()
const onMysql = database.provider === 'mysql'

/** Rows of a tenant whose name the usual collations of MySQL take for `acme`, made past the extension. */
await acme.patient.create({ data: { id: 'ours', email: 'ours@example.com', age: 1 } })
await globex.patient.create({ data: { id: 'theirs', email: 'theirs@example.com', age: 2 } })
await acme.clinic.create({ data: { id: 'ours', name: 'ours' } as never })
await plain.patient.update({ where: { id: 'theirs' }, data: { tenantId: 'ACME' } })
await plain.clinic.create({ data: { id: 'theirs', tenantId: 'ACME', name: 'theirs' } })

const INVALID = 'ENVELOPE_TENANT_INVALID'

describe.runIf(onMysql)('where the collation treats ACME as acme', () => {
  test.each(['ACME', 'Acme', 'acmé', 'acme ', 'ac me', 'ａcme'])(
    'no call is made for the tenant %j, and no row of it is written: refused before SQL',
    async (tenant) => {
      const email = 'x@example.com'
      const sent = await sqlOf(async () => {
        for (const call of [
          () => prisma.$forTenant(tenant).patient.findMany(),
          () => runWithTenant(tenant, () => prisma.clinic.count()),
          () => prisma.patient.create({ data: { tenantId: tenant, email } }),
          () => prisma.patient.updateMany({ where: { tenantId: tenant }, data: { email } }),
        ])
          expect(await refusal(call)).toMatchObject({ code: INVALID, tenant })
      })
      expect(sent).toEqual([])
    },
  )

  test.each<[string, () => Promise<unknown>]>([
    ['encrypted rows', () => acme.patient.findMany()],
    ['one row by its id', () => acme.patient.findUnique({ where: { id: 'theirs' } })],
    ['plain columns of encrypted rows', () => acme.patient.findMany({ select: { age: true } })],
    ['plain rows', () => acme.clinic.findMany()],
    ['plain rows, in part', () => acme.clinic.findFirst({ where: { id: 'theirs' }, select: { name: true } })],
    ['a written row', () => acme.clinic.update({ where: { id: 'theirs' }, data: { name: 'stolen' } })],
  ])('a row of it that is there all the same reaches no caller: %s', async (_, call) => {
    expect(await refusal(call)).toMatchObject({ code: INVALID })
  })

  test('rows that are there beside it can still be read', async () => {
    expect(await acme.patient.findUnique({ where: { id: 'ours' } })).toMatchObject({ email: 'ours@example.com' })
    expect(await acme.clinic.findMany({ where: { id: 'ours' }, select: { name: true } })).toEqual([{ name: 'ours' }])
  })
})

describe('with a binary collation, which the annotation tells of', () => {
  test('every tenant is its own', async () => {
    if (onMysql)
      await database.execute('ALTER TABLE "Login" MODIFY "tenantId" VARCHAR(191) COLLATE utf8mb4_nopad_bin NOT NULL')
    const cmk = () => 'alias/tenant/acme'
    const { prisma: binary, plain: client } = encryptedClient(database, kms, { models: told(), cmk } as object)
    for (const tenant of ['ACME', 'acme', 'Acme '])
      await binary.$forTenant(tenant).login.create({ data: { phone: `of ${tenant}` } })
    for (const tenant of ['ACME', 'acme', 'Acme ']) {
      const rows = await binary.$forTenant(tenant).login.findMany({ select: { phone: true } })
      expect(rows).toEqual([{ phone: `of ${tenant}` }])
      expect(await binary.$forTenant(tenant).login.count()).toBe(1)
    }
    await client.$disconnect()
  })

  /** The model map of a schema that says `@encrypted.tenant(collation: binary)` everywhere. */
  function told() {
    return JSON.parse(JSON.stringify(encryptedModels, (key, value) => (key === 'folds' ? undefined : value)))
  }
})
