import { beforeEach, describe, expect, test } from 'vitest'
import { databaseOf } from '../../src/databases/index.js'
import type { CensusGroup, CensusReport } from '../../src/index.js'
import { openKeysStage } from '../support/keys-stage.js'
import { postgresqlTypes } from '../support/postgresql-client.js'
import { anotherClient, arnOf, rotate, tagOf, wrappingOf } from '../support/rotation.js'
import { openStage, refusal, type Stage } from '../support/stage.js'

const stage = await openStage()
const { acme, database, globex, kms, plant, prisma, stored } = stage

const OLD = 'alias/tenant/acme'
const NEXT = 'alias/tenant/acme-next'
const { arn: next } = await kms.createKey({ alias: NEXT })
const old = await arnOf(stage, OLD)
const globexArn = await arnOf(stage, 'alias/tenant/globex')
const photo = new Uint8Array([1, 2, 3])
const person = (name: string) => ({ email: `${name}@example.com`, ssn: name, notes: { name }, photo })
const create = async (client: typeof acme, name: string) =>
  (await client.patient.create({ data: person(name), select: { id: true } })).id
const rotated = () =>
  anotherClient(
    stage,
    (tenant) => (tenant === 'acme' ? { current: NEXT, previous: [OLD] } : `alias/tenant/${tenant}`),
    {
      rewrap: 'off',
    },
  )
/** As much of a group as the tests go by. */
const short = ({ groups }: CensusReport) =>
  groups
    .map(({ field, tenant, state, cmk, current, values }) => [field, tenant, state, cmk, current, values].join(' '))
    .sort()

beforeEach(async () => {
  for (const table of ['visits', 'patients']) await database.execute(`DELETE FROM ${table}`)
  for (const tenant of ['acme', 'globex']) prisma.$encryption.evict(tenant)
})

describe('$encryption.census', () => {
  test('counts by tenant and CMK in text, Json and Bytes columns, without reading a value', async () => {
    for (const name of ['a', 'b', 'c']) await create(acme, name)
    await create(globex, 'x')
    const at = rotated()
    await create(at.acme as typeof acme, 'd')
    at.statements.length = 0
    const report = await at.prisma.$encryption.census()
    const expected = ['email', 'ssn', 'notes', 'photo'].flatMap((field) => [
      `${field} acme sealed ${old} false 3`,
      `${field} acme sealed ${next} true 1`,
      `${field} globex sealed ${globexArn} true 1`,
    ])
    expect(short(report)).toEqual(expected.sort())
    expect(report.totals).toEqual({
      values: 20,
      inline: 20,
      table: 0,
      plaintext: 0,
      unreadable: 0,
      outdated: 12,
      unresolved: 0,
      keyless: 0,
      withoutToken: 0,
      summedUp: 0,
    })
    const [group] = report.groups as [CensusGroup]
    expect(group).toMatchObject({ model: 'Patient', suite: 'aes-256-gcm', placement: 'inline', dataKeys: 1 })
    const { cmk, material } = wrappingOf((await database.query('SELECT ssn AS value FROM patients'))[0]?.value)
    expect([tagOf(old), tagOf(next), tagOf(globexArn)]).toContain(cmk)
    expect(report.groups.map(({ keyMaterialTag }) => keyMaterialTag)).toContain(material)
    expect(report.groups.every(({ keyMaterial }) => /^[0-9a-f]{64}$/.test(keyMaterial ?? ''))).toBe(true)
    // One statement for each encrypted field of the schema.
    expect(new Set(at.statements.map(({ sql }) => sql.split(' ')[0]))).toEqual(new Set(['WITH']))
    await at.close()
  })

  test('tells key material apart, suites, and data keys where it is asked to', async () => {
    await create(acme, 'a')
    await rotate(stage, OLD)
    const at = anotherClient(stage, undefined, { suite: 'xchacha20-poly1305', rewrap: 'off' })
    await create(at.acme as typeof acme, 'b')
    const report = await at.prisma.$encryption.census({ models: ['Patient'], field: 'ssn', by: ['tenant', 'data-key'] })
    expect(report.groups).toHaveLength(2)
    expect(report.groups.map(({ suite, current, cmk }) => [suite, current, cmk]).sort()).toEqual([
      ['aes-256-gcm', false, old],
      ['xchacha20-poly1305', true, old],
    ])
    const ids = report.groups.map(({ dataKey }) => dataKey)
    expect(new Set(ids).size).toBe(2)
    expect(ids.every((id) => /^[0-9a-f]{32}$/.test(id ?? ''))).toBe(true)
    await at.close()
  })

  test('finds plaintext, what cannot be read, and values without a token, and quotes none of them', async () => {
    const ids = { plain: await create(acme, 'a'), like: await create(acme, 'b'), cut: await create(acme, 'c') }
    await create(acme, 'd')
    await plant('patients', 'ssn', ids.plain, 'pearl: no envelope')
    await plant(
      'patients',
      'ssn',
      ids.like,
      'pe1: a course in "SQL" that is long enough to be told apart by its length, which says nothing of it',
    )
    await plant('patients', 'ssn', ids.cut, String(await stored('patients', 'ssn', ids.cut)).slice(0, 100))
    await plant('patients', 'notes', ids.plain, '"pe2:abc"')
    await plant('patients', 'notes', ids.like, '{"a":1}')
    await plant('patients', 'notes', ids.cut, 'null')
    await plant('patients', 'photo_sealed', ids.plain, photo)
    await plant('patients', 'photo_sealed', ids.cut, Buffer.from('1101', 'hex'))
    await database.execute('UPDATE patients SET email_index = NULL WHERE id = ?', [ids.like])
    const report = await prisma.$encryption.census()
    expect(short(report)).toEqual(
      [
        `email acme sealed ${old} true 4`,
        `ssn acme plaintext   1`,
        `ssn acme unreadable   2`,
        `ssn acme sealed ${old} true 1`,
        `notes acme plaintext   2`,
        `notes acme unreadable   1`,
        `notes acme sealed ${old} true 1`,
        `photo acme plaintext   1`,
        `photo acme unreadable   1`,
        `photo acme sealed ${old} true 2`,
      ].sort(),
    )
    expect(report.groups.find(({ field }) => field === 'email')?.withoutToken).toEqual({ emailIndex: 1 })
    expect(report.totals).toMatchObject({ plaintext: 4, unreadable: 4, withoutToken: 1 })
    expect(JSON.stringify(report)).not.toMatch(/pearl|course/)
  })

  test('counts JSON strings in which another program has escaped what need not be', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) {
      const id = await create(acme, name)
      const text = JSON.stringify(String(await stored('patients', 'notes', id)).replaceAll('"', ''))
      await plant('patients', 'notes', id, text.replaceAll('/', '\\/'))
    }
    const report = await prisma.$encryption.census({ models: ['Patient'], field: 'notes' })
    expect(short(report)).toEqual([`notes acme sealed ${old} true 6`])
  })

  test('counts one tenant, and a bound client its own', async () => {
    await create(acme, 'a')
    await create(globex, 'x')
    expect((await prisma.$encryption.census({ tenant: 'globex' })).totals.values).toBe(4)
    const bound = await acme.$encryption.census()
    expect(bound.totals.values).toBe(4)
    expect(bound.groups.every(({ tenant }) => tenant === 'acme')).toBe(true)
    expect(await refusal(acme.$encryption.census({ tenant: 'globex' }))).toMatchObject({
      code: 'ENVELOPE_TENANT_BOUND',
    })
  })

  test('sums up what is too many to be told apart', async () => {
    for (const name of ['a', 'b', 'c']) await create(acme, name)
    await create(globex, 'x')
    const { groups, totals } = await prisma.$encryption.census({ models: ['Patient'], field: 'ssn', maxGroups: 1 })
    expect(groups.map(({ tenant, values, summedUp }) => [tenant, values, summedUp])).toEqual([
      ['acme', 3, undefined],
      [undefined, 1, 1],
    ])
    expect(totals).toMatchObject({ values: 4, summedUp: 1 })
    const without = await prisma.$encryption.census({ models: ['Patient'], field: 'ssn', by: [], tenants: ['acme'] })
    expect(without.groups.map(({ cmk, current, values }) => [cmk, current, values])).toEqual([
      [old, undefined, 3],
      [undefined, undefined, 1],
    ])
    expect(without.totals.unresolved).toBe(1)
  })

  test('does not ask KMS where it may not, and names no CMK then', async () => {
    await create(acme, 'a')
    const at = rotated()
    kms.calls.reset()
    const { groups, totals } = await at.prisma.$encryption.census({ describe: false })
    expect(kms.calls.entries).toEqual([])
    expect(groups.every(({ cmk, cmkTag }) => cmk === undefined && cmkTag === tagOf(old))).toBe(true)
    expect(totals).toMatchObject({ unresolved: 4, outdated: 0 })
    await at.close()
  })

  test('stops at its signal, and tells of its progress', async () => {
    const controller = new AbortController()
    const seen: string[] = []
    const report = await prisma.$encryption.census({
      models: ['Patient'],
      signal: controller.signal,
      onProgress: ({ field, done, all }) => {
        seen.push(`${field} ${done}/${all}`)
        if (done === 1) controller.abort()
      },
    })
    expect(report.finished).toBe(false)
    expect(seen).toEqual(['email 0/4', 'ssn 1/4'])
  })

  test.each([
    ['unknown option', { tenat: 'acme' }],
    ['an unknown dimension', { by: ['cmk'] }],
    ['no groups', { maxGroups: 0 }],
    ['a rate of none', { kmsCallsPerSecond: 0 }],
    ['a model without encrypted fields', { models: ['Clinic'] }],
    ['a field that there is not', { field: 'age' }],
  ])('refuses %s', async (_what, options) => {
    expect(await refusal(prisma.$encryption.census(options as object))).toMatchObject({
      code: 'ENVELOPE_CONFIG_INVALID',
    })
  })

  test('does not quote what the database says', async () => {
    await database.execute('ALTER TABLE patients RENAME COLUMN ssn TO gone')
    const error = await refusal(prisma.$encryption.census())
    await database.execute('ALTER TABLE patients RENAME COLUMN gone TO ssn')
    expect(error).toMatchObject({ code: 'ENVELOPE_JOB_INTERRUPTED' })
    expect(error.message).not.toContain('ssn')
  })
})

describe.runIf(database.provider === 'postgresql')('of lists, the elements', () => {
  test('are counted, and each by its own key', async () => {
    await postgresqlTypes(acme).chart.create({ data: { allergies: ['a', 'b'], events: [1], scans: [photo] } })
    const at = rotated()
    await postgresqlTypes(at.acme).chart.updateMany({ data: { allergies: { push: 'c' } } })
    const report = await at.prisma.$encryption.census({ models: ['Chart' as 'Patient'], tenant: 'acme' })
    expect(short(report).filter((line) => /^(allergies|events|scans) /.test(line))).toEqual(
      [
        `allergies acme sealed ${old} false 2`,
        `allergies acme sealed ${next} true 1`,
        `events acme sealed ${old} false 1`,
        `scans acme sealed ${old} false 1`,
      ].sort(),
    )
    await at.close()
    await database.execute('DELETE FROM charts')
  })
})

describe('with a key table', async () => {
  const keys = await openKeysStage()
  const of = async () => arnOf(keys as unknown as Stage, OLD)

  test('values are counted by the row that they name, and rows by what they are', async () => {
    await keys.acme.patient.create({ data: person('a') })
    await keys.globex.patient.create({ data: { email: 'x@example.com' } })
    const arn = await of()
    const first = await keys.prisma.$encryption.census()
    expect(short(first)).toContain(`ssn acme sealed ${arn} true 1`)
    expect(short(first)).toContain(`photo acme sealed ${arn} true 1`)
    expect(first.totals).toMatchObject({ values: 5, table: 5, inline: 0, unresolved: 0, keyless: 0 })
    expect(first.groups.every(({ key }) => key === 'active')).toBe(true)
    expect(
      first.keyTable?.map(({ tenant, state, cmk, current, dataKeys }) => [tenant, state, cmk, current, dataKeys]),
    ).toEqual(expect.arrayContaining([['acme', 'active', arn, true, 1]]))
    // The rows' own words say which CMK a tag stands for, where nobody may be asked.
    const { groups } = await keys.prisma.$encryption.census({ describe: false })
    expect(groups.every(({ cmk }) => cmk !== undefined)).toBe(true)

    const empty = databaseOf(keys.database.provider)?.name === 'PostgreSQL' ? "''::bytea" : "x''"
    await keys.database.execute(`UPDATE data_keys SET section = ${empty} WHERE tenant = 'acme'`)
    const erased = await keys.prisma.$encryption.census()
    expect(erased.totals).toMatchObject({ keyless: 4, unresolved: 0 })
    expect(erased.keyTable?.find(({ tenant }) => tenant === 'acme')?.state).toBe('erased')
    await keys.database.execute("DELETE FROM data_keys WHERE tenant = 'acme'")
    const missing = await keys.prisma.$encryption.census({ tenant: 'acme' })
    expect(missing.groups.map(({ key }) => key)).toEqual(Array(4).fill('missing'))
    expect(missing.totals).toMatchObject({ values: 4, keyless: 4 })
  })
})
