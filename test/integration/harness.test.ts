import { afterAll, beforeAll, expect, test } from 'vitest'
import type { FieldEntry } from '../../src/schema/model-map.js'
import { encryptedModels, PrismaClient } from '../support/client.js'
import { openTestDatabase, testProvider } from '../support/database.js'
import type { TestDatabase } from '../support/databases/contract.js'
import { recordingAdapter } from '../support/recording-adapter.js'

let database: TestDatabase
beforeAll(async () => {
  database = await openTestDatabase()
})
afterAll(() => database.close())

// Its SQL does not come from Prisma's engine, as that of the others does.
test.runIf(testProvider() === 'mysql')(
  'the tables have the columns of the schema, and allow NULL where it does',
  async () => {
    const rows = await database.query(
      `SELECT table_name AS tab, column_name AS col, is_nullable AS nullable FROM information_schema.columns
     WHERE table_schema = database()`,
    )
    const there = rows.filter(({ tab }) => !String(tab).startsWith('_')).map((row) => Object.values(row).join(' '))
    const wanted = Object.values(encryptedModels.models).flatMap(({ table, fields }) =>
      Object.values(fields).flatMap((field: FieldEntry) =>
        field.kind === 'scalar' ? [`${table} ${field.column} ${field.optional ? 'YES' : 'NO'}`] : [],
      ),
    )
    expect(there.sort()).toEqual(wanted.sort())
  },
)

test('the same rows through Prisma and through a plain connection', async () => {
  const { factory, statements } = recordingAdapter(database.adapter())
  const prisma = new PrismaClient({ adapter: factory })
  const created = await prisma.patient.create({
    data: {
      tenantId: 'acme',
      email: 'pe1:x',
      notes: { a: [1] },
      photo: new Uint8Array([1, 2]),
      record: { create: { data: 'x', where: 'w' } },
    },
    include: { record: true },
  })
  expect(created.record?.where).toBe('w')
  expect(encryptedModels.version).toBe(2)
  const rows = await database.query(
    'SELECT email_sealed, notes, photo_sealed, age, status FROM patients WHERE id = ?',
    [created.id],
  )
  expect(rows).toMatchObject([
    { email_sealed: 'pe1:x', photo_sealed: new Uint8Array([1, 2]), age: 0, status: 'ACTIVE' },
  ])
  expect(JSON.parse(String(rows[0]?.notes))).toEqual({ a: [1] })
  expect(
    await database.execute('UPDATE patients SET email_sealed = $2, photo_sealed = $3 WHERE id = $1', [
      created.id,
      'plain',
      new Uint8Array([9]),
    ]),
  ).toBe(1)
  expect(await database.execute(`UPDATE patients SET age = 3`)).toBe(1)
  const read = await prisma.patient.findUniqueOrThrow({ where: { id: created.id } })
  expect(read).toMatchObject({ email: 'plain', age: 3, photo: new Uint8Array([9]) })
  expect(statements.map((s) => s.kind)).toContain('begin')
  statements.length = 0
  await expect(
    prisma.$transaction(async (tx) => {
      await tx.tag.create({ data: { name: 'x' } })
      throw new Error('stop')
    }),
  ).rejects.toThrow('stop')
  expect(statements.at(-1)?.kind).toBe('rollback')
  expect(await prisma.tag.count()).toBe(0)
  await prisma.$disconnect()
})
