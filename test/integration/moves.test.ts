import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseEnvelope } from '../../src/envelope/index.js'
import { type KeysOptions, keysClient, openKeysStage } from '../support/keys-stage.js'
import { postgresqlTypes } from '../support/postgresql-client.js'
import { isUpdateOf } from '../support/recording-adapter.js'
import { decodeText } from '../support/rotation.js'
import { binaryOf, refusal } from '../support/stage.js'

const stage = await openKeysStage({ dataKeys: { store: 'inline' } })
const { acme, database, globex, kms, plain, plant, prisma, stored } = stage
const { provider } = database

const COLUMNS = ['email_sealed', 'ssn', 'notes', 'photo_sealed']
const photo = new Uint8Array([1, 2, 3])
const create = async (client: typeof acme, id: string) => {
  const notes = { id, quote: '"\\/' }
  await client.patient.create({ data: { id, email: `${id}@example.com`, ssn: id, notes, photo }, select: { id: true } })
}
const processes: ReturnType<typeof keysClient>[] = []
/** Ended after the test: one that has sealed into the table looks for its key's row, and stores another when that is gone. */
const processOf = (options: KeysOptions) => {
  const client = keysClient(database, kms, options)
  processes.push(client)
  return client
}
afterEach(() => {
  for (const client of processes.splice(0)) client.prisma.$encryption.close()
})

/** Another process, which seals into the key table if it seals. */
const another = (store?: 'inline') => processOf({ rewrap: 'off', ...(store !== undefined && { dataKeys: { store } }) })

const cells = async (id: string) =>
  Promise.all(COLUMNS.map(async (column) => binaryOf(await stored('patients', column, id)).toString('base64')))
const isInline = (text: string): boolean => ((Buffer.from(text, 'base64')[1] ?? 0) & 1) === 1
/** Of all columns; throws where they differ. */
const placementOf = async (id: string): Promise<'inline' | 'table'> => {
  const [first, ...others] = new Set((await cells(id)).map((cell) => (isInline(cell) ? 'inline' : 'table')))
  expect(others).toEqual([])
  return first ?? 'inline'
}
const placements = async (...ids: string[]) => Promise.all(ids.map(placementOf))
/** The different ones that values of these rows were sealed under, in hexadecimal. */
async function dataKeysOf(...ids: string[]): Promise<string[]> {
  const envelopes = await Promise.all(
    ids.map(async (id) => parseEnvelope(binaryOf(await stored('patients', 'ssn', id)))),
  )
  return [...new Set(envelopes.map(({ dataKeyId }) => dataKeyId.toString('hex')))]
}
const keyRows = () => plain.dataKey.findMany({ orderBy: { seq: 'desc' } })

/** All values of the tenant open, in a process that knows nothing. */
async function opened(tenant = 'acme') {
  const at = another()
  const rows = await at.prisma.$forTenant(tenant).patient.findMany({ orderBy: { id: 'asc' } })
  for (const row of rows) expect(row).toMatchObject({ ssn: row.id, photo, notes: { id: row.id, quote: '"\\/' } })
  await at.plain.$disconnect()
  return rows.map(({ id }) => id)
}

beforeEach(async () => {
  kms.faults.clear()
  for (const table of ['patients', 'data_keys', 'data_key_counts', 'envelope_jobs']) {
    await database.execute(`DELETE FROM ${table}`)
  }
  for (const tenant of ['acme', 'globex']) prisma.$encryption.evict(tenant)
})

describe('$encryption.rewrap({ placement })', () => {
  test('moves values into the key table and back, without reading one, and ends with the same bytes', async () => {
    for (const id of ['a', 'b', 'c']) await create(acme, id)
    prisma.$encryption.evict('acme')
    await create(acme, 'd')
    await create(globex, 'x')
    const before = await Promise.all(['a', 'b', 'c', 'd', 'x'].map(cells))
    const times = () => database.query('SELECT id, updated_at, email_index FROM patients ORDER BY id')
    const timesBefore = await times()

    const { prisma: at, statements } = another()
    kms.calls.reset()
    const report = await at.$encryption.rewrap({ placement: 'table' })
    expect(report).toEqual({ finished: true, verified: true, rows: 5, changed: 5, skipped: {}, skippedRows: [] })
    // Three data keys, each once.
    const calls = kms.calls.entries.map(({ eventName }) => eventName)
    expect(calls.filter((name) => /GenerateDataKey|Decrypt|ReEncrypt/.test(name))).toEqual(Array(3).fill('Decrypt'))
    expect(await placements('a', 'b', 'c', 'd', 'x')).toEqual(Array(5).fill('table'))
    expect(await times()).toEqual(timesBefore)
    // One statement has changed all of the batch, and no row was in a result.
    expect(statements.filter(({ sql }) => isUpdateOf('patients', sql))).toHaveLength(1)
    const selects = statements.filter(({ kind }) => kind === 'query').map(({ sql }) => sql)
    expect(selects.filter((sql) => /SELECT[^(]*\b(ssn|notes)\b/.test(sql))).toEqual([])
    expect(await opened()).toEqual(['a', 'b', 'c', 'd'])
    expect(await opened('globex')).toEqual(['x'])
    expect(await at.$encryption.rewrap({ placement: 'table' })).toMatchObject({ rows: 5, changed: 0, skipped: {} })

    expect(await at.$encryption.rewrap({ placement: 'inline' })).toMatchObject({ rows: 5, changed: 5, skipped: {} })
    expect(await Promise.all(['a', 'b', 'c', 'd', 'x'].map(cells))).toEqual(before)
    expect(await times()).toEqual(timesBefore)
    expect(await keyRows()).toHaveLength(3)
    await at.$disconnect()
  })

  test('stores a data key before any value names it, retired, and behind those that seal', async () => {
    const sealing = another()
    await create(sealing.prisma.$forTenant('acme'), 'z')
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) {
      await create(acme, id)
      prisma.$encryption.evict('acme')
    }
    const at = another()
    await at.prisma.$encryption.rewrap({ placement: 'table' })
    const sent = at.statements.map(({ sql }) => sql)
    const inserted = sent.findLastIndex((sql) => sql.startsWith('INSERT') && sql.includes('data_keys'))
    expect(sent.findIndex((sql) => isUpdateOf('patients', sql))).toBeGreaterThan(inserted)
    const rows = await keyRows()
    expect(rows.map(({ seq }) => Number(seq))).toEqual([1, 0, -1, -2, -3, -4, -5])
    expect(rows.map(({ retiredAt }) => retiredAt !== null)).toEqual([false, ...Array(6).fill(true)])
    for (const { cmk, tenant } of rows) expect([cmk, tenant]).toEqual([expect.stringContaining('arn:aws:kms'), 'acme'])
    // The next process seals under the key that was there.
    kms.calls.reset()
    const next = another()
    await create(next.prisma.$forTenant('acme'), 'y')
    expect(kms.calls.count('GenerateDataKey')).toBe(0)
    expect(await keyRows()).toHaveLength(7)
    expect(await opened()).toHaveLength(8)
    for (const { plain: client } of [sealing, at, next]) await client.$disconnect()
  })

  test('moves the values of one tenant, and counts only in a dry run', async () => {
    await create(acme, 'a')
    await create(globex, 'x')
    const { prisma: at } = another()
    kms.calls.reset()
    const dry = await at.$encryption.rewrap({ placement: 'table', dryRun: true })
    expect(dry).toMatchObject({ rows: 2, changed: 2, skipped: {} })
    expect(kms.calls.count('Decrypt')).toBe(0)
    expect(await keyRows()).toEqual([])
    expect(await placements('a', 'x')).toEqual(['inline', 'inline'])
    expect(await at.$encryption.rewrap({ placement: 'table', tenant: 'acme' })).toMatchObject({ changed: 1 })
    expect(await placements('a', 'x')).toEqual(['table', 'inline'])
    await at.$encryption.rewrap({ placement: 'table' })
    kms.calls.reset()
    const back = await at.$encryption.rewrap({ placement: 'inline', tenant: 'globex', dryRun: true })
    expect(back).toMatchObject({ rows: 2, changed: 1, skipped: {} })
    expect(kms.calls.count('Decrypt')).toBe(0)
    await at.$forTenant('globex').$encryption.rewrap({ placement: 'inline' })
    expect(await placements('a', 'x')).toEqual(['table', 'inline'])
    await at.$disconnect()
  })

  test('goes on where it was stopped; until then all values can be read', async () => {
    for (const id of ['a', 'b', 'c']) await create(acme, id)
    const { prisma: at } = another()
    const controller = new AbortController()
    const onProgress = () => controller.abort()
    const options = { placement: 'table', rowsPerSecond: 1, signal: controller.signal, onProgress } as const
    expect(await at.$encryption.rewrap(options)).toMatchObject({ finished: false, changed: 1 })
    expect(await placements('a', 'b', 'c')).toEqual(['table', 'inline', 'inline'])
    expect(await opened()).toHaveLength(3)
    expect(await plain.envelopeJob.findMany({ select: { job: true } })).toEqual([{ job: 'rewrap-table' }])
    // A rewrap has a position of its own.
    expect(await at.$encryption.rewrap({ dryRun: true })).toMatchObject({ finished: true })
    expect(await at.$encryption.rewrap({ placement: 'table' })).toMatchObject({ finished: true, changed: 2 })
    expect(await placements('a', 'b', 'c')).toEqual(Array(3).fill('table'))
    expect(await opened()).toHaveLength(3)
    await at.$disconnect()
  })

  test('two at once, and one that finds the row of another: each data key has one row', async () => {
    for (const id of ['a', 'b', 'c']) {
      await create(acme, id)
      prisma.$encryption.evict('acme')
    }
    const [one, two] = [another(), another()]
    const move = ({ prisma: at }: typeof one) => at.$encryption.rewrap({ placement: 'table', checkpoint: false })
    const reports = await Promise.all([move(one), move(two)])
    for (const report of reports) expect(report).toMatchObject({ finished: true, skipped: {} })
    expect(await keyRows()).toHaveLength(3)
    expect(await placements('a', 'b', 'c')).toEqual(Array(3).fill('table'))
    expect(await opened()).toHaveLength(3)
    for (const { plain: client } of [one, two]) await client.$disconnect()
  })

  test('several wrapped keys of one data key move to one row', async () => {
    await kms.createKey({ alias: 'alias/tenant/acme-next' }).catch(() => {})
    const cmk = { current: 'alias/tenant/acme-next', previous: ['alias/tenant/acme'] }
    for (const id of ['a', 'b', 'c']) await create(acme, id)
    const keys = await dataKeysOf('a', 'b', 'c')
    expect(keys).toHaveLength(1)
    for (const partition of await prisma.$encryption.partitions({ models: ['Patient'], rows: 1 })) {
      const at = processOf({ cmk, dataKeys: { store: 'inline' }, rewrap: 'off' })
      await at.prisma.$encryption.rewrap({ partition })
      await at.plain.$disconnect()
    }
    const at = processOf({ cmk, rewrap: 'off' })
    expect(await at.prisma.$encryption.rewrap({ placement: 'table' })).toMatchObject({ changed: 3, skipped: {} })
    expect((await keyRows()).map(({ id }) => Buffer.from(id).toString('hex'))).toEqual(keys)
    expect(await placements('a', 'b', 'c')).toEqual(Array(3).fill('table'))
    const rows = await at.prisma.$forTenant('acme').patient.findMany({ orderBy: { id: 'asc' } })
    expect(rows.map(({ ssn }) => ssn)).toEqual(['a', 'b', 'c'])
    await at.plain.$disconnect()
  })

  test.runIf(provider !== 'sqlite')(
    'a row that is locked gets a second pass, and what was written there stays',
    async () => {
      for (const id of ['a', 'b']) await create(acme, id)
      const written = String(await stored('patients', 'ssn', 'b'))
      const { prisma: at } = another()
      const moved = plain.$transaction(
        async (tx) => {
          await tx.$executeRawUnsafe(`UPDATE patients SET ssn = '${written}' WHERE id = 'a'`)
          const done = at.$encryption.rewrap({ placement: 'table' })
          await expect.poll(() => placements('b')).toEqual(['table'])
          return { done }
        },
        { timeout: 40_000 },
      )
      expect(await (await moved).done).toMatchObject({ finished: true, changed: 2, skipped: {} })
      expect(await placements('a', 'b')).toEqual(['table', 'table'])
      const rows = await another().prisma.$forTenant('acme').patient.findMany()
      expect(rows.map(({ ssn }) => ssn)).toEqual(['b', 'b'])
      await at.$disconnect()
    },
  )

  test('refuses what cannot be', async () => {
    const { prisma: at } = another()
    for (const options of [
      { placement: 'elsewhere' },
      { placement: 'table', verify: false },
      { placement: 'table', keyTable: true },
    ]) {
      expect(await refusal(at.$encryption.rewrap(options as object))).toMatchObject({ code: 'ENVELOPE_CONFIG_INVALID' })
    }
    await at.$disconnect()
  })
})

describe('values are left as they are, and named', () => {
  const idOf = async (id: string) => Buffer.from((await cells(id))[0] ?? '', 'base64').subarray(2, 18)

  test('where their data key was erased: on the way in', async () => {
    for (const id of ['a', 'b']) await create(acme, id)
    const { prisma: at } = another()
    await at.$encryption.rewrap({ placement: 'table', fields: ['Patient.ssn'] })
    await plain.dataKey.updateMany({ data: { section: new Uint8Array(0) } })
    const before = await cells('a')
    for (const dryRun of [true, false]) {
      const report = await at.$encryption.rewrap({ placement: 'table', dryRun })
      expect(report).toMatchObject({ finished: true, changed: 0, skipped: { ENVELOPE_DATA_KEY_ERASED: 6 } })
    }
    expect(await cells('a')).toEqual(before)
    await at.$disconnect()
  })

  test('where their data key was erased, or is gone: on the way out', async () => {
    await create(acme, 'a')
    prisma.$encryption.evict('acme')
    await create(acme, 'b')
    prisma.$encryption.evict('acme')
    await create(acme, 'c')
    const { prisma: at } = another()
    await at.$encryption.rewrap({ placement: 'table' })
    await plain.dataKey.updateMany({
      where: { id: new Uint8Array(await idOf('a')) },
      data: { section: new Uint8Array(0) },
    })
    await plain.dataKey.deleteMany({ where: { id: new Uint8Array(await idOf('b')) } })
    const before = await Promise.all(['a', 'b'].map(cells))
    const report = await at.$encryption.rewrap({ placement: 'inline' })
    expect(report).toMatchObject({
      finished: true,
      changed: 1,
      skipped: { ENVELOPE_DATA_KEY_ERASED: 4, ENVELOPE_DATA_KEY_NOT_FOUND: 4 },
    })
    expect(await Promise.all(['a', 'b'].map(cells))).toEqual(before)
    expect(await placementOf('c')).toBe('inline')
    expect(report.skippedRows).toContainEqual({
      model: 'Patient',
      key: { id: 'a' },
      field: 'ssn',
      reason: 'ENVELOPE_DATA_KEY_ERASED',
    })
    await at.$disconnect()
  }, 60_000)

  test('where a data key is erased while others of it are moved out', async () => {
    for (const id of ['a', 'b', 'c']) await create(acme, id)
    const { prisma: at } = another()
    await at.$encryption.rewrap({ placement: 'table' })
    let batches = 0
    const report = await at.$encryption.rewrap({
      placement: 'inline',
      rowsPerSecond: 1,
      onProgress: async () => {
        batches += 1
        if (batches === 1) await plain.dataKey.updateMany({ data: { section: new Uint8Array(0) } })
      },
    })
    expect(report).toMatchObject({ changed: 1, skipped: { ENVELOPE_DATA_KEY_ERASED: 8 } })
    expect(await placements('a', 'b', 'c')).toEqual(['inline', 'table', 'table'])
    await at.$disconnect()
  })

  test('where the row of their data key holds what KMS does not unwrap to it', async () => {
    await create(acme, 'a')
    await create(acme, 'b')
    const { prisma: at } = another()
    await at.$encryption.rewrap({ placement: 'table', fields: ['Patient.ssn'] })
    const [row] = await keyRows()
    const section = Buffer.from(row?.section ?? [])
    section.writeUInt8(section.readUInt8(60) ^ 1, 60)
    await plain.dataKey.updateMany({ data: { section: new Uint8Array(section) } })
    const before = await cells('a')
    const { prisma: cold } = another()
    const report = await cold.$encryption.rewrap({ placement: 'table' })
    expect(report).toMatchObject({ changed: 0, skipped: { ENVELOPE_KMS_INVALID_CIPHERTEXT: 6 } })
    expect(await cold.$encryption.rewrap({ placement: 'inline' })).toMatchObject({
      changed: 0,
      skipped: { ENVELOPE_KMS_INVALID_CIPHERTEXT: 2 },
    })
    expect(await cells('a')).toEqual(before)
    for (const client of [at, cold]) await client.$disconnect()
  })

  test("where the row of their data key says that it is another tenant's", async () => {
    await create(acme, 'a')
    await create(globex, 'x')
    const { prisma: at } = another()
    await at.$encryption.rewrap({ placement: 'table', fields: ['Patient.ssn'] })
    const owner = (await plain.dataKey.findFirstOrThrow({ where: { tenant: 'globex' } })).owner
    await plain.dataKey.updateMany({ where: { tenant: 'acme' }, data: { owner, seq: 9n } })
    const before = await cells('a')
    const report = await at.$encryption.rewrap({ placement: 'table' })
    expect(report).toMatchObject({ changed: 1, skipped: { ENVELOPE_DATA_KEY_NOT_FOUND: 3 } })
    expect(await cells('a')).toEqual(before)
    await at.$disconnect()
  })

  test("where the row with their data key's id is another tenant's", async () => {
    await create(acme, 'a')
    await create(globex, 'x')
    const { prisma: at } = another()
    await at.$encryption.rewrap({ placement: 'table', tenant: 'globex' })
    const [row] = await keyRows()
    if (row === undefined) throw new Error('there is a row')
    await plain.dataKey.create({ data: { ...row, id: new Uint8Array(await idOf('a')), seq: 9n } })
    const before = await cells('a')
    const report = await at.$encryption.rewrap({ placement: 'table' })
    expect(report.changed).toBe(0)
    expect(Object.values(report.skipped)).toEqual([4])
    expect(await cells('a')).toEqual(before)
    await at.$disconnect()
  })

  test('where a character was lost or gained behind the beginning: also if the others of its data key move', async () => {
    for (const id of ['a', 'b', 'c', 'd']) await create(acme, id)
    const damaged = async (id: string, change: (text: string) => string) => {
      const value = change(String(await stored('patients', 'ssn', id)))
      await plant('patients', 'ssn', id, value)
      return value
    }
    const lost = await damaged('a', (text) => text.slice(0, 100) + text.slice(101))
    const lostFour = await damaged('b', (text) => text.slice(0, 100) + text.slice(104))
    const gained = await damaged('c', (text) => `${text.slice(0, 100)}A${text.slice(100)}`)
    const { prisma: at } = another()
    const report = await at.$encryption.rewrap({ placement: 'table' })
    expect(report).toMatchObject({ finished: true, changed: 4 })
    expect(Object.values(report.skipped).reduce((sum, n) => sum + n, 0)).toBe(3)
    expect(report.skippedRows.map(({ key, field }) => `${key.id} ${field}`).sort()).toEqual(['a ssn', 'b ssn', 'c ssn'])
    expect(await Promise.all(['a', 'b', 'c'].map((id) => stored('patients', 'ssn', id)))).toEqual([
      lost,
      lostFour,
      gained,
    ])
    expect(await placementOf('d')).toBe('table')
    await at.$disconnect()
  })

  test.runIf(provider !== 'sqlite')('where the column has no room', async () => {
    await create(acme, 'a')
    await create(acme, 'b')
    const { prisma: at } = another()
    await at.$encryption.rewrap({ placement: 'table' })
    const type = (length: number) =>
      provider === 'mysql'
        ? `ALTER TABLE patients MODIFY ssn VARCHAR(${length})`
        : `ALTER TABLE patients ALTER ssn TYPE varchar(${length})`
    await database.execute(type(300))
    const before = await stored('patients', 'ssn', 'a')
    const cold = another()
    const report = await cold.prisma.$encryption.rewrap({ placement: 'inline' })
    expect(report).toMatchObject({ finished: true, changed: 2, skipped: { COLUMN_TOO_SHORT: 2 } })
    expect(report.skippedRows).toContainEqual({
      model: 'Patient',
      key: { id: 'a' },
      field: 'ssn',
      reason: 'COLUMN_TOO_SHORT',
    })
    expect(await stored('patients', 'ssn', 'a')).toBe(before)
    await database.execute(type(2_000))
    expect(await opened()).toEqual(['a', 'b'])
    await cold.prisma.$encryption.rewrap({ placement: 'inline' })
    expect(await placements('a', 'b')).toEqual(['inline', 'inline'])
    for (const client of [at, cold.plain]) await client.$disconnect()
  })
})

test.runIf(provider === 'postgresql')('elements of lists move, those that are there already stay', async () => {
  const charts = postgresqlTypes(acme)
  const data = { allergies: ['a', 'b'], events: [1, { b: '"\\' }], scans: [photo, new Uint8Array([4])] }
  const { id } = await charts.chart.create({ data })
  const late = another()
  const at = postgresqlTypes(late.prisma.$forTenant('acme'))
  await at.chart.update({ where: { id }, data: { allergies: { push: 'c' } }, select: { id: true } })
  const elements = async () => {
    const rows = await database.query('SELECT unnest(allergies_sealed) AS v FROM charts WHERE id = ?', [id])
    return rows.map(({ v }) => ((decodeText(String(v))[1] ?? 0) & 1) === 1)
  }
  expect(await elements()).toEqual([true, true, false])
  expect(await late.prisma.$encryption.rewrap({ placement: 'table' })).toMatchObject({ changed: 1, skipped: {} })
  expect(await elements()).toEqual([false, false, false])
  const all = { ...data, allergies: ['a', 'b', 'c'] }
  expect(await postgresqlTypes(another().prisma.$forTenant('acme')).chart.findUnique({ where: { id } })).toMatchObject(
    all,
  )
  expect(await late.prisma.$encryption.rewrap({ placement: 'inline' })).toMatchObject({ changed: 1, skipped: {} })
  expect(await elements()).toEqual([true, true, true])
  expect(await postgresqlTypes(another().prisma.$forTenant('acme')).chart.findUnique({ where: { id } })).toMatchObject(
    all,
  )
})
