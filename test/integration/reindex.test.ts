import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { fieldEncryption } from '../../src/prisma/extension.js'
import { changedModels, withSsnIndex } from '../support/changed-models.js'
import { testOptions } from '../support/encrypted-client.js'
import { holdNext } from '../support/kms.js'
import { anotherClient } from '../support/rotation.js'
import { openStage, refusal } from '../support/stage.js'

const stage = await openStage()
const { acme, database, globex, kms, plain, plant, prisma, stored } = stage

const create = async (client: typeof acme, email: string) =>
  (await client.patient.create({ data: { email, ssn: email }, select: { id: true } })).id
const tokenOf = async (id: string) =>
  Buffer.from((await stored('patients', 'email_index', id)) as Uint8Array).toString('hex')
const changed = (client: object) => plain.$extends(fieldEncryption({ models: client as never, ...testOptions(kms) }))

beforeEach(async () => {
  kms.faults.clear()
  for (const table of ['visits', 'patients']) await database.execute(`DELETE FROM ${table}`)
})
afterAll(() => plain.$disconnect())

describe('$encryption.reindex', () => {
  test('fills an index that is empty, puts right one that is wrong, and leaves the others', async () => {
    const [empty, wrong, good] = [
      await create(acme, 'a@x.org'),
      await create(acme, 'b@x.org'),
      await create(globex, 'c@x.org'),
    ]
    const before = await Promise.all([empty, wrong, good].map(tokenOf))
    await plant('patients', 'email_index', empty, null)
    await plant('patients', 'email_index', wrong, Buffer.alloc(16))
    const times = () => database.query('SELECT id, updated_at, email_sealed FROM patients ORDER BY id')
    const timesBefore = await times()
    expect(await prisma.$encryption.reindex({ dryRun: true })).toMatchObject({ rows: 3, changed: 2 })
    expect(await prisma.$encryption.reindex()).toEqual({
      finished: true,
      rows: 3,
      changed: 2,
      skipped: {},
      skippedRows: [],
    })
    expect(await Promise.all([empty, wrong, good].map(tokenOf))).toEqual(before)
    expect(await times()).toEqual(timesBefore)
    expect(await prisma.$encryption.reindex({ fields: ['Patient.email'] })).toMatchObject({ changed: 0 })
  })

  test('takes new normalizers, and a token away from a value that has none', async () => {
    const [digits, none] = [await create(acme, '12@x.org'), await create(acme, 'nobody@x.org')]
    const client = changed(
      changedModels({ 'Patient.emailIndex': { normalize: ['digits'] } }),
    ) as unknown as typeof prisma
    expect(await client.$encryption.reindex()).toMatchObject({ changed: 2, skipped: {} })
    expect(await stored('patients', 'email_index', none)).toBeNull()
    const found = await client.$forTenant('acme').patient.findMany({ where: { email: '1-2' }, select: { id: true } })
    expect(found).toEqual([{ id: digits }])
    expect(await client.$encryption.verify()).toMatchObject({ skipped: {} })
    expect(await prisma.$encryption.reindex()).toMatchObject({ changed: 2 })
  })

  test('takes a new index key', async () => {
    const id = await create(acme, 'a@x.org')
    const before = await tokenOf(id)
    await kms.createKey({ alias: 'alias/index-2', spec: 'HMAC_256' })
    const { indexCmk: _old, ...options } = testOptions(kms)
    const client = plain.$extends(
      fieldEncryption({ models: changedModels({}), ...options, indexCmk: 'alias/index-2' }),
    ) as unknown as typeof prisma
    expect(await client.$encryption.reindex()).toMatchObject({ changed: 1, skipped: {} })
    expect(await tokenOf(id)).not.toBe(before)
    expect(await client.$forTenant('acme').patient.count({ where: { email: 'A@x.org ' } })).toBe(1)
  })

  test('names twins under a unique index, leaves one of them as it was, and never says their value', async () => {
    const ids: string[] = []
    for (const name of ['a', 'b', 'twin', 'c', 'Twin', 'd']) ids.push(await create(acme, `${name}@x.org`))
    await database.execute('UPDATE patients SET email_index = NULL')
    await database.execute('CREATE UNIQUE INDEX twins ON patients (email_index)')
    const report = await prisma.$encryption.reindex()
    const again = await prisma.$encryption.reindex()
    await database.execute(database.provider === 'mysql' ? 'DROP INDEX twins ON patients' : 'DROP INDEX twins')
    expect(report).toMatchObject({ finished: true, rows: 6, changed: 5, skipped: { INDEX_NOT_UNIQUE: 1 } })
    const [twin] = report.skippedRows
    expect([ids[2], ids[4]]).toContain(twin?.key.id)
    expect(twin).toEqual({ model: 'Patient', key: twin?.key, reason: 'INDEX_NOT_UNIQUE' })
    expect(JSON.stringify(report)).not.toMatch(/twin@/i)
    expect(await stored('patients', 'email_index', twin?.key.id ?? '')).toBeNull()
    expect(again).toMatchObject({ changed: 0, skipped: { INDEX_NOT_UNIQUE: 1 } })
  })

  test('leaves the index of a value that does not open', async () => {
    const [bad, plaintext] = [await create(acme, 'a@x.org'), await create(acme, 'b@x.org')]
    await plant('patients', 'email_sealed', bad, String(await stored('patients', 'email_sealed', bad)).slice(0, 100))
    await plant('patients', 'email_sealed', plaintext, 'b@x.org')
    for (const id of [bad, plaintext]) await plant('patients', 'email_index', id, Buffer.alloc(16, 7))
    expect(await prisma.$encryption.reindex()).toMatchObject({
      changed: 0,
      skipped: { ENVELOPE_MALFORMED: 1, ENVELOPE_NOT_AN_ENVELOPE: 1 },
    })
    expect(await tokenOf(bad)).toBe('07'.repeat(16))
  })

  test('lets a concurrent writer win, whose value it has not seen', async () => {
    const id = await create(acme, 'old@x.org')
    await plant('patients', 'email_index', id, null)
    const [writing] = await Promise.all([
      prisma.$encryption.reindex(),
      acme.patient.update({ where: { id }, data: { email: 'new@x.org' }, select: { id: true } }),
    ])
    expect(writing).toMatchObject({ finished: true, skipped: {} })
    expect(await acme.patient.count({ where: { email: 'new@x.org' } })).toBe(1)
    expect(await prisma.$encryption.verify()).toMatchObject({ skipped: {} })
  })

  test('writes no index beside a value that it has not seen, where the writer knows of no index', async () => {
    const [id, other] = [await create(acme, 'old@x.org'), await create(acme, 'new@x.org')]
    const newer = String(await stored('patients', 'email_sealed', other))
    await plain.patient.delete({ where: { id: other } })
    await plant('patients', 'email_index', id, null)
    const at = anotherClient(stage)
    // It waits for the index key when the row has been read.
    const { arrived, release } = holdNext(kms, 'GenerateMac')
    const running = at.prisma.$encryption.reindex()
    await arrived
    expect(at.statements.some(({ sql }) => sql.includes(' AS v0'))).toBe(true)
    await plant('patients', 'email_sealed', id, newer)
    release()
    expect(await running).toMatchObject({ finished: true, skipped: {} })
    expect(await acme.patient.findMany({ where: { email: 'new@x.org' }, select: { id: true } })).toEqual([{ id }])
    expect(await prisma.$encryption.verify()).toMatchObject({ skipped: {} })
    await at.close()
  }, 40_000)

  test('leaves the index of a value that was written where there was none, under the same index', async () => {
    const client = changed(withSsnIndex(changedModels({}))) as unknown as typeof prisma
    const other = client.$forTenant('acme')
    const id = (await other.patient.create({ data: { email: 'a@x.org', ssn: 'same' }, select: { id: true } })).id
    const [sealedSsn, token] = [await stored('patients', 'ssn', id), await stored('patients', 'photo_sealed', id)]
    await plant('patients', 'ssn', id, null)
    const at = anotherClient(stage)
    const job = at.plain.$extends(
      fieldEncryption({ models: withSsnIndex(changedModels({})), ...testOptions(kms) }),
    ) as unknown as typeof prisma
    // It waits for the key of the other index when the row has been read.
    await plant('patients', 'email_index', id, null)
    const { arrived, release } = holdNext(kms, 'GenerateMac')
    const running = job.$encryption.reindex({ models: ['Patient'] })
    await arrived
    expect(at.statements.some(({ sql }) => sql.includes(' AS v0'))).toBe(true)
    // A writer has stored the very value that the index was of.
    await plant('patients', 'ssn', id, sealedSsn ?? null)
    release()
    expect(await running).toMatchObject({ finished: true, changed: 1, skipped: {} })
    expect(await stored('patients', 'photo_sealed', id)).toEqual(token)
    await at.close()
  }, 40_000)

  test('refuses fields without an index', async () => {
    expect((await refusal(prisma.$encryption.reindex({ fields: ['Patient.ssn'] }))).code).toBe(
      'ENVELOPE_CONFIG_INVALID',
    )
    expect((await refusal(prisma.$encryption.reindex({ models: ['Visit'] }))).code).toBe('ENVELOPE_CONFIG_INVALID')
  })
})
