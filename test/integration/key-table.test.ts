import { describe, expect, test } from 'vitest'
import { parseEnvelope } from '../../src/envelope/index.js'
import { testProvider } from '../support/database.js'
import { keysClient, openKeysStage } from '../support/keys-stage.js'
import { binaryOf } from '../support/stage.js'

const stage = await openKeysStage()
const { acme, database, globex, kms, plain } = stage

/** Another process on the same database and KMS. */
async function another(options: Parameters<typeof keysClient>[2] = {}) {
  const client = keysClient(database, kms, options)
  // Connected: on a busy machine that may take longer than a write waits for the key table.
  await client.plain.dataKey.count()
  return { ...client, acme: client.prisma.$forTenant('acme'), close: () => client.plain.$disconnect() }
}

await plain.dataKey.count()

let count = 0
function person() {
  count += 1
  return {
    id: `p${count}`,
    email: `p${count}@example.com`,
    ssn: `ssn-${count}`,
    notes: { count },
    photo: new Uint8Array([count]),
  }
}

async function placementOf(id: string, column = 'ssn'): Promise<'inline' | 'table'> {
  const [row] = await database.query(`SELECT ${column} AS value FROM patients WHERE id = '${id}'`)
  return parseEnvelope(binaryOf(row?.value)).wrapped === undefined ? 'table' : 'inline'
}

describe('a schema with a key table', () => {
  test('keeps one data key for all processes of a tenant, and values carry its id alone', async () => {
    const data = person()
    await acme.patient.create({ data })
    const other = await another()
    const second = person()
    await other.acme.patient.create({ data: second })
    await globex.patient.create({ data: person() })
    expect(await plain.dataKey.count()).toBe(2)
    for (const column of ['ssn', 'email_sealed', 'notes', 'photo_sealed']) {
      expect(await placementOf(data.id, column)).toBe('table')
      expect(await placementOf(second.id, column)).toBe('table')
    }
    const [row] = await database.query(`SELECT ssn AS value FROM patients WHERE id = '${data.id}'`)
    expect(String(row?.value)).toHaveLength(4 + 4 * Math.ceil((18 + 12 + data.ssn.length + 16) / 3))
    expect(await other.acme.patient.findUnique({ where: { id: data.id } })).toMatchObject(data)
    expect(await acme.patient.findUnique({ where: { id: second.id } })).toMatchObject(second)
    await other.close()
  })

  test('reads both placements side by side, in one result and in one row', async () => {
    const inline = await another({ dataKeys: { store: 'inline' } })
    const [first, second] = [person(), person()]
    await inline.acme.patient.create({ data: first })
    await acme.patient.create({ data: second })
    expect([await placementOf(first.id), await placementOf(second.id)]).toEqual(['inline', 'table'])
    await acme.patient.update({ where: { id: first.id }, data: { ssn: 'changed' } })
    expect([await placementOf(first.id), await placementOf(first.id, 'email_sealed')]).toEqual(['table', 'inline'])
    for (const client of [acme, inline.acme, (await another()).acme]) {
      const rows = await client.patient.findMany({
        where: { id: { in: [first.id, second.id] } },
        orderBy: { id: 'asc' },
      })
      expect(rows).toHaveLength(2)
      expect(rows).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ ...first, ssn: 'changed' }),
          expect.objectContaining(second),
        ]),
      )
    }
    await inline.close()
  })

  test('searches by index and opens what raw queries and $encryption hand it', async () => {
    const data = person()
    await acme.patient.create({ data })
    expect(await acme.patient.findMany({ where: { email: data.email } })).toMatchObject([{ id: data.id }])
    const [row] = await database.query(`SELECT ssn AS value FROM patients WHERE id = '${data.id}'`)
    expect(await acme.$encryption.open('Patient', 'ssn', String(row?.value))).toBe(data.ssn)
    const sealed = await acme.$encryption.seal('Patient', 'ssn', 'by hand')
    expect(await acme.$encryption.open('Patient', 'ssn', sealed)).toBe('by hand')
  })

  test('keeps the key when the transaction that needed it first is rolled back', async () => {
    const at = await another()
    const bound = at.prisma.$forTenant('main')
    const [one, two] = [person(), person()]
    await expect(
      bound.$transaction(async (tx) => {
        await tx.patient.create({ data: one })
        throw new Error('rolled back')
      }),
    ).rejects.toThrow('rolled back')
    // The next one, outside, fetches a key of the table; the batch counts as outside.
    await bound.$transaction([bound.patient.create({ data: two })])
    expect(await placementOf(two.id)).toBe('table')
    await at.close()
    const cold = await another()
    expect(await cold.prisma.$forTenant('main').patient.findUnique({ where: { id: two.id } })).toMatchObject(two)
    await cold.close()
  })

  test('in an interactive transaction, seals inline with cold keys and under the table’s key with warm ones', async () => {
    const at = await another()
    const [cold, warm] = [person(), person()]
    await at.acme.$transaction(async (tx) => {
      await tx.patient.create({ data: cold })
      expect(await tx.patient.findUnique({ where: { id: cold.id } })).toMatchObject(cold)
    })
    expect(await placementOf(cold.id)).toBe('inline')
    await at.acme.patient.create({ data: person() })
    await at.acme.$transaction(async (tx) => {
      await tx.patient.create({ data: warm })
      at.prisma.$encryption.evict('acme')
      // Its own write, after an eviction: the key's row is looked up by the transaction's own client.
      expect(await tx.patient.findUnique({ where: { id: warm.id } })).toMatchObject(warm)
    })
    expect(await placementOf(warm.id)).toBe('table')
    await at.close()
  })

  test.runIf(testProvider() !== 'sqlite')('at REPEATABLE READ, reads its own write after an eviction', async () => {
    const at = await another()
    const data = person()
    const old = person()
    await acme.patient.create({ data: old })
    await at.acme.$transaction(
      async (tx) => {
        // The snapshot is taken now, before the tenant has a key of the table that this process knows.
        await tx.patient.findUnique({ where: { id: old.id } })
        await at.prisma.$forTenant('acme').patient.create({ data: person() })
        await tx.patient.create({ data })
        at.prisma.$encryption.evict('acme')
        expect(await tx.patient.findUnique({ where: { id: data.id } })).toMatchObject(data)
      },
      // The types are SQLite's, which has one level.
      { isolationLevel: 'RepeatableRead' as never },
    )
    await at.close()
  })

  test('a tombstone is a typed error for the rows concerned, and for no other', async () => {
    const at = await another()
    const tenant = at.prisma.$forTenant('main')
    const data = person()
    await tenant.patient.create({ data })
    const key = await plain.dataKey.findFirstOrThrow({ where: { tenant: 'main' }, orderBy: { seq: 'desc' } })
    await plain.dataKey.updateMany({ where: { id: key.id }, data: { section: new Uint8Array(0) } })
    const cold = await another()
    const read = cold.prisma.$forTenant('main').patient.findUnique({ where: { id: data.id } })
    await expect(read).rejects.toMatchObject({ code: 'ENVELOPE_DATA_KEY_ERASED', model: 'Patient', tenant: 'main' })
    // New values get a new key.
    const next = person()
    await cold.prisma.$forTenant('main').patient.create({ data: next })
    expect(await cold.prisma.$forTenant('main').patient.findUnique({ where: { id: next.id } })).toMatchObject(next)
    await Promise.all([at.close(), cold.close()])
  })

  test('a key row that is missing is a typed error that may be retried', async () => {
    const data = person()
    const at = await another()
    await at.prisma.$forTenant('main').patient.create({ data })
    at.prisma.$encryption.close()
    const [row] = await database.query(`SELECT ssn AS value FROM patients WHERE id = '${data.id}'`)
    const id = new Uint8Array(parseEnvelope(binaryOf(row?.value)).dataKeyId)
    const key = await plain.dataKey.findUniqueOrThrow({ where: { id } })
    await plain.dataKey.deleteMany({ where: { id } })
    const cold = await another()
    const read = () => cold.prisma.$forTenant('main').patient.findUnique({ where: { id: data.id } })
    await expect(read()).rejects.toMatchObject({ code: 'ENVELOPE_DATA_KEY_NOT_FOUND', retryable: true })
    await plain.dataKey.create({ data: key })
    await expect.poll(read, { timeout: 20_000, interval: 200 }).toMatchObject(data)
    await Promise.all([at.close(), cold.close()])
  })

  test('a committed key row that a failover has lost is stored again by the process that seals under it', async () => {
    const at = await another({ dataKeys: { revalidate: '1s' } })
    const [before, after] = [person(), person()]
    const globexOf = (client: typeof at) => client.prisma.$forTenant('globex')
    await globexOf(at).patient.create({ data: before })
    const key = await plain.dataKey.findFirstOrThrow({ where: { tenant: 'globex' }, orderBy: { seq: 'desc' } })
    const where = { id: key.id }
    await plain.dataKey.deleteMany({ where })
    await plain.dataKeyCount.deleteMany({ where })
    await expect.poll(() => plain.dataKey.findUnique({ where }), { timeout: 10_000 }).not.toBeNull()
    const again = await plain.dataKey.findUniqueOrThrow({ where })
    expect(again).toMatchObject({ owner: key.owner, section: key.section, wrapTag: key.wrapTag, tenant: 'globex' })
    // What others had reserved is lost, so that nothing more is.
    expect(await plain.dataKeyCount.findUniqueOrThrow({ where })).toMatchObject({ reserved: 2n ** 28n })
    const cold = await another()
    expect(await globexOf(cold).patient.findUnique({ where: { id: before.id } })).toMatchObject(before)
    await globexOf(cold).patient.create({ data: after })
    expect(await placementOf(after.id)).toBe('table')
    const newest = await plain.dataKey.findFirstOrThrow({ where: { tenant: 'globex' }, orderBy: { seq: 'desc' } })
    expect(newest.id).not.toEqual(key.id)
    await Promise.all([at.close(), cold.close()])
  })

  test('a rewrap changes one row, and not the values', async () => {
    const data = person()
    await acme.patient.create({ data })
    const [before] = await database.query(`SELECT ssn AS value FROM patients WHERE id = '${data.id}'`)
    const { arn } = await kms.createKey({ alias: 'alias/tenant/acme-next' })
    const next = await another({ cmk: { current: 'alias/tenant/acme-next', previous: ['alias/tenant/acme'] } })
    expect(await next.acme.patient.findUnique({ where: { id: data.id } })).toMatchObject(data)
    const id = new Uint8Array(parseEnvelope(binaryOf(before?.value)).dataKeyId)
    await expect.poll(async () => (await plain.dataKey.findUniqueOrThrow({ where: { id } })).cmk).toBe(arn)
    expect(await database.query(`SELECT ssn AS value FROM patients WHERE id = '${data.id}'`)).toEqual([before])
    await next.close()
    const only = await another({ cmk: 'alias/tenant/acme-next' })
    expect(await only.acme.patient.findUnique({ where: { id: data.id } })).toMatchObject(data)
    await only.close()
  })

  test('the reservation of counts is one guarded UPDATE, and readers never select it', async () => {
    const at = await another()
    await at.prisma.$forTenant('globex').patient.create({ data: person() })
    await at.prisma.$forTenant('globex').patient.findMany()
    const touching = at.statements.filter(({ sql }) => sql.includes('data_key_counts'))
    expect(touching.filter(({ sql }) => sql.startsWith('UPDATE'))).toHaveLength(1)
    expect(touching.filter(({ sql }) => sql.startsWith('SELECT'))).toEqual([])
    await at.close()
  })
})
