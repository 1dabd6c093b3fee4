import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { hasReturning } from '../support/client.js'
import { openTestDatabase } from '../support/database.js'
import type { TestDatabase } from '../support/databases/contract.js'
import { emptyTables } from '../support/empty-tables.js'
import { type EncryptedClient, encryptedClient } from '../support/encrypted-client.js'
import { testKms } from '../support/kms.js'

/**
 * Filling in the tenant column must not make Prisma refuse a call that it takes without us. It knows a row in two forms,
 * with foreign keys as scalars (unchecked) or as relations (checked), and takes no mixture.
 */
let database: TestDatabase
let acme: EncryptedClient
let clinic: { id: string }
let mentor: { id: string }
let room: { id: number }

beforeAll(async () => {
  database = await openTestDatabase()
  const kms = await testKms()
  const { prisma } = encryptedClient(database, kms)
  acme = prisma.$forTenant('acme')
  clinic = await acme.clinic.create({ data: { tenantId: 'acme', name: 'North' } })
  room = await acme.room.create({ data: { label: '1' } })
})
beforeEach(async () => {
  await emptyTables(database, 'visits', '"Record"', 'patients')
  mentor = await acme.patient.create({ data: { tenantId: 'acme', email: 'mentor@example.com' } })
})
afterAll(async () => {
  await acme?.$disconnect()
  await database?.close()
})

/** The tenants of all rows of a table. */
async function tenants(table: 'patients' | 'visits' | 'clinics' | '"Record"'): Promise<string[]> {
  const column = table === '"Record"' ? '"tenantId"' : 'tenant_id'
  const rows = await database.query(`SELECT DISTINCT ${column} AS tenant FROM ${table}`)
  return rows.map((row) => String(row.tenant))
}

describe('the tenant column is filled in', () => {
  test('as a scalar, where no relation is written', async () => {
    await acme.patient.create({ data: { email: 'a@example.com', clinicId: clinic.id } })
    expect(await tenants('patients')).toEqual(['acme'])
  })

  test('as a scalar, beside relations that hold no foreign key of the row', async () => {
    await acme.patient.create({
      data: {
        email: 'a@example.com',
        mentorId: mentor.id,
        record: { create: { data: { a: 1 } } },
        tags: { create: { name: 'new' } },
        mentees: { create: { email: 'b@example.com' } },
      },
    })
    expect(await tenants('patients')).toEqual(['acme'])
    expect(await tenants('"Record"')).toEqual(['acme'])
  })

  test('by the foreign key of the relation that is connected', async () => {
    await acme.patient.create({
      data: {
        email: 'a@example.com',
        mentor: { connect: { id: mentor.id } },
        clinic: { connect: { id: clinic.id } },
      },
    })
    expect(await tenants('patients')).toEqual(['acme'])
    const other = acme.patient.create({ data: { email: 'b@example.com', clinic: { connect: { id: 'elsewhere' } } } })
    await expect(other).rejects.toMatchObject({ code: 'P2025' })
  })

  test('by the foreign key of the relation that is created', async () => {
    await acme.patient.create({
      data: { email: 'a@example.com', clinic: { create: { name: 'New', tenantId: 'acme' } } },
    })
    await acme.patient.create({
      data: {
        email: 'b@example.com',
        clinic: { connectOrCreate: { where: { id: clinic.id }, create: { name: 'Other', tenantId: 'acme' } } },
      },
    })
    expect(await tenants('patients')).toEqual(['acme'])
    expect(await tenants('clinics')).toEqual(['acme'])
  })

  test('by nobody, where the foreign key to the parent row holds it', async () => {
    await acme.patient.create({
      data: {
        email: 'a@example.com',
        // The types ask for nothing here: the column is Prisma's to fill in.
        visits: {
          create: [{ reason: 'flu', room: { connect: { id: room.id } } }],
          createMany: { data: [{ reason: 'cold' }] },
        },
      },
    })
    expect(await tenants('visits')).toEqual(['acme'])
    expect(await acme.visit.count()).toBe(2)
  })

  test('as a scalar in createMany, its rows apart', async () => {
    await acme.patient.createMany({ data: [{ email: 'a@example.com' }, { email: 'b@example.com', tenantId: 'acme' }] })
    if (hasReturning) await acme.patient.createManyAndReturn({ data: [{ email: 'c@example.com' }] })
    expect(await tenants('patients')).toEqual(['acme'])
  })

  test('in the row that upsert and connectOrCreate create', async () => {
    const { id } = await acme.patient.upsert({
      where: { id: 'new' },
      create: { id: 'new', email: 'a@example.com' },
      update: { email: 'b@example.com' },
    })
    await acme.patient.update({
      where: { id },
      data: {
        mentees: { connectOrCreate: { where: { id: 'mentee' }, create: { id: 'mentee', email: 'c@example.com' } } },
      },
    })
    expect(await tenants('patients')).toEqual(['acme'])
    expect(await acme.patient.count()).toBe(3)
  })

  test('where a relation is mentioned but not written', async () => {
    await acme.patient.create({ data: { email: 'a@example.com', clinic: {}, mentor: { connect: undefined } } as never })
    expect(await tenants('patients')).toEqual(['acme'])
  })

  test('by connecting, beside another relation that is connected', async () => {
    await acme.record.create({ data: { data: 1, patient: { connect: { id: mentor.id } } } })
    expect(await tenants('"Record"')).toEqual(['acme'])
  })

  test('in a list of nested rows, of which one writes a relation', async () => {
    const tag = { name: 'listed' }
    const rows = [
      { email: 'a@example.com', clinic: { connect: { id: clinic.id } } },
      { email: 'b@example.com', clinic: { create: { name: 'Newer', tenantId: 'acme' } } },
    ]
    await acme.tag.create({ data: { ...tag, patients: { create: rows } } })
    expect(await tenants('patients')).toEqual(['acme'])
    // Prisma takes all rows of a list in one form, and in this one the third has nothing to set its tenant with.
    const create = acme.tag.create({
      data: { name: 'mixed', patients: { create: [...rows, { email: 'c@example.com' }] } },
    })
    await expect(create).rejects.toMatchObject({ code: 'ENVELOPE_TENANT_REQUIRED' })
  })

  test('beside a filter on it that would admit another tenant', async () => {
    const where = { id: clinic.id, tenantId: { in: ['acme', 'globex'] } }
    await acme.patient.create({ data: { email: 'a@example.com', clinic: { connect: where } } })
    expect(await tenants('patients')).toEqual(['acme'])
  })
})

test('a tenant column that only a foreign key can set is a typed error that says what to do', async () => {
  const create = acme.patient.create({ data: { email: 'a@example.com', mentor: { connect: { id: mentor.id } } } })
  await expect(create).rejects.toMatchObject({ code: 'ENVELOPE_TENANT_REQUIRED', model: 'Patient', field: 'tenantId' })
  await expect(create).rejects.toThrow(/foreign keys as scalars/)
})

test('an update cannot move a row to another tenant by connecting it to a row there', async () => {
  const foreign = await database.query("SELECT id FROM clinics WHERE tenant_id = 'globex'")
  if (foreign.length === 0)
    await database.execute("INSERT INTO clinics (id, tenant_id, name) VALUES ('south', 'globex', 'South')")
  const connect = acme.patient.update({ where: { id: mentor.id }, data: { clinic: { connect: { id: 'south' } } } })
  await expect(connect).rejects.toMatchObject({ code: 'P2025' })
  expect(await tenants('patients')).toEqual(['acme'])
  await acme.patient.update({ where: { id: mentor.id }, data: { clinic: { connect: { id: clinic.id } } } })
  expect(await tenants('patients')).toEqual(['acme'])
})
