import { beforeEach, describe, expect, test } from 'vitest'
import type { JobProgress } from '../../src/operations/index.js'
import { anotherClient, arnOf, tagOf, withWrappedKeyOf, wrappingOf } from '../support/rotation.js'
import { openStage, refusal } from '../support/stage.js'

const stage = await openStage()
const { acme, database, globex, kms, plain, plant, prisma, stored } = stage
const { provider } = database

const OLD = 'alias/tenant/acme'
const NEXT = 'alias/tenant/acme-next'
const { arn: next } = await kms.createKey({ alias: NEXT })
const old = await arnOf(stage, OLD)
const cmk = (tenant: string) => (tenant === 'acme' ? { current: NEXT, previous: [OLD] } : `alias/tenant/${tenant}`)

/** Another process, which has been told of the new CMK. Nothing is rewrapped because it is read. */
const rotated = () => anotherClient(stage, cmk, { rewrap: 'off' })

const photo = new Uint8Array([1, 2, 3])
const create = async (client: typeof acme, name: string) => {
  const data = { email: `${name}@example.com`, ssn: name, notes: { name, quote: '"\\/' }, photo }
  return (await client.patient.create({ data, select: { id: true } })).id
}
const COLUMNS = ['email_sealed', 'ssn', 'notes', 'photo_sealed']
const cmksOf = async (id: string) =>
  Promise.all(COLUMNS.map(async (column) => wrappingOf(await stored('patients', column, id)).cmk))
const all = (cmkTag: string): string[] => COLUMNS.map(() => cmkTag)

beforeEach(async () => {
  kms.faults.clear()
  for (const table of ['visits', 'patients']) await database.execute(`DELETE FROM ${table}`)
  for (const tenant of ['acme', 'globex']) prisma.$encryption.evict(tenant)
})

describe('$encryption.rewrap', () => {
  test('looks at the wrapped keys of a page together, however many data keys there are', async () => {
    for (let i = 0; i < 12; i++) {
      await create(acme, `${i}`)
      prisma.$encryption.evict('acme')
    }
    const at = rotated()
    const looks = async () => {
      at.statements.length = 0
      const { changed } = await at.prisma.$encryption.rewrap({ models: ['Patient'] })
      return { changed, looks: at.statements.filter(({ sql }) => /GROUP BY (?:found\.)?v /.test(sql)).length }
    }
    expect(await looks()).toEqual({ changed: 12, looks: COLUMNS.length })
    expect(await looks()).toEqual({ changed: 0, looks: COLUMNS.length })
  })

  test('takes a data key for up to date that many processes have wrapped, each in its own way', async () => {
    for (let i = 0; i < 12; i++) await create(acme, `${i}`)
    for (const partition of await prisma.$encryption.partitions({ models: ['Patient'], rows: 1 })) {
      await rotated().prisma.$encryption.rewrap({ partition })
    }
    const wholes = await database.query('SELECT DISTINCT substr(ssn, 1, 300) AS whole FROM patients')
    expect(wholes).toHaveLength(12)
    const report = await rotated().prisma.$encryption.rewrap({ models: ['Patient'] })
    expect(report).toMatchObject({ finished: true, rows: 12, changed: 0, skipped: {} })
  })

  test('puts new wrapped keys into all rows that need them, without reading one, and nothing else changes', async () => {
    const ids: string[] = []
    for (const name of ['a', 'b', 'c', 'd']) ids.push(await create(acme, name))
    const other = await create(globex, 'x')
    const bare = (await acme.patient.create({ data: { email: 'bare@example.com' }, select: { id: true } })).id
    await database.execute(`UPDATE patients SET ssn = NULL WHERE id = ?`, [ids[0] ?? ''])
    const kept = async () =>
      Promise.all(ids.map(async (id) => wrappingOf(await stored('patients', 'email_sealed', id)).kept))
    const times = () => database.query('SELECT id, updated_at, email_index FROM patients ORDER BY id')
    const [keptBefore, timesBefore, otherBefore] = [await kept(), await times(), await cmksOf(other)]

    const at = rotated()
    kms.calls.reset()
    const report = await at.prisma.$encryption.rewrap()
    expect(report).toEqual({ finished: true, verified: true, rows: 6, changed: 5, skipped: {}, skippedRows: [] })
    // One data key of acme's; globex is asked about once.
    expect(kms.calls.count('ReEncrypt')).toBe(1)
    expect(kms.calls.count('Decrypt')).toBe(1)
    for (const id of ids.slice(1)) expect(await cmksOf(id)).toEqual(all(tagOf(next)))
    expect(wrappingOf(await stored('patients', 'email_sealed', bare)).cmk).toBe(tagOf(next))
    expect(await stored('patients', 'ssn', ids[0] ?? '')).toBeNull()
    expect(await cmksOf(other)).toEqual(otherBefore)
    expect(await kept()).toEqual(keptBefore)
    expect(await times()).toEqual(timesBefore)
    // Rows are never in its results.
    const texts = at.statements.filter(({ kind }) => kind === 'query').map(({ sql }) => sql)
    expect(texts.filter((sql) => /SELECT[^(]*\b(ssn|notes)\b/.test(sql))).toEqual([])

    // The old CMK is not needed any more.
    const cold = anotherClient(stage, (tenant) => (tenant === 'acme' ? NEXT : `alias/tenant/${tenant}`))
    const rows = await cold.acme.patient.findMany({ where: { id: { in: ids.slice(1) } } })
    expect(rows.map(({ ssn }) => ssn).sort()).toEqual(['b', 'c', 'd'])
    expect(rows[0]?.photo).toEqual(photo)
    expect(rows.every(({ notes }) => JSON.stringify(notes).includes('"\\\\/'.slice(0, 3)))).toBe(true)

    kms.calls.reset()
    expect(await at.prisma.$encryption.rewrap()).toMatchObject({ finished: true, rows: 6, changed: 0, skipped: {} })
    expect(kms.calls.count('ReEncrypt')).toBe(0)
    await at.close()
    await cold.close()
  })

  test('visits the rows of one tenant, and of the models that are named', async () => {
    const id = await create(acme, 'a')
    const at = rotated()
    expect(await at.prisma.$encryption.rewrap({ tenant: 'globex' })).toMatchObject({ rows: 1, changed: 0 })
    expect(await at.prisma.$encryption.rewrap({ models: ['Visit', 'Note'] })).toMatchObject({ rows: 0, changed: 0 })
    expect(await at.prisma.$forTenant('globex').$encryption.rewrap()).toMatchObject({ rows: 1, changed: 0 })
    expect(await cmksOf(id)).toEqual(all(tagOf(old)))
    expect(await at.prisma.$forTenant('acme').$encryption.rewrap({ models: ['Patient'] })).toMatchObject({ changed: 1 })
    expect(await cmksOf(id)).toEqual(all(tagOf(next)))
    await at.close()
  })

  test('leaves alone, or keeps readable, JSON in which another program has escaped what need not be', async () => {
    const ids: string[] = []
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) ids.push(await create(acme, name))
    for (const id of ids) {
      const text = JSON.stringify(String(await stored('patients', 'notes', id)).replaceAll('"', '')).replaceAll(
        '/',
        '\\/',
      )
      await plant('patients', 'notes', id, text)
    }
    const at = rotated()
    await at.prisma.$encryption.rewrap()
    const rows = await at.acme.patient.findMany({ select: { notes: true } })
    expect(rows.map(({ notes }) => (notes as { name: string }).name).sort()).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
    await at.close()
  })

  test('is not kept from a data key by a row that names another tenant with it', async () => {
    const ids = [await create(acme, 'a'), await create(acme, 'b'), await create(acme, 'c')].sort()
    const [first = '', ...others] = ids
    // The id, the CMK and the length stay; the tenant is not among the first 33 bytes.
    for (const column of ['email_sealed', 'ssn']) {
      const value = Buffer.from(String(await stored('patients', column, first)).slice(4), 'base64')
      value.write('acmx', value.indexOf('acme'))
      await plant('patients', column, first, `pe1:${value.toString('base64')}`)
    }
    await database.execute('UPDATE patients SET notes = NULL, photo_sealed = NULL')
    const at = rotated()
    await at.prisma.$encryption.rewrap({ tenant: 'acme', rowsPerSecond: 1 })
    for (const id of others) {
      expect(wrappingOf(await stored('patients', 'email_sealed', id)).cmk).toBe(tagOf(next))
    }
    await at.close()
  }, 20_000)

  test('counts only, in a dry run', async () => {
    const id = await create(acme, 'a')
    await create(globex, 'x')
    const at = rotated()
    kms.calls.reset()
    expect(await at.prisma.$encryption.rewrap({ dryRun: true })).toMatchObject({ finished: true, rows: 2, changed: 1 })
    expect(kms.calls.count('ReEncrypt') + kms.calls.count('Decrypt')).toBe(0)
    expect(await cmksOf(id)).toEqual(all(tagOf(old)))
    expect(at.updates()).toEqual([])
    await at.close()
  })

  test('stops when its signal is given, and tells of its progress', async () => {
    for (const name of ['a', 'b', 'c']) await create(acme, name)
    const at = rotated()
    const controller = new AbortController()
    const seen: JobProgress[] = []
    const report = await at.prisma.$encryption.rewrap({
      rowsPerSecond: 1,
      signal: controller.signal,
      onProgress: (progress) => {
        seen.push(progress)
        controller.abort()
      },
    })
    expect(report).toMatchObject({ finished: false, rows: 1, changed: 1 })
    expect(seen).toEqual([{ model: 'Patient', rows: 1, allRows: 3, changed: 1, skipped: 0 }])
    await at.close()
  })

  test.each([
    ['unknown option', { tenants: ['acme'] }],
    ['a rate of none', { rowsPerSecond: 0 }],
    ['a model without encrypted fields', { models: ['Clinic'] }],
    ['a model that there is not', { models: ['Patients'] }],
  ])('refuses %s', async (_what, options) => {
    expect(await refusal(prisma.$encryption.rewrap(options as object))).toMatchObject({
      code: 'ENVELOPE_CONFIG_INVALID',
    })
  })

  test('refuses another tenant on a bound client', async () => {
    expect(await refusal(acme.$encryption.rewrap({ tenant: 'globex' }))).toMatchObject({
      code: 'ENVELOPE_TENANT_BOUND',
    })
  })
})

describe('rows that cannot be rewrapped are counted, named by their key, and left as they were', () => {
  test('what is no envelope, looks like one, or was cut off', async () => {
    const ids = { plain: await create(acme, 'a'), like: await create(acme, 'b'), cut: await create(acme, 'c') }
    const good = await create(acme, 'd')
    const value = String(await stored('patients', 'ssn', ids.cut))
    const planted = { plain: "O'Brien", like: 'pe1: a course in "SQL"', cut: value.slice(0, 191) }
    for (const [name, id] of Object.entries(ids)) await plant('patients', 'ssn', id, planted[name as 'cut'])
    const at = rotated()
    const report = await at.prisma.$encryption.rewrap()
    expect(report).toMatchObject({
      finished: true,
      rows: 4,
      skipped: { ENVELOPE_NOT_AN_ENVELOPE: 1, ENVELOPE_MALFORMED: 2 },
    })
    const rows = report.skippedRows.toSorted((a, b) => String(a.key.id).localeCompare(String(b.key.id)))
    const expected = [
      { model: 'Patient', key: { id: ids.plain }, field: 'ssn', reason: 'ENVELOPE_NOT_AN_ENVELOPE' },
      { model: 'Patient', key: { id: ids.like }, field: 'ssn', reason: 'ENVELOPE_MALFORMED' },
      { model: 'Patient', key: { id: ids.cut }, field: 'ssn', reason: 'ENVELOPE_MALFORMED' },
    ]
    expect(rows).toEqual(expected.sort((a, b) => a.key.id.localeCompare(b.key.id)))
    expect(JSON.stringify(report)).not.toMatch(/Brien|course/)
    for (const [name, id] of Object.entries(ids))
      expect(await stored('patients', 'ssn', id)).toBe(planted[name as 'cut'])
    expect(await cmksOf(good)).toEqual(all(tagOf(next)))
    await at.close()
  })

  test('of a tenant whose CMK is disabled, while those of others go on', async () => {
    const id = await create(acme, 'a')
    const at = anotherClient(stage, (tenant) => ({ current: NEXT, previous: [`alias/tenant/${tenant}`] }), {
      rewrap: 'off',
    })
    const other = await create(globex, 'x')
    kms.faults.next({ operation: 'ReEncrypt', error: 'DisabledException' })
    const report = await at.prisma.$encryption.rewrap()
    expect(report).toMatchObject({ finished: true, rows: 2, changed: 1, skipped: { ENVELOPE_KMS_DISABLED: 4 } })
    const tags = [await cmksOf(id), await cmksOf(other)]
    expect(tags).toContainEqual(all(tagOf(next)))
    await at.close()
  })

  test('is told when KMS was too busy to say so at first', async () => {
    await create(acme, 'a')
    const at = rotated()
    // Each call is tried three times by the SDK.
    for (let i = 0; i < 3; i++) kms.faults.next({ operation: 'ReEncrypt', error: 'ThrottlingException' })
    kms.faults.next({ operation: 'ReEncrypt', error: 'DisabledException' })
    const report = await at.prisma.$encryption.rewrap({ models: ['Patient'] })
    expect(report).toMatchObject({ finished: true, changed: 0, skipped: { ENVELOPE_KMS_DISABLED: 4 } })
    await at.close()
  })

  test('of another application, and of another tenant than it says', async () => {
    const id = await create(acme, 'a')
    const foreign = await create(globex, 'x')
    // A wrapped key of the one tenant under the data key of the other.
    const swapped = withWrappedKeyOf(await stored('patients', 'ssn', id), await stored('patients', 'ssn', foreign))
    await plant('patients', 'ssn', id, swapped)
    const at = anotherClient(stage, () => ({ current: NEXT, previous: [OLD, 'alias/tenant/globex'] }), {
      rewrap: 'off',
    })
    const report = await at.prisma.$encryption.rewrap()
    expect(report).toMatchObject({ finished: true, skipped: { ENVELOPE_DATA_KEY_MISMATCH: 1 } })
    expect(await stored('patients', 'ssn', id)).toBe(swapped)
    const other = anotherClient(stage, cmk, { app: 'another', rewrap: 'off' })
    expect(await other.prisma.$encryption.rewrap()).toMatchObject({ changed: 0, skipped: { ENVELOPE_APP_MISMATCH: 8 } })
    await Promise.all([at.close(), other.close()])
  })

  test('that the database refuses to write, one by one', async () => {
    const ids: string[] = []
    for (const name of ['a', 'b', 'c', 'd', 'e']) ids.push(await create(acme, name))
    const refused = ids[2] ?? ''
    const [on = '', off = ''] = {
      postgresql: [
        `CREATE FUNCTION refuse_one() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.id = '${refused}' THEN RAISE 'refused'; END IF; RETURN NEW; END $$;
         CREATE TRIGGER refuse_one BEFORE UPDATE ON patients FOR EACH ROW EXECUTE FUNCTION refuse_one()`,
        'DROP TRIGGER refuse_one ON patients',
      ],
      sqlite: [
        `CREATE TRIGGER refuse_one BEFORE UPDATE ON patients WHEN NEW.id = '${refused}' BEGIN SELECT RAISE(ABORT, 'refused'); END`,
        'DROP TRIGGER refuse_one',
      ],
      mysql: [
        `CREATE TRIGGER refuse_one BEFORE UPDATE ON patients FOR EACH ROW BEGIN IF NEW.id = '${refused}' THEN SIGNAL SQLSTATE '45000'; END IF; END`,
        'DROP TRIGGER refuse_one',
      ],
    }[provider]
    await database.execute(on)
    const at = rotated()
    const report = await at.prisma.$encryption.rewrap()
    await database.execute(off)
    expect(report).toMatchObject({ finished: true, rows: 5, changed: 4, skipped: { DATABASE_REFUSED: 1 } })
    expect(report.skippedRows).toEqual([{ model: 'Patient', key: { id: refused }, reason: 'DATABASE_REFUSED' }])
    for (const id of ids) expect(await cmksOf(id)).toEqual(all(tagOf(id === refused ? old : next)))
    await at.close()
  })
})

describe('beside others', () => {
  test('a damaged wrapped key is put right with the others of its data key; without proof it stays, and is reported', async () => {
    const [good, bad] = [await create(acme, 'a'), await create(acme, 'b')]
    const value = Buffer.from(String(await stored('patients', 'ssn', bad)).slice(4), 'base64')
    value.writeUInt8(value.readUInt8(150) ^ 1, 150)
    const damaged = `pe1:${value.toString('base64')}`
    await plant('patients', 'ssn', bad, damaged)
    const at = rotated()
    kms.calls.reset()
    const unproven = await at.prisma.$encryption.rewrap({ verify: false })
    expect(unproven).toMatchObject({
      finished: true,
      verified: false,
      rows: 2,
      skipped: { ENVELOPE_KMS_INVALID_CIPHERTEXT: 1 },
    })
    expect(kms.calls.count('Decrypt')).toBe(0)
    expect(await stored('patients', 'ssn', bad)).toBe(damaged)
    expect(await cmksOf(good)).toEqual(all(tagOf(next)))
    // Now nothing says what it should be; the next data key's rows are wrapped as they were.
    const third = await create(acme, 'c')
    const both = withWrappedKeyOf(damaged, await stored('patients', 'ssn', third))
    expect(both).not.toBe(damaged)
    await plant('patients', 'ssn', third, withWrappedKeyOf(await stored('patients', 'ssn', third), damaged))
    const proven = await at.prisma.$encryption.rewrap()
    expect(proven).toMatchObject({ finished: true, verified: true })
    expect(await cmksOf(third)).toEqual(all(tagOf(next)))
    await at.close()
  })

  test('two at once do each row once, and both end well', async () => {
    const ids: string[] = []
    for (let n = 0; n < 12; n++) ids.push(await create(acme, `n${n}`))
    const both = [rotated(), rotated()]
    const reports = await Promise.all(both.map((at) => at.prisma.$encryption.rewrap({ rowsPerSecond: 500 })))
    for (const report of reports) expect(report).toMatchObject({ finished: true, rows: 12, skipped: {} })
    expect(reports.reduce((sum, { changed }) => sum + changed, 0)).toBe(12)
    for (const id of ids) expect(await cmksOf(id)).toEqual(all(tagOf(next)))
    await Promise.all(both.map((at) => at.close()))
  })

  test.runIf(provider !== 'sqlite')(
    'a row that is locked gets a second pass, and what was written there stays',
    async () => {
      const [one, two] = [await create(acme, 'a'), await create(acme, 'b')]
      const at = rotated()
      let done: Promise<unknown> = Promise.resolve()
      await plain.$transaction(async (tx) => {
        await tx.$executeRawUnsafe(`UPDATE patients SET age = 9 WHERE id = '${one}'`)
        const first = new Promise((resolve) => {
          done = at.prisma.$encryption.rewrap({ models: ['Patient'], onProgress: resolve })
        })
        await first
        expect(await cmksOf(two)).toEqual(all(tagOf(next)))
      })
      expect(await done).toMatchObject({ finished: true, rows: 2, changed: 2, skipped: {} })
      expect(await cmksOf(one)).toEqual(all(tagOf(next)))
      expect(await database.query('SELECT age FROM patients WHERE id = ?', [one])).toEqual([{ age: 9 }])
      await at.close()
    },
  )
})
