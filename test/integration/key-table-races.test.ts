import { PrismaPg } from '@prisma/adapter-pg'
import { describe, expect, test } from 'vitest'
import { parseEnvelope } from '../../src/envelope/index.js'
import { testProvider } from '../support/database.js'
import { keysClient, openKeysStage } from '../support/keys-stage.js'
import { binaryOf } from '../support/stage.js'

const stage = await openKeysStage()
const { database, kms, plain } = stage

let count = 0
function person() {
  count += 1
  return { id: `p${String(count).padStart(4, '0')}`, email: `p${count}@example.com`, ssn: `ssn-${count}` }
}

async function processes(number: number) {
  const clients = Array.from({ length: number }, () => keysClient(database, kms))
  // Connected: on a busy machine that may take longer than a write waits for the key table.
  await Promise.all(clients.map(({ plain: each }) => each.dataKey.count()))
  return clients
}

describe('processes that need a tenant’s first key at once', () => {
  test('store one, and all seal under it or inline', async () => {
    const clients = await processes(6)
    const people = clients.map(() => person())
    await Promise.all(
      clients.map(({ prisma }, i) => prisma.$forTenant('acme').patient.create({ data: people[i] ?? person() })),
    )
    const rows = await plain.dataKey.findMany({ orderBy: { seq: 'asc' } })
    expect(rows.map(({ seq }) => seq)).toEqual([1n])
    const stored = await database.query('SELECT ssn AS value FROM patients')
    const ids = stored.flatMap(({ value }) => {
      const { wrapped, dataKeyId } = parseEnvelope(binaryOf(value))
      return wrapped === undefined ? [dataKeyId.toString('hex')] : []
    })
    // On SQLite, which has one writer, some may have waited for longer than a second.
    expect(ids.length).toBeGreaterThan(0)
    expect(new Set(ids)).toEqual(new Set(rows.map(({ id }) => Buffer.from(id).toString('hex'))))
    const [reader] = await processes(1)
    const found = await reader?.prisma.$forTenant('acme').patient.findMany({ orderBy: { id: 'asc' } })
    expect(found).toMatchObject(people)
    await Promise.all([...clients, reader].map((client) => client?.plain.$disconnect()))
  })
})

describe.runIf(testProvider() === 'postgresql')('a pool of one connection', () => {
  test('does not hang, whatever transactions wait for while a key is fetched outside', async () => {
    const [first] = await processes(1)
    await first?.plain.$disconnect()
    const { plain: base, prisma } = keysClient(
      { ...database, adapter: () => new PrismaPg({ connectionString: database.url, max: 1 }) },
      kms,
    )
    await base.dataKey.count()
    const globex = prisma.$forTenant('globex')
    const people = Array.from({ length: 8 }, () => person())
    const writes = people.map((data, i) =>
      i % 2 === 0
        ? globex.patient.create({ data })
        : globex.$transaction(
            async (tx) => {
              await tx.patient.create({ data })
              expect(await tx.patient.findUnique({ where: { id: data.id } })).toMatchObject(data)
              await tx.patient.update({ where: { id: data.id }, data: { ssn: data.ssn } })
            },
            { maxWait: 15_000, timeout: 15_000 },
          ),
    )
    await Promise.all(writes)
    const [reader] = await processes(1)
    expect(await reader?.prisma.$forTenant('globex').patient.findMany({ orderBy: { id: 'asc' } })).toMatchObject(people)
    await Promise.all([base.$disconnect(), reader?.plain.$disconnect()])
  })
})
