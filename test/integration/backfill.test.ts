import { setTimeout as delay } from 'node:timers/promises'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { fieldEncryption } from '../../src/prisma/extension.js'
import { changedModels } from '../support/changed-models.js'
import { TENANTS, testOptions } from '../support/encrypted-client.js'
import { holdNext } from '../support/kms.js'
import { openStage, refusal } from '../support/stage.js'

const stage = await openStage()
const { acme, database, globex, kms, plain, plant, prisma, statements, stored } = stage

const photo = new Uint8Array([0, 1, 2, 255])
const values = (name: string) => ({
  email: `${name}@Example.com`,
  ssn: name,
  notes: { name, deep: ['"\\/', null] },
  photo,
})
/** A row from before the fields were encrypted. */
const plainRow = async (name: string, tenantId = 'acme', data: object = {}) =>
  (await plain.patient.create({ data: { tenantId, ...values(name), ...data }, select: { id: true } })).id
const own = { email: true, ssn: true, notes: true, photo: true }
const columnsOf = async (id: string) =>
  Promise.all(['email_sealed', 'ssn', 'notes', 'photo_sealed'].map((column) => stored('patients', column, id)))

beforeEach(async () => {
  kms.faults.clear()
  for (const table of ['visits', 'patients']) await database.execute(`DELETE FROM ${table}`)
})

describe('$encryption.backfill', () => {
  test('asks KMS for no more keys than it may', async () => {
    for (const tenant of TENANTS) await plainRow('a', tenant)
    const stop = new AbortController()
    kms.calls.reset()
    const report = prisma.$encryption.backfill({ kmsCallsPerSecond: 0.001, signal: stop.signal })
    // A key of each kind for each tenant, of which the first is free.
    const generated = () => kms.calls.entries.filter(({ eventName }) => eventName.startsWith('Generate')).length
    await vi.waitFor(() => expect(generated()).toBe(1), 20_000)
    await delay(300)
    expect(generated()).toBe(1)
    stop.abort()
    await report
  })

  test('seals what is in plaintext, of each form and tenant, and fills the index; nothing else changes', async () => {
    const ids = [
      await plainRow('a'),
      await plainRow("O'Brien ü"),
      await plainRow('', 'acme', { ssn: null, notes: [], photo: null }),
    ]
    const other = await plainRow('x', 'globex')
    const sealed = (await acme.patient.create({ data: values('sealed'), select: { id: true } })).id
    const sealedBefore = await columnsOf(sealed)
    const times = () => database.query('SELECT id, updated_at, created_at FROM patients ORDER BY id')
    const timesBefore = await times()
    expect(await prisma.$encryption.backfill({ dryRun: true })).toMatchObject({ rows: 5, changed: 4, skipped: {} })
    expect(await stored('patients', 'ssn', ids[0] ?? '')).toBe('a')
    expect(await prisma.$encryption.backfill({ tenant: 'acme' })).toEqual({
      finished: true,
      rows: 5,
      changed: 3,
      skipped: {},
      skippedRows: [],
    })
    expect(await stored('patients', 'ssn', other)).toBe('x')
    expect(await prisma.$encryption.backfill()).toMatchObject({ changed: 1, skipped: {} })
    expect(await prisma.$encryption.backfill()).toMatchObject({ changed: 0, skipped: {} })
    expect(await times()).toEqual(timesBefore)
    expect(await columnsOf(sealed)).toEqual(sealedBefore)
    expect(await acme.patient.findUnique({ where: { id: ids[0] ?? '' }, select: own })).toEqual(values('a'))
    expect(await acme.patient.findUnique({ where: { id: ids[1] ?? '' }, select: own })).toEqual(values("O'Brien ü"))
    expect(await acme.patient.findUnique({ where: { id: ids[2] ?? '' }, select: own })).toEqual({
      email: '@Example.com',
      ssn: null,
      notes: [],
      photo: null,
    })
    expect(await globex.patient.findMany({ where: { email: ' X@example.com ' }, select: { id: true } })).toEqual([
      { id: other },
    ])
    expect(await prisma.$encryption.verify()).toMatchObject({ rows: 5, skipped: {} })
  })

  test.each([
    ['null'],
    ['1'],
    ['1.5'],
    ['-0.25'],
    ['"text"'],
    ['"\\"pe"'],
    ['[1, [], {}]'],
    ['true'],
    ['12345678901234567890.5'],
  ])('seals the document %s as it is', async (document) => {
    const id = await plainRow('a')
    const cast = { postgresql: '::jsonb', sqlite: '', mysql: '' }[database.provider]
    await database.execute(
      `UPDATE patients SET notes = '${document.replaceAll('\\', database.provider === 'mysql' ? '\\\\' : '\\')}'${cast} WHERE id = '${id}'`,
    )
    expect(await prisma.$encryption.backfill()).toMatchObject({ changed: 1, skipped: {} })
    const row = await acme.patient.findUnique({ where: { id }, select: { notes: true } })
    expect(row).toEqual({ notes: JSON.parse(document) })
    expect(String(await stored('patients', 'notes', id))).toMatch(/^"?pe1:/)
  })

  test('leaves what begins as an envelope does, and reports what is none, unless it is told to seal that', async () => {
    const ids = {
      user: await plainRow('a', 'acme', { ssn: 'pe1: a course in "SQL"' }),
      bytes: await plainRow('b', 'acme', { photo: new Uint8Array([0x11, 0x00, 1, 2]) }),
      json: await plainRow('c', 'acme', { notes: 'pe1:nothing' }),
      later: await plainRow('d', 'acme', { ssn: 'pe2:AAAA' }),
    }
    const good = (await acme.patient.create({ data: values('good'), select: { id: true } })).id
    const cut = String(await stored('patients', 'ssn', good)).slice(0, 90)
    await plant('patients', 'ssn', good, cut)
    const report = await prisma.$encryption.backfill()
    expect(report).toMatchObject({
      rows: 5,
      changed: 4,
      skipped: { ENVELOPE_MALFORMED: 4, ENVELOPE_UNKNOWN_VERSION: 1 },
    })
    expect(report.skippedRows).toEqual(
      expect.arrayContaining([
        { model: 'Patient', key: { id: ids.user }, field: 'ssn', reason: 'ENVELOPE_MALFORMED' },
        { model: 'Patient', key: { id: ids.bytes }, field: 'photo', reason: 'ENVELOPE_MALFORMED' },
        { model: 'Patient', key: { id: ids.json }, field: 'notes', reason: 'ENVELOPE_MALFORMED' },
        { model: 'Patient', key: { id: good }, field: 'ssn', reason: 'ENVELOPE_MALFORMED' },
      ]),
    )
    expect(JSON.stringify(report)).not.toContain('course')
    expect([await stored('patients', 'ssn', ids.user), await stored('patients', 'ssn', good)]).toEqual([
      'pe1: a course in "SQL"',
      cut,
    ])
    // The rest of the row is sealed.
    expect(String(await stored('patients', 'email_sealed', ids.user))).toMatch(/^pe1:/)

    const told = await prisma.$encryption.backfill({ malformed: 'seal' })
    expect(told).toMatchObject({ changed: 4, skipped: { ENVELOPE_UNKNOWN_VERSION: 1 } })
    const rows = await acme.patient.findMany({
      where: { id: { in: [ids.user, ids.bytes, ids.json] } },
      select: { ssn: true, photo: true, notes: true },
    })
    expect(rows.map(({ ssn }) => ssn)).toContain('pe1: a course in "SQL"')
    expect(rows.map(({ notes }) => notes)).toContain('pe1:nothing')
    expect((await refusal(prisma.$encryption.backfill({ malformed: 'no' as 'skip' }))).code).toBe(
      'ENVELOPE_CONFIG_INVALID',
    )
  })

  test('lets a concurrent writer win', async () => {
    const [written, other] = [await plainRow('a'), await plainRow('b')]
    prisma.$encryption.evict('acme')
    statements.length = 0
    const { arrived, release } = holdNext(kms, 'GenerateDataKey')
    const running = prisma.$encryption.backfill()
    await arrived
    expect(statements.some(({ sql }) => sql.includes(' AS v0'))).toBe(true)
    await plain.patient.update({ where: { id: written }, data: { ssn: 'newer' } })
    release()
    expect(await running).toMatchObject({ finished: true, skipped: {} })
    const rows = await acme.patient.findMany({ where: { id: { in: [written, other] } }, select: { ssn: true } })
    expect(rows.map(({ ssn }) => ssn).sort()).toEqual(['b', 'newer'])
  }, 40_000)

  test('reports rows whose tenant has no key, and that are too long for their column, and does the others', async () => {
    const nobody = await plainRow('n', 'initech-unknown')
    const empty = await plainRow('e', '')
    const good = await plainRow('g')
    const report = await prisma.$encryption.backfill()
    expect(report).toMatchObject({ finished: true, rows: 3, changed: 1 })
    expect(report.skippedRows.map(({ key, reason }) => ({ id: key.id, reason }))).toEqual(
      expect.arrayContaining([
        { id: nobody, reason: 'ENVELOPE_TENANT_UNKNOWN' },
        { id: empty, reason: expect.stringMatching(/^ENVELOPE_TENANT_/) },
      ]),
    )
    expect(await stored('patients', 'ssn', nobody)).toBe('n')
    expect(await acme.patient.findUnique({ where: { id: good }, select: own })).toEqual(values('g'))
  })

  test('runs beside an application that reads plaintext, and refuses fields that are written in plaintext', async () => {
    const until = '2999-12-31'
    const models = changedModels({ 'Patient.email': { legacy: { until } }, 'Patient.ssn': { write: 'plain' } })
    const reading = plain.$extends(fieldEncryption({ models, ...testOptions(kms) }))
    const id = await plainRow('a')
    const find = () =>
      reading.$forTenant('acme').patient.findUnique({ where: { id }, select: { email: true, ssn: true } })
    expect(await find()).toEqual({ email: 'a@Example.com', ssn: 'a' })
    expect(await reading.$encryption.backfill()).toMatchObject({ changed: 1, skipped: {} })
    expect(await find()).toEqual({ email: 'a@Example.com', ssn: 'a' })
    expect(String(await stored('patients', 'email_sealed', id))).toMatch(/^pe1:/)
    expect(await stored('patients', 'ssn', id)).toBe('a')
    expect((await refusal(reading.$encryption.backfill({ fields: ['Patient.ssn'] }))).code).toBe(
      'ENVELOPE_CONFIG_INVALID',
    )
    // What is written in plaintext is nothing to report.
    expect(await reading.$encryption.verify()).toMatchObject({ skipped: {} })
  })

  test('takes a long value alone, and thousands of rows in constant pieces', async () => {
    const long = 'ä'.repeat(1_200_000)
    const ids = [await plainRow('a'), await plainRow('b', 'acme', { notes: long }), await plainRow('c')]
    for (let n = 0; n < 1_200; n += 400) {
      const data = Array.from({ length: 400 }, (_, i) => ({
        tenantId: 'acme',
        email: `${n + i}@x.org`,
        ssn: `${n + i}`,
      }))
      await plain.patient.createMany({ data })
    }
    expect(await prisma.$encryption.backfill()).toMatchObject({
      finished: true,
      rows: 1_203,
      changed: 1_203,
      skipped: {},
    })
    expect(await acme.patient.findUnique({ where: { id: ids[1] ?? '' }, select: { notes: true } })).toEqual({
      notes: long,
    })
    expect(await acme.patient.findFirst({ where: { email: '777@x.org' }, select: { ssn: true } })).toEqual({
      ssn: '777',
    })
    expect(await prisma.$encryption.verify()).toMatchObject({ rows: 1_203, skipped: {} })
  }, 60_000)
})
