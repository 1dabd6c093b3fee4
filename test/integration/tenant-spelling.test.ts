import { beforeAll, describe, expect, test } from 'vitest'
import { runWithTenant } from '../../src/tenancy/index.js'
import { encryptedClient } from '../support/encrypted-client.js'
import { openStage, refusal } from '../support/stage.js'

/**
 * A tenant has one spelling. The database takes `-0` for 0: a client that is bound to it would reach another tenant's rows,
 * under another tenant's name.
 */
const { countRows, database, kms, prisma, statements } = await openStage({ cmk: () => 'alias/tenant/acme' })
// The types want the column; the client fills it in.
const withoutTenant = { number: 2, iban: 'DE2' } as { orgId: number; number: number; iban: string }
const INVALID = { code: 'ENVELOPE_TENANT_INVALID' }

beforeAll(async () => {
  await prisma.account.create({ data: { orgId: 0, number: 1, iban: 'DE1' } })
  await prisma.account.create({ data: { orgId: 7, number: 1, iban: 'DE7' } })
})

async function expectInvalid(...calls: (() => unknown)[]): Promise<void> {
  for (const call of calls) {
    statements.length = 0
    kms.calls.reset()
    expect(await refusal(call)).toMatchObject(INVALID)
    expect(statements).toEqual([])
    expect(kms.calls.count()).toBe(0)
  }
}

describe.each(['-0', '007', '+7', ' 7', '7.0', '2147483648', 'acme'])(
  'an Int tenant column is never of tenant %j',
  (tenant) => {
    test('on a bound client, in a context, by the tenant option', async () => {
      const option = encryptedClient(database, kms, { tenant }).prisma
      for (const client of [prisma.$forTenant(tenant), option]) {
        await expectInvalid(
          () => client.account.create({ data: withoutTenant }),
          () => client.account.createMany({ data: [withoutTenant] }),
          () => client.account.updateMany({ data: { iban: 'DE3' } }),
          () => client.$encryption.seal('Account', 'iban', 'DE1'),
          () => client.$encryption.index('Account', 'iban', 'DE1'),
        )
      }
      const bound = prisma.$forTenant(tenant)
      await expectInvalid(
        () => bound.account.findMany(),
        () => bound.account.findFirst({ where: { number: 1 } }),
        () => bound.account.count(),
        () => bound.account.updateMany({ data: { balance: 1 } }),
        () => bound.account.deleteMany(),
        () => runWithTenant(tenant, () => prisma.account.deleteMany()),
      )
      expect(await countRows('"Account"')).toBe(2)
    })

    test('in a row, in a filter, and in the options of seal, open and index', async () => {
      // The types have numbers there; applications without types may give text.
      const orgId = tenant as unknown as number
      await expectInvalid(
        () => prisma.account.create({ data: { orgId, number: 2, iban: 'DE2' } }),
        () => prisma.account.updateMany({ where: { orgId }, data: { iban: 'DE2' } }),
        () => prisma.account.findMany({ where: { orgId, iban: 'DE2' } }),
        () => prisma.account.update({ where: { orgId_number: { orgId, number: 1 } }, data: { iban: 'DE2' } }),
        () => prisma.$encryption.seal('Account', 'iban', 'DE1', { tenant }),
        () => prisma.$encryption.open('Account', 'iban', 'pe1:AAAA', { tenant }),
        () => prisma.$encryption.index('Account', 'iban', 'DE1', { tenant }),
        () => prisma.$encryption.openRows('Account', [{ orgId: tenant, iban: 'pe1:AAAA' }]),
      )
    })
  },
)

test('the number -0 is 0, as in the database', async () => {
  expect(await prisma.$forTenant(-0).account.findMany({ select: { iban: true } })).toEqual([{ iban: 'DE1' }])
})

test('a tenant with control characters is refused wherever one is given', async () => {
  for (const tenant of ['acme\0globex', 'acme\n', 'acme\u2028']) {
    const data = { email: 'e' }
    await expectInvalid(
      async () => prisma.$forTenant(tenant),
      () => runWithTenant(tenant, () => prisma.patient.findMany()),
      () => prisma.patient.create({ data: { ...data, tenantId: tenant } }),
      () => prisma.patient.updateMany({ where: { tenantId: tenant }, data }),
      () => prisma.$encryption.seal('Patient', 'email', 'e', { tenant }),
      async () => prisma.$encryption.evict(tenant),
    )
    expect(() => encryptedClient(database, kms, { tenant })).toThrow(
      expect.objectContaining({ code: 'ENVELOPE_CONFIG_INVALID' }),
    )
  }
})
