import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PrismaClient } from '../support/client.js'
import { openTestDatabase } from '../support/database.js'
import type { TestDatabase } from '../support/databases/contract.js'
import { type EncryptedClient, encryptedClient } from '../support/encrypted-client.js'
import { testKms } from '../support/kms.js'

/**
 * A to-one `update` takes a row's data, or `{ where?, data }`. `Record` has fields `data` (Json) and `where`, so both may
 * fit: Prisma takes the second form where all of it is of the right types, and else stores the document. What we take a
 * call for must be what Prisma takes it for, or a document would be stored in plaintext.
 */
let database: TestDatabase
let plain: PrismaClient
let acme: EncryptedClient

beforeAll(async () => {
  database = await openTestDatabase()
  plain = new PrismaClient({ adapter: database.adapter() })
  acme = encryptedClient(database, await testKms()).prisma.$forTenant('acme')
})
afterAll(async () => {
  await plain?.$disconnect()
  await acme?.$disconnect()
  await database?.close()
})

const FORMS: { name: string; update: object; becomes: object }[] = [
  { name: 'an envelope with data', update: { data: { where: 'new' } }, becomes: { where: 'new' } },
  { name: 'an envelope that writes the document', update: { data: { data: { a: 1 } } }, becomes: { data: { a: 1 } } },
  { name: 'an empty envelope', update: { data: {} }, becomes: {} },
  {
    name: 'an envelope with a filter',
    update: { where: { set: 's' }, data: { select: 'x' } },
    becomes: { select: 'x' },
  },
  { name: 'a document of unknown keys', update: { data: { a: { b: 1 } } }, becomes: { data: { a: { b: 1 } } } },
  { name: 'a list', update: { data: [{ where: 'x' }] }, becomes: { data: [{ where: 'x' }] } },
  {
    name: 'a document beside a where that is a value',
    update: { where: 'w2', data: { age: 1 } },
    becomes: { where: 'w2', data: { age: 1 } },
  },
  {
    name: 'a document beside another field',
    update: { set: 's2', data: { where: 1 } },
    becomes: { set: 's2', data: { where: 1 } },
  },
]
const BEFORE = { data: 'before', where: 'w', set: 's', select: null }

describe.each(FORMS)('$name', ({ update, becomes }) => {
  test.each(['plain Prisma', 'the extended client'])('is the same to %s', async (by) => {
    const client = by === 'plain Prisma' ? plain : acme
    const tenantId = 'acme'
    const patient = await client.patient.create({
      data: { tenantId, email: 'a@example.com', record: { create: { tenantId, ...BEFORE } } },
    })
    await client.patient.update({ where: { id: patient.id }, data: { record: { update: update as never } } })
    const record = await client.record.findUniqueOrThrow({ where: { patientId: patient.id } })
    expect(record).toMatchObject({ ...BEFORE, ...becomes })
  })
})

describe('what Prisma would treat as a document, though it looks like an envelope, is refused and not stored', () => {
  test.each([
    { data: { set: 5 } },
    { where: { set: 's' }, data: { set: 5 } },
    { where: { set: 's' }, data: { tenantId: 'acme', set: ['x'] } },
  ])('%j', async (update) => {
    const patient = await acme.patient.create({ data: { email: 'a@example.com', record: { create: BEFORE } } })
    const attempt = acme.patient.update({ where: { id: patient.id }, data: { record: { update: update as never } } })
    await expect(attempt).rejects.toMatchObject({ name: 'PrismaClientValidationError' })
    const record = await acme.record.findUniqueOrThrow({ where: { patientId: patient.id } })
    expect(record).toMatchObject(BEFORE)
  })
})
