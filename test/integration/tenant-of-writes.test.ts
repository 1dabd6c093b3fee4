import { beforeEach, describe, expect, test } from 'vitest'
import { parseEnvelope, wrappedKeyOf } from '../../src/envelope/index.js'
import { runWithTenant } from '../../src/tenancy/index.js'
import { hasReturning } from '../support/client.js'
import { encryptedClient } from '../support/encrypted-client.js'
import { binaryOf, openStage, refusal } from '../support/stage.js'

const { acme, countRows, database, globex, kms, prisma, sqlOf } = await openStage()

const email = 'ann@example.com'

beforeEach(async () => {
  for (const table of ['visits', '"Record"', 'patients', 'clinics', '"Account"', '"Note"']) {
    await database.execute(`DELETE FROM ${table}`)
  }
})

/** The tenant that each row of a table says, and whether its envelope says so too: it is there in plaintext. */
async function owners(table = 'patients', column = 'email_sealed', tenant = 'tenant_id'): Promise<unknown[]> {
  const rows = await database.query(
    `SELECT ${tenant} AS tenant, ${column} AS envelope FROM ${table} ORDER BY ${tenant}`,
  )
  return rows.map((row) => {
    expect(wrappedKeyOf(parseEnvelope(binaryOf(row.envelope)))?.context.tenant).toBe(String(row.tenant))
    return row.tenant
  })
}

/** Refused with this code, without a statement sent and without a row more. */
async function expectRefused(code: string, call: () => unknown): Promise<void> {
  const rows = await countRows('patients')
  kms.calls.reset()
  expect(await sqlOf(async () => expect(await refusal(call)).toMatchObject({ code }))).toEqual([])
  expect(await countRows('patients')).toBe(rows)
  expect(kms.calls.count()).toBe(0)
}

describe('comes from', () => {
  test('the row, if nothing else sets it', async () => {
    await prisma.patient.create({ data: { tenantId: 'acme', email } })
    await prisma.patient.createMany({
      data: [
        { tenantId: 'globex', email },
        { tenantId: 'acme', email },
      ],
    })
    expect(await owners()).toEqual(['acme', 'acme', 'globex'])
  })

  test('the row that its relation connects to', async () => {
    const clinic = await prisma.clinic.create({ data: { tenantId: 'globex', name: 'North' } })
    const connect = { tenantId_id: { tenantId: 'globex', id: clinic.id } }
    await prisma.patient.create({ data: { email, clinic: { connect } } })
    expect(await owners()).toEqual(['globex'])
  })

  test('the row that its relation creates', async () => {
    await prisma.patient.create({ data: { email, clinic: { create: { tenantId: 'globex', name: 'North' } } } })
    expect(await owners()).toEqual(['globex'])
  })

  test('the row that a nested one hangs on, through the foreign key', async () => {
    const visits = { create: [{ reason: 'flu' }] }
    await prisma.patient.create({ data: { tenantId: 'globex', email, visits } })
    expect(await owners('visits', 'reason')).toEqual(['globex'])
  })

  test('a bound client, which fills in the column', async () => {
    await acme.patient.create({ data: { email } })
    await globex.patient.createMany({ data: [{ email }] })
    expect(await owners()).toEqual(['acme', 'globex'])
  })

  test('runWithTenant, which fills in the column', async () => {
    await runWithTenant('globex', () => prisma.patient.create({ data: { email } }))
    expect(await owners()).toEqual(['globex'])
  })

  test('an equality in the filter of an update', async () => {
    const { id } = await acme.patient.create({ data: { email } })
    await prisma.patient.update({ where: { id, tenantId: 'acme' }, data: { email: 'b' } })
    await prisma.patient.update({ where: { tenantId_id: { tenantId: 'acme', id } }, data: { ssn: 'c' } })
    await prisma.patient.updateMany({
      where: { AND: [{ age: 0 }, { tenantId: { equals: 'acme' } }] },
      data: { notes: 1 },
    })
    expect(await prisma.patient.findUnique({ where: { id } })).toMatchObject({ email: 'b', ssn: 'c', notes: 1 })
    expect(await owners()).toEqual(['acme'])
  })

  test('the filter of an update, for the parent over a foreign key that holds the tenant column', async () => {
    const reason = 'flu'
    const { id, visits } = await acme.patient.create({
      data: { email, visits: { create: { reason } } },
      include: { visits: true },
    })
    const where = { id: visits[0]?.id ?? 0, tenantId: 'acme' }
    await prisma.visit.update({ where, data: { patient: { update: { ssn: '1', age: 41 } } } })
    await prisma.visit.update({ where, data: { patient: { update: { where: { age: 41 }, data: { ssn: '2' } } } } })
    expect(await owners()).toEqual(['acme'])
    expect(await acme.patient.findUniqueOrThrow({ where: { id } })).toMatchObject({ ssn: '2', age: 41 })

    // Only that is known which the foreign key says: not over one without the tenant column, nor without it in the filter.
    const update = { patient: { update: { ssn: '3' } } }
    await expectRefused('ENVELOPE_TENANT_REQUIRED', () =>
      prisma.visit.update({ where: { id: where.id }, data: update }),
    )
    const byId = { where: { patientId: id, tenantId: 'acme' } }
    await expectRefused('ENVELOPE_TENANT_REQUIRED', () => prisma.record.update({ ...byId, data: update }))
    // Nor may it be said of another tenant's row.
    const foreign = { ...where, tenantId: 'globex' }
    expect(await prisma.visit.update({ where: foreign, data: update }).catch((error) => error.code)).toBe('P2025')
    expect(await acme.patient.findUniqueOrThrow({ where: { id } })).toMatchObject({ ssn: '2' })
  })

  test('a number in an Int column', async () => {
    await prisma.account.create({ data: { orgId: 2, number: 1, iban: 'DE2' } })
    await prisma.$forTenant(1).account.create({ data: { orgId: 1, number: 1, iban: 'DE1' } })
    await prisma.account.update({ where: { orgId_number: { orgId: 2, number: 1 } }, data: { iban: 'DE3' } })
    expect(await owners('"Account"', 'iban', '"orgId"')).toEqual([1, 2])
    expect(await prisma.account.findMany({ select: { iban: true }, orderBy: { orgId: 'asc' } })).toEqual([
      { iban: 'DE1' },
      { iban: 'DE3' },
    ])
  })

  test('the tenant option, a constant or a function', async () => {
    const constant = encryptedClient(database, kms, { tenant: 'acme' })
    await constant.prisma.note.create({ data: { body: 'b' } })
    await constant.prisma.patient.create({ data: { email } })
    let current: string | undefined = 'globex'
    const asked = encryptedClient(database, kms, { tenant: () => current })
    await asked.prisma.patient.create({ data: { email } })
    expect(await owners()).toEqual(['acme', 'globex'])
    current = undefined
    await expectRefused('ENVELOPE_TENANT_REQUIRED', () => asked.prisma.patient.create({ data: { email } }))
    await asked.prisma.$forTenant('acme').patient.create({ data: { email } })
    expect(await owners()).toEqual(['acme', 'acme', 'globex'])
    await Promise.all([constant.plain.$disconnect(), asked.plain.$disconnect()])
  })
})

describe('refused before SQL, with nothing written', () => {
  test('nothing says the tenant', async () => {
    await expectRefused('ENVELOPE_TENANT_REQUIRED', () => prisma.patient.create({ data: { email } }))
    await expectRefused('ENVELOPE_TENANT_REQUIRED', () =>
      prisma.patient.createMany({ data: [{ tenantId: 'acme', email }, { email }] }),
    )
    await expectRefused('ENVELOPE_TENANT_REQUIRED', () => prisma.patient.updateMany({ data: { email } }))
    await expectRefused('ENVELOPE_TENANT_REQUIRED', () => prisma.note.create({ data: { body: 'b' } }))
  })

  test('an update by something that does not pin one tenant', async () => {
    for (const where of [
      { tenantId: { in: ['acme'] } },
      { OR: [{ tenantId: 'acme' }] },
      { NOT: { tenantId: 'acme' } },
    ]) {
      await expectRefused('ENVELOPE_TENANT_REQUIRED', () => prisma.patient.updateMany({ where, data: { email } }))
    }
  })

  test('the row says one tenant, the context another', async () => {
    const data = { tenantId: 'globex', email }
    await expectRefused('ENVELOPE_TENANT_CONFLICT', () => acme.patient.create({ data }))
    await expectRefused('ENVELOPE_TENANT_CONFLICT', () => acme.patient.createMany({ data: [{ email }, data] }))
    await expectRefused('ENVELOPE_TENANT_CONFLICT', () => runWithTenant('acme', () => prisma.patient.create({ data })))
    await expectRefused('ENVELOPE_TENANT_CONFLICT', () =>
      acme.patient.updateMany({ where: { tenantId: 'globex' }, data: { email } }),
    )
    await expectRefused('ENVELOPE_TENANT_CONFLICT', () =>
      acme.patient.create({ data: { email, clinic: { create: { tenantId: 'globex', name: 'North' } } } }),
    )
    const connect = { tenantId_id: { tenantId: 'globex', id: 'any' } }
    await expectRefused('ENVELOPE_TENANT_CONFLICT', () => acme.patient.create({ data: { email, clinic: { connect } } }))
    await expectRefused('ENVELOPE_TENANT_CONFLICT', () =>
      acme.tag.create({ data: { name: 'x', patients: { create: { tenantId: 'globex', email } } } }),
    )
  })

  test('an empty tenant', async () => {
    await expectRefused('ENVELOPE_TENANT_INVALID', () => prisma.patient.create({ data: { tenantId: '', email } }))
    await expectRefused('ENVELOPE_TENANT_INVALID', () => prisma.$forTenant(''))
    await expectRefused('ENVELOPE_TENANT_INVALID', () =>
      runWithTenant('', () => prisma.patient.create({ data: { email } })),
    )
  })

  test('an unknown tenant', async () => {
    await expectRefused('ENVELOPE_TENANT_UNKNOWN', () =>
      prisma.$forTenant('nobody').patient.create({ data: { email } }),
    )
    await expectRefused('ENVELOPE_TENANT_UNKNOWN', () => prisma.patient.create({ data: { tenantId: 'nobody', email } }))
    await expectRefused('ENVELOPE_TENANT_UNKNOWN', () =>
      prisma.patient.createMany({ data: [{ tenantId: 'nobody', email }] }),
    )
  })

  test("a row's tenant is never changed", async () => {
    const { id } = await acme.patient.create({ data: { email } })
    const where = { id, tenantId: 'acme' }
    await expectRefused('ENVELOPE_TENANT_CHANGED', () => prisma.patient.update({ where, data: { tenantId: 'globex' } }))
    await expectRefused('ENVELOPE_TENANT_CHANGED', () =>
      acme.patient.update({ where: { id }, data: { tenantId: { set: 'globex' } } }),
    )
    await expectRefused('ENVELOPE_TENANT_CHANGED', () => prisma.patient.updateMany({ data: { tenantId: 'globex' } }))
    const connect = { tenantId_id: { tenantId: 'globex', id: 'any' } }
    await expectRefused('ENVELOPE_TENANT_CHANGED', () =>
      acme.patient.update({ where: { id }, data: { clinic: { connect } } }),
    )
    await acme.patient.update({ where: { id }, data: { tenantId: 'acme', email: 'same tenant' } })
    expect(await owners()).toEqual(['acme'])
  })

  test('requireTenant refuses reads, counts and deletes as well', async () => {
    const strict = encryptedClient(database, kms, { requireTenant: true })
    strict.statements.length = 0
    for (const call of [
      () => strict.prisma.patient.findMany(),
      () => strict.prisma.patient.count(),
      () => strict.prisma.patient.deleteMany(),
      () => strict.prisma.patient.create({ data: { tenantId: 'acme', email } }),
      () => strict.prisma.tag.findMany({ include: { patients: true } }),
    ]) {
      expect(await refusal(call)).toMatchObject({ code: 'ENVELOPE_TENANT_REQUIRED' })
    }
    expect(strict.statements).toEqual([])
    expect(await strict.prisma.tenant.count()).toBe(0)
    expect(await strict.prisma.$forTenant('acme').patient.findMany()).toEqual([])
    await strict.plain.$disconnect()
  })
})

test('a write without encrypted values needs no tenant and no key', async () => {
  const { id } = await acme.patient.create({ data: { email } })
  kms.calls.reset()
  await prisma.patient.update({ where: { id }, data: { age: 40 }, select: { age: true } })
  await prisma.patient.deleteMany({ where: { id } })
  expect(kms.calls.count()).toBe(0)
})

test('one call may write rows of several tenants', async () => {
  const data = [
    { tenantId: 'acme', email: 'a' },
    { tenantId: 'globex', email: 'g' },
    { tenantId: 'initech', email: 'i' },
  ]
  const select = { tenantId: true, email: true }
  if (hasReturning) expect(await prisma.patient.createManyAndReturn({ data, select })).toEqual(data)
  else await prisma.patient.createMany({ data })
  expect(await prisma.patient.findMany({ select, orderBy: { tenantId: 'asc' } })).toEqual(data)
})
