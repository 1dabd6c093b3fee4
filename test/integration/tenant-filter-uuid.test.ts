import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { fieldEncryption } from '../../src/prisma/extension.js'
import { encryptedModels, PrismaClient } from '../support/client.js'
import { openTestDatabase } from '../support/database.js'
import { testKms } from '../support/kms.js'
import { refusal } from '../support/stage.js'

/**
 * Tenants that are UUIDs: text on SQLite; on PostgreSQL, columns of the type `uuid`, as `@db.Uuid` makes them. There the
 * database has one spelling for what may be written in several.
 */
const ACME = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'
const GLOBEX = 'b0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12'

const database = await openTestDatabase()
const native = database.provider === 'postgresql'
const kms = await testKms()
const client = new PrismaClient({ adapter: database.adapter() })
const prisma = client.$extends(
  fieldEncryption({
    models: native ? withUuids(encryptedModels) : encryptedModels,
    app: 'test',
    kms: kms.provider,
    cmk: (tenant) => ([ACME, GLOBEX].includes(tenant) ? `alias/uuid/${tenant}` : undefined),
    indexCmk: 'alias/index',
  }),
)
const acme = prisma.$forTenant(ACME)

/** The model map as the generator writes it for `tenantId String @db.Uuid`. */
function withUuids(map: typeof encryptedModels): typeof encryptedModels {
  const { Desk, Staff } = map.models
  const tenant = { ...Desk.tenant, uuid: true } as const
  return { ...map, models: { ...map.models, Desk: { ...Desk, tenant }, Staff: { ...Staff, tenant } } }
}

beforeAll(async () => {
  for (const tenant of [ACME, GLOBEX]) await kms.createKey({ alias: `alias/uuid/${tenant}` })
  if (!native) return
  for (const table of ['"Desk"', '"Staff"'])
    await database.execute(`ALTER TABLE ${table} ALTER COLUMN "tenantId" TYPE uuid USING "tenantId"::uuid`)
})
beforeEach(async () => {
  await database.execute('DELETE FROM "Staff"')
  await database.execute('DELETE FROM "Desk"')
  for (const [tenant, t] of [
    [ACME, 'a'],
    [GLOBEX, 'g'],
  ] as const) {
    const view = prisma.$forTenant(tenant)
    await view.desk.create({ data: { id: `d${t}`, label: t } as never })
    await view.staff.create({ data: { id: `s${t}`, name: t, pin: t } as never })
  }
  await database.execute(`UPDATE "Staff" SET "deskId" = 'dg' WHERE id = 'sa'`)
})
afterAll(async () => {
  await client.$disconnect()
  await database.close()
})

test('reads, counts and filters hold own rows only', async () => {
  expect(await acme.staff.findMany({ select: { id: true, pin: true } })).toEqual([{ id: 'sa', pin: 'a' }])
  expect(await acme.staff.findUnique({ where: { id: 'sg' } })).toBeNull()
  expect(await acme.staff.count({ where: { tenantId: { in: [ACME, GLOBEX] } } })).toBe(1)
  expect(await acme.staff.count({ where: { tenantId: GLOBEX } })).toBe(0)
  expect(await acme.staff.findMany({ where: { desk: null }, select: { id: true } })).toEqual([{ id: 'sa' }])
  expect(await acme.staff.findUnique({ where: { id: 'sa' }, select: { desk: true } })).toEqual({ desk: null })
  expect(await acme.desk.groupBy({ by: ['tenantId'], _count: true })).toEqual([{ tenantId: ACME, _count: 1 }])
})

test('writes reach own rows only', async () => {
  await expect(acme.staff.update({ where: { id: 'sg' }, data: { pin: 'stolen' } })).rejects.toMatchObject({
    code: 'P2025',
  })
  expect(await acme.staff.updateMany({ data: { pin: 'new' } })).toEqual({ count: 1 })
  const link = acme.staff.create({ data: { name: 'n', deskId: 'dg' } as never })
  expect((await refusal(link)).code).toBe('ENVELOPE_TENANT_CONFLICT')
  const upsert = { where: { id: 'dg' }, create: { id: 'dg', tenantId: ACME, label: 'n' }, update: { label: 'n' } }
  expect((await refusal(acme.desk.upsert(upsert))).code).toBe('ENVELOPE_TENANT_MISMATCH')
  expect(await acme.desk.deleteMany()).toEqual({ count: 1 })
  expect(await prisma.$forTenant(GLOBEX).staff.findMany({ select: { pin: true } })).toEqual([{ pin: 'g' }])
})

test('another tenant in the data or in a unique filter is a typed error', async () => {
  const data = { tenantId: GLOBEX }
  expect((await refusal(acme.staff.update({ where: { id: 'sa' }, data }))).code).toBe('ENVELOPE_TENANT_CHANGED')
  const where = { id: 'sg', tenantId: GLOBEX }
  expect((await refusal(acme.staff.findUnique({ where }))).code).toBe('ENVELOPE_TENANT_CONFLICT')
})

describe.runIf(native)('a column of the type uuid', () => {
  test.each([
    ['in upper case', ACME.toUpperCase()],
    ['without hyphens', ACME.replaceAll('-', '')],
    ['in braces', `{${ACME}}`],
  ])('treats a tenant %s as the same one', async (_, spelling) => {
    const view = prisma.$forTenant(spelling)
    expect(await view.staff.findMany({ select: { pin: true } })).toEqual([{ pin: 'a' }])
    await view.staff.create({ data: { tenantId: spelling, name: 'n', pin: 'new' } })
    await prisma.staff.create({ data: { tenantId: spelling, name: 'm', pin: 'newer' } })
    expect(await acme.staff.count({ where: { tenantId: spelling } })).toBe(3)
    const pins = await acme.staff.findMany({ select: { pin: true }, orderBy: { name: 'asc' } })
    expect(pins).toEqual([{ pin: 'a' }, { pin: 'newer' }, { pin: 'new' }])
  })
})
