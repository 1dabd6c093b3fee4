import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type ParsedEnvelope, parseEnvelope } from '../../src/envelope/index.js'
import type { StoredValue } from '../support/databases/contract.js'
import { keysClient, openKeysStage } from '../support/keys-stage.js'
import { holdNext } from '../support/kms.js'
import { binaryOf, refusal } from '../support/stage.js'

/** With a key table; a client that keeps its keys inline stands in for what was before. */
const stage = await openKeysStage()
const { acme, database, globex, kms, plain, plant, prisma, stored } = stage
await plain.dataKey.count()

const inline = keysClient(database, kms, { dataKeys: { store: 'inline' } })
const photo = new Uint8Array([1, 2, 3])
const COLUMNS = ['email_sealed', 'ssn', 'notes', 'photo_sealed']
const create = async (client: typeof acme, name: string) => {
  const data = { email: `${name}@example.com`, ssn: name, notes: { name, quote: '"\\/' }, photo }
  return (await client.patient.create({ data, select: { id: true } })).id
}
const envelopesOf = async (id: string): Promise<ParsedEnvelope[]> =>
  Promise.all(
    COLUMNS.map(async (column) => parseEnvelope(binaryOf((await stored('patients', column, id)) as StoredValue))),
  )
const keysOf = async (id: string) => new Set((await envelopesOf(id)).map(({ dataKeyId }) => dataKeyId.toString('hex')))
const rowOf = (id: string) =>
  database.query('SELECT email_sealed, ssn, notes, photo_sealed, updated_at FROM patients WHERE id = ?', [id])

beforeEach(async () => {
  kms.faults.clear()
  await database.execute('DELETE FROM patients')
  for (const client of [prisma, inline.prisma])
    for (const tenant of ['acme', 'globex']) client.$encryption.evict(tenant)
})
afterEach(() => {
  vi.useRealTimers()
})

/** As if it were so many days ago. */
async function ago<T>(days: number, work: () => Promise<T>): Promise<T> {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - days * 86_400_000 })
  try {
    return await work()
  } finally {
    vi.useRealTimers()
  }
}

describe('$encryption.reencrypt', () => {
  test('moves values into the key table, under one data key for each tenant, and only those that are not there', async () => {
    const old = [
      await create(inline.prisma.$forTenant('acme'), 'a'),
      await create(inline.prisma.$forTenant('acme'), 'b'),
    ]
    const foreign = await create(inline.prisma.$forTenant('globex'), 'x')
    const fresh = await create(acme, 'c')
    const times = () => database.query('SELECT id, updated_at, email_index FROM patients ORDER BY id')
    const [before, freshBefore, foreignBefore] = [await times(), await rowOf(fresh), await rowOf(foreign)]
    expect(await acme.$encryption.reencrypt({ dryRun: true })).toMatchObject({ finished: true, rows: 4, changed: 2 })
    expect(await prisma.$encryption.reencrypt({ tenant: 'acme' })).toEqual({
      finished: true,
      rows: 4,
      changed: 2,
      skipped: {},
      skippedRows: [],
    })
    const keys = await keysOf(fresh)
    for (const id of old) {
      expect(await keysOf(id)).toEqual(keys)
      expect((await envelopesOf(id)).map(({ wrapped }) => wrapped)).toEqual(COLUMNS.map(() => undefined))
    }
    expect([await rowOf(fresh), await rowOf(foreign)]).toEqual([freshBefore, foreignBefore])
    expect(await times()).toEqual(before)
    const rows = await acme.patient.findMany({ where: { email: { in: ['a@example.com', 'b@example.com'] } } })
    expect(
      rows
        .map(({ ssn, notes, photo: read }) => ({ ssn, notes, read }))
        .sort((a, b) => String(a.ssn).localeCompare(String(b.ssn))),
    ).toEqual(['a', 'b'].map((name) => ({ ssn: name, notes: { name, quote: '"\\/' }, read: photo })))
    expect(await prisma.$encryption.reencrypt()).toMatchObject({ changed: 1, skipped: {} })
    expect(await prisma.$encryption.reencrypt()).toMatchObject({ changed: 0, skipped: {} })
    // And back.
    expect(await inline.prisma.$encryption.reencrypt()).toMatchObject({ changed: 4 })
    expect((await envelopesOf(fresh)).every(({ wrapped }) => wrapped !== undefined)).toBe(true)
    expect(await inline.prisma.$encryption.verify()).toMatchObject({ rows: 4, skipped: {} })
  })

  test('seals with the configured suite, and only the columns that need it', async () => {
    const id = await create(acme, 'a')
    const other = keysClient(database, kms, { suite: 'xchacha20-poly1305' })
    await other.prisma.$forTenant('acme').patient.update({ where: { id }, data: { ssn: 'new' }, select: { id: true } })
    const ssn = await stored('patients', 'ssn', id)
    expect(await other.prisma.$encryption.reencrypt()).toMatchObject({ changed: 1 })
    expect((await envelopesOf(id)).map(({ suite }) => suite.name)).toEqual(COLUMNS.map(() => 'xchacha20-poly1305'))
    expect(await stored('patients', 'ssn', id)).toEqual(ssn)
    expect(await other.prisma.$encryption.reencrypt({ fields: ['Patient.email'] })).toMatchObject({ changed: 0 })
    await other.plain.$disconnect()
  })

  test('takes values whose data key is too old to seal, or from before `since`', async () => {
    const past = keysClient(database, kms, { dataKeys: { store: 'inline' } })
    const id = await ago(3, () => create(past.prisma.$forTenant('acme'), 'a'))
    const today = await create(past.prisma.$forTenant('globex'), 'x')
    const { $encryption } = inline.prisma
    const since = new Date(Date.now() - 4 * 86_400_000)
    expect(await $encryption.reencrypt({ since, dryRun: true })).toMatchObject({ changed: 0 })
    expect(await $encryption.reencrypt({ dryRun: true })).toMatchObject({ changed: 1 })
    const before = await keysOf(id)
    expect(await $encryption.reencrypt()).toMatchObject({ changed: 1, skipped: {} })
    expect(await keysOf(id)).not.toEqual(before)
    expect(await $encryption.reencrypt({ since: new Date().toISOString() })).toMatchObject({ changed: 0 })
    expect(await keysOf(today)).toHaveProperty('size', 1)
    await past.plain.$disconnect()
  })

  test('uses no key from before `since`, also where one is in memory', async () => {
    const past = keysClient(database, kms, { dataKeys: { store: 'inline', maxAge: '30d' } })
    const { $encryption } = past.prisma
    const id = await ago(3, () => create(past.prisma.$forTenant('acme'), 'a'))
    const before = await keysOf(id)
    expect(await $encryption.reencrypt()).toMatchObject({ changed: 0 })
    expect(await $encryption.reencrypt({ since: new Date() })).toMatchObject({ changed: 1 })
    expect(await keysOf(id)).not.toEqual(before)
    expect(await $encryption.reencrypt({ since: new Date() })).toMatchObject({ changed: 0 })
    await past.plain.$disconnect()
  })

  test('asks for `notBefore` where the key table may have keys from before `since`', async () => {
    await create(acme, 'a')
    const { code, message } = await refusal(prisma.$encryption.reencrypt({ since: new Date() }))
    expect([code, message]).toEqual(['ENVELOPE_CONFIG_INVALID', expect.stringContaining('dataKeys.notBefore')])
    for (const since of ['soon', new Date(Date.now() + 86_400_000)])
      expect((await refusal(prisma.$encryption.reencrypt({ since }))).code).toBe('ENVELOPE_CONFIG_INVALID')
  })

  test('leaves what does not open as it is, names it, and goes on with the rest of its row', async () => {
    const bad = await create(inline.prisma.$forTenant('acme'), 'a')
    const damaged = String(await stored('patients', 'ssn', bad)).slice(0, -8)
    await plant('patients', 'ssn', bad, damaged)
    const plaintext = await create(inline.prisma.$forTenant('acme'), 'b')
    await plant('patients', 'ssn', plaintext, "O'Brien")
    const report = await prisma.$encryption.reencrypt()
    expect(report).toMatchObject({ finished: true, rows: 2, changed: 2 })
    expect(Object.values(report.skipped).reduce((sum, n) => sum + n, 0)).toBe(2)
    expect(report.skippedRows.map(({ key, field }) => ({ key, field }))).toEqual(
      expect.arrayContaining([
        { key: { id: bad }, field: 'ssn' },
        { key: { id: plaintext }, field: 'ssn' },
      ]),
    )
    expect(JSON.stringify(report)).not.toContain('Brien')
    expect([await stored('patients', 'ssn', bad), await stored('patients', 'ssn', plaintext)]).toEqual([
      damaged,
      "O'Brien",
    ])
    expect(parseEnvelope(binaryOf(await stored('patients', 'email_sealed', bad))).wrapped).toBeUndefined()
  })

  test('lets a concurrent writer win: one who writes or deletes meanwhile', async () => {
    const ids = [await create(acme, 'a'), await create(acme, 'b'), await create(acme, 'c')]
    const [written = '', deleted = ''] = ids
    const later = keysClient(database, kms, { dataKeys: { store: 'inline' } })
    // It waits for a new data key when the rows have been read.
    const { arrived, release } = holdNext(kms, 'GenerateDataKey')
    const running = later.prisma.$encryption.reencrypt({ tenant: 'acme' })
    await arrived
    expect(later.statements.some(({ sql }) => sql.includes(' AS v0'))).toBe(true)
    await acme.patient.update({ where: { id: written }, data: { ssn: 'newer' }, select: { id: true } })
    await plain.patient.delete({ where: { id: deleted } })
    release()
    const report = await running
    expect(report).toMatchObject({ finished: true, skipped: {} })
    const row = await acme.patient.findUnique({ where: { id: written }, select: { ssn: true, email: true } })
    expect(row).toEqual({ ssn: 'newer', email: 'a@example.com' })
    // It was visited again, as it had become.
    for (const id of [written, ids[2] ?? '']) {
      expect((await envelopesOf(id)).every(({ wrapped }) => wrapped !== undefined)).toBe(true)
    }
    await later.plain.$disconnect()
  }, 40_000)

  test.runIf(database.provider !== 'sqlite')(
    'names a row that stays locked, and does the others',
    async () => {
      const ids = [
        await create(inline.prisma.$forTenant('acme'), 'a'),
        await create(inline.prisma.$forTenant('acme'), 'b'),
      ]
      const [locked = '', free = ''] = ids
      await plain.$transaction(
        async (tx) => {
          await tx.$executeRawUnsafe(`UPDATE patients SET age = 9 WHERE id = '${locked}'`)
          expect(await prisma.$encryption.reencrypt()).toMatchObject({
            finished: true,
            changed: 1,
            skipped: { ROW_LOCKED: 1 },
            skippedRows: [{ model: 'Patient', key: { id: locked }, reason: 'ROW_LOCKED' }],
          })
        },
        { timeout: 40_000 },
      )
      expect(parseEnvelope(binaryOf(await stored('patients', 'ssn', free))).wrapped).toBeUndefined()
      expect(await prisma.$encryption.reencrypt()).toMatchObject({ changed: 1, skipped: {} })
    },
    60_000,
  )

  test('goes on with other tenants where KMS refuses one, and two at once do each row once', async () => {
    for (const name of ['a', 'b']) await create(inline.prisma.$forTenant('acme'), name)
    for (const name of ['x', 'y']) await create(inline.prisma.$forTenant('globex'), name)
    kms.faults.next({ operation: 'Decrypt', error: 'DisabledException' })
    const report = await prisma.$encryption.reencrypt()
    expect(report).toMatchObject({ finished: true, changed: 2, skipped: { ENVELOPE_KMS_DISABLED: 8 } })
    const both = await Promise.all([inline.prisma.$encryption.reencrypt(), inline.prisma.$encryption.reencrypt()])
    expect(both.map(({ finished }) => finished)).toEqual([true, true])
    expect(both.reduce((sum, { changed }) => sum + changed, 0)).toBe(2)
    expect(await globex.patient.count()).toBe(2)
    expect(await inline.prisma.$encryption.verify()).toMatchObject({ skipped: {} })
  })
})
