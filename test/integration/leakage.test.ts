import { beforeEach, describe, expect, test } from 'vitest'
import { fieldEncryption } from '../../src/prisma/extension.js'
import { changedModels } from '../support/changed-models.js'
import { testOptions } from '../support/encrypted-client.js'
import { openStage, refusal } from '../support/stage.js'

const { database, kms, kmsCallsOf, plain, plant, prisma, sqlOf } = await openStage()

/** The same tables, with values as long as they are, or padded. */
const clientOf = (pad: number, options: object = {}) =>
  plain.$extends(
    fieldEncryption({ models: changedModels({ 'Patient.email': { pad } }), ...testOptions(kms), ...options }),
  )
const bare = clientOf(1)
const padded = clientOf(16)

type Options = NonNullable<Parameters<typeof bare.$encryption.leakage>[0]>

beforeEach(async () => {
  await plain.patient.deleteMany()
  await plain.login.deleteMany()
})

const write = async (client: typeof bare, tenant: string, emails: readonly string[]): Promise<string[]> => {
  const bound = client.$forTenant(tenant)
  const ids: string[] = []
  for (const email of emails) ids.push((await bound.patient.create({ data: { email }, select: { id: true } })).id)
  return ids
}

const emailsOf = async (client: typeof bare, options: Options = {}) => {
  const report = await client.$encryption.leakage({ ...options, fields: ['Patient.email'] })
  const [index] = report.indexes
  if (index === undefined) throw new Error('there is no index')
  return { report, index }
}

const listed = (...pairs: [value: string, weight: number][]) => pairs.map(([value, weight]) => ({ value, weight }))

/** Of which each has a length of its own. */
const APART = ['a@b.io', 'bob@b.io', 'carla@b.io', 'desiree@b.io']
const alike = listed(...APART.map((email): [string, number] => [email, 1]))

describe('what tokens show', () => {
  test('is counted by tenant: rows, tokens, the commonest, and rows that are alone', async () => {
    await write(bare, 'acme', ['ann@x.io', 'ANN@x.io', 'ann@x.io ', 'bob@x.io', 'eve@x.io'])
    await write(bare, 'globex', ['ann@x.io', 'zoe@x.io'])
    const { index } = await emailsOf(bare)
    expect(index).toMatchObject({ model: 'Patient', field: 'email', index: 'emailIndex', kind: 'equality' })
    expect(index).toMatchObject({ rows: 7, withToken: 7, malformed: 0, besideNoEnvelope: 0, scope: 'tenant' })
    expect(index.byToken).toEqual({ classes: 5, largest: 4, alone: 4, few: 7 })
    expect(index.tenants.map(({ tenant, rows, byToken }) => [tenant, rows, byToken])).toEqual([
      ['acme', 5, { classes: 3, largest: 3, alone: 2, few: 5 }],
      ['globex', 2, { classes: 2, largest: 1, alone: 2, few: 2 }],
    ])
    // One of three alike is longer than the others.
    expect(index.tenants[0]?.byTokenAndLength).toEqual({ classes: 4, largest: 2, alone: 3, few: 5 })
    expect(index.lengths).toBe(2)
  })

  test('counts classes of five as hidden, and the rows of other tenants together', async () => {
    await write(
      bare,
      'acme',
      Array.from({ length: 5 }, () => 'ann@x.io'),
    )
    await write(bare, 'globex', ['zoe@x.io'])
    const { index } = await emailsOf(bare, { maxTenants: 1 })
    expect(index.tenants).toMatchObject([{ tenant: 'acme', byToken: { classes: 1, largest: 5, alone: 0, few: 0 } }])
    expect(index.otherTenants).toMatchObject({ count: 1, rows: 1, byToken: { classes: 1, alone: 1, few: 1 } })
  })

  test('of one tenant, by name or on a bound client; one that there is not is refused', async () => {
    await write(bare, 'acme', ['ann@x.io', 'bob@x.io'])
    await write(bare, 'globex', ['zoe@x.io'])
    for (const report of [
      await bare.$encryption.leakage({ tenant: 'globex', models: ['Patient'] }),
      await bare.$forTenant('globex').$encryption.leakage({ models: ['Patient'] }),
    ]) {
      expect(report.indexes).toMatchObject([{ rows: 1, tenants: [{ tenant: 'globex' }] }])
    }
    expect((await refusal(bare.$encryption.leakage({ tenant: 'acmee' }))).code).toBe('ENVELOPE_TENANT_UNKNOWN')
    const another = bare.$forTenant('globex').$encryption.leakage({ tenant: 'acme' })
    expect((await refusal(another)).code).toBe('ENVELOPE_TENANT_BOUND')
  })

  test('takes all tenants as one where an index does, and tokens of a row together', async () => {
    for (const [tenant, email, phone] of [
      ['acme', 'ann@x.io', '555 1'],
      ['acme', 'bob@x.io', '555-1'],
      ['acme', 'eve@x.io', '5551'],
      ['globex', 'zoe@x.io', '555 1'],
    ] as const)
      await prisma.$forTenant(tenant).login.create({ data: { email, phone } })
    const { indexes, joint } = await prisma.$encryption.leakage({ models: ['Login'] })
    const of = (name: string) => indexes.find(({ index }) => index === name)
    expect(of('emailIndex')).toMatchObject({ byToken: { classes: 4, alone: 4 } })
    expect(of('loginIndex')).toMatchObject({
      scope: 'global',
      tenants: [],
      byToken: { classes: 4, largest: 1, alone: 4 },
    })
    expect(of('phoneIndex')).toMatchObject({ byToken: { classes: 2, alone: 1 } })
    expect(of('phoneExact')).toMatchObject({ byToken: { classes: 4, alone: 4 } })
    expect(of('badgeIndex')).toMatchObject({ rows: 4, withToken: 0, byToken: { classes: 0 } })
    // Three spellings of one number are rows of one token, and not of both.
    expect(joint.map(({ indexes: names, rows, byTokens }) => [names, rows, byTokens.classes, byTokens.alone])).toEqual([
      [['emailIndex', 'loginIndex', 'emailFirst', 'emailDomain'], 4, 4, 4],
      [['phoneIndex', 'phoneExact', 'phoneLast', 'phoneFirst'], 4, 4, 4],
      [indexes.map(({ index }) => index), 4, 4, 4],
    ])
  })

  test('asks KMS nothing, and only reads', async () => {
    await write(bare, 'acme', APART)
    let sql: string[] = []
    const calls = await kmsCallsOf(async () => {
      sql = await sqlOf(() => prisma.$encryption.leakage({ tenant: 'acme', models: ['Patient'] }))
    })
    expect(calls).toEqual([])
    expect(sql.length).toBeGreaterThan(0)
    expect(sql.filter((one) => !/WITH a AS \(SELECT /.test(one) || /UPDATE|INSERT|DELETE/.test(one))).toEqual([])
  })
})

describe('what was tampered with', () => {
  test('in the index column is counted, and is no token', async () => {
    const [short = '', long = '', text = ''] = await write(bare, 'acme', [...APART, 'e@b.io'])
    await plant('patients', 'email_index', short, Buffer.from('short'))
    await plant('patients', 'email_index', long, Buffer.alloc(15, 1))
    await plant('patients', 'email_index', text, Buffer.from('desiree@b.io'))
    const { index, report } = await emailsOf(bare, { values: alike })
    expect(index).toMatchObject({ rows: 5, withToken: 2, malformed: 3, byToken: { classes: 2, alone: 2 } })
    expect(JSON.stringify(report)).not.toMatch(/desiree|646573|short/)
  })

  test('in the column of the value is counted, whatever it is', async () => {
    const ids = await write(
      bare,
      'acme',
      Array.from({ length: 8 }, (_, i) => `p${i}@b.io`),
    )
    const garbage = ['plain text', '', 'pe1:', 'pe1:EQ', 'pe2:EQEA', 'pe1:EQAAAAAA', `pe1:EQEA${'A'.repeat(60)}`]
    for (const [i, value] of garbage.entries()) await plant('patients', 'email_sealed', ids[i] ?? '', value)
    const { index } = await emailsOf(bare, { values: alike, sample: 10 })
    expect(index).toMatchObject({ rows: 8, withToken: 8, besideNoEnvelope: 7, lengths: 1 })
    expect(index.sample).toMatchObject({ rows: 1, unopened: 0 })
  })

  test('so that it does not open is counted in a sample', async () => {
    const [id = '', other = ''] = await write(bare, 'acme', ['ann@x.io', 'bob@x.io'])
    const [row] = await database.query('SELECT email_sealed AS value FROM patients WHERE id = ?', [id])
    const damaged = String(row?.value).replace(/.{6}$/, (end) => (end === 'AAAAA=' ? 'AAAAB=' : 'AAAAAA'))
    await plant('patients', 'email_sealed', id, damaged)
    const { index } = await emailsOf(bare, { values: listed(['bob@x.io', 2], ['ann@x.io', 1]), sample: 10 })
    expect(other).not.toBe('')
    expect(index.sample).toMatchObject({ unopened: 1, rows: 1 })
  })
})

describe('the attacks', () => {
  test.each(['aes-256-gcm', 'xchacha20-poly1305'] as const)(
    'by length name every value that has a length of its own, and none by guess where it is padded: %s',
    async (suite) => {
      for (const [pad, share] of [
        [1, 1],
        [16, 1 / APART.length],
      ] as const) {
        await plain.patient.deleteMany()
        const client = clientOf(pad, { suite })
        await write(client, 'acme', APART)
        const { index } = await emailsOf(client, { values: alike })
        // Equally common values that occur equally often: any may be taken for any.
        expect(index.estimate?.byRank.rows).toBeCloseTo(1 / APART.length, 9)
        expect(index.estimate?.byLength.rows).toBeCloseTo(share, 9)
        expect(index.lengths).toBe(pad === 1 ? APART.length : 1)
      }
    },
  )

  test('are scored by rows that are opened: all right where ranks are, and none where they are the other way round', async () => {
    const emails = ['ann@x.io', 'ann@x.io', 'ann@x.io', 'bob@x.io', 'bob@x.io', 'eve@x.io']
    await write(padded, 'acme', emails)
    await write(padded, 'globex', emails.slice(2))
    const right = listed(['ANN@x.io', 50], ['bob@x.io ', 30], ['ann@x.io', 10], ['eve@x.io', 1])
    const { index, report } = await emailsOf(padded, { values: right, sample: 100 })
    expect(report.values).toEqual({ emailIndex: { known: 3, withoutToken: 0 } })
    // In globex's rows bob is the commonest.
    expect(index.sample).toMatchObject({ rows: 10, unopened: 0 })
    const acme = await emailsOf(padded, { values: right, sample: 100, tenant: 'acme' })
    expect(acme.index.sample).toMatchObject({
      rows: 6,
      byRank: { rows: 1, values: 1 },
      byLength: { rows: 1, values: 1 },
    })
    const wrong = listed(['nobody@x.io', 50], ['eve@x.io', 30], ['bob@x.io', 10])
    const missed = await emailsOf(padded, { values: wrong, sample: 100, tenant: 'acme' })
    expect(missed.index.sample).toMatchObject({ byRank: { rows: 0 }, byLength: { rows: 0 } })
  })

  test('take rows of one length apart from others, where these are not padded', async () => {
    // By rank alone, the one that is rarer in the world is taken for the other.
    await write(bare, 'acme', ['zed@xx.io', 'zed@xx.io', 'ann@x.io'])
    const known = listed(['ann@x.io', 9], ['zed@xx.io', 1])
    const { index } = await emailsOf(bare, { values: known, sample: 10 })
    expect(index.sample).toMatchObject({ byRank: { rows: 0 }, byLength: { rows: 1 } })
    expect(index.estimate?.byLength.rows).toBeCloseTo(1, 9)
  })

  test('take no more rows than they are asked to', async () => {
    await write(bare, 'acme', APART)
    const { index } = await emailsOf(bare, { values: alike, sample: 3 })
    expect(index.sample?.rows).toBe(3)
  })

  test('name the part that an index is of, and of whole values those that are the commonest with it', async () => {
    const bound = prisma.$forTenant('acme')
    for (const email of ['anna@x.io', 'ANNE@x.io', 'bob@y.io']) await bound.login.create({ data: { email } })
    const values = listed(['anna@x.io', 5], ['anne@x.io', 3], ['bob@y.io', 1])
    const { indexes } = await prisma.$encryption.leakage({ fields: ['Login.email'], values, sample: 10 })
    for (const [name, kind] of [
      ['emailFirst', 'first'],
      ['emailDomain', 'domain'],
    ]) {
      const index = indexes.find((one) => one.index === name)
      expect(index).toMatchObject({ kind, byToken: { classes: 2, largest: 2, alone: 1 } })
      expect(index?.sample).toMatchObject({ rows: 3, byRank: { rows: 1, values: 2 / 3 } })
    }
  })

  test('see all tenants as one where the index does', async () => {
    const models = changedModels({ 'Patient.emailIndex': { scope: 'global' } })
    const global = plain.$extends(fieldEncryption({ models, ...testOptions(kms) })) as typeof bare
    await write(global, 'acme', ['ann@x.io', 'ann@x.io', 'bob@x.io'])
    await write(global, 'globex', ['ann@x.io', 'bob@x.io'])
    const values = listed(['ann@x.io', 8], ['bob@x.io', 1])
    const { index } = await emailsOf(global, { values, sample: 10 })
    expect(index).toMatchObject({ scope: 'global', tenants: [], byToken: { classes: 2, largest: 3, alone: 0 } })
    expect(index.sample).toMatchObject({ rows: 5, byRank: { rows: 1 } })
    // In globex's own rows both occur once.
    const acme = await emailsOf(global, { tenant: 'acme' })
    expect(acme.index.byToken).toEqual({ classes: 2, largest: 2, alone: 1, few: 3 })
  })
})

describe('what cannot be done is refused before SQL, and says what to do', () => {
  test.for<[Options, RegExp]>([
    [{ values: alike }, /name it in `fields`/],
    [{ sample: 5 }, /pass `values` too/],
    [{ fields: ['Patient.email'], values: [] }, /no value with a weight above 0/],
    [{ fields: ['Patient.email'], values: listed(['a', 0]) }, /no value with a weight above 0/],
    [{ fields: ['Patient.email'], values: listed(['a', -1]) }, /weight of value 1 must be a number, 0 or more/],
    [{ fields: ['Patient.email'], values: listed(['a', 1], ['b', Number.NaN]) }, /weight of value 2/],
    [{ fields: ['Patient.email'], values: listed(['secret\ud800', 1]) }, /value 1 is not well-formed text/],
    [
      { fields: ['Login.phone'], values: listed(['unknown', 1]) },
      /nothing left|of none of the values is anything left/,
    ],
    [{ fields: ['Login.badge'], values: alike }, /holds bytes/],
    [{ fields: ['Patient.ssn'] }, /Patient\.ssn has no index: fields with an index are .*Patient\.email/],
    [
      { fields: ['Login.email'], values: listed(['gmail.com', 60], ['x.io', 40]) },
      /Login\.emailDomain: 2 of 2 values are without a domain: write whole addresses, or `@gmail\.com`/,
    ],
    [
      { fields: ['Login.phone'], values: listed(['123', 1]) },
      /Login\.phoneLast: 1 of 1 value is shorter than the 4 characters that it is of: write whole values/,
    ],
    [{ fields: ['Patient.nope' as never] }, /is not an encrypted field/],
    [{ models: ['Visit'] }, /no encrypted field with an index/],
    [{ fields: ['Patient.email'], values: alike, sample: 0 }, /`sample` must be a whole number/],
    [{ maxTenants: 0 }, /`maxTenants` must be a whole number/],
    [{ unknown: 1 } as Options, /unknown option/i],
  ])('%j', async ([options, complaint]) => {
    let error: Error | undefined
    const sql = await sqlOf(async () => {
      error = await refusal(prisma.$encryption.leakage(options))
    })
    expect(error).toMatchObject({ code: 'ENVELOPE_CONFIG_INVALID' })
    expect(error?.message).toMatch(complaint)
    expect(error?.message).not.toMatch(/secret/)
    expect(sql).toEqual([])
  })

  test('a signal ends it, and the report says that it is not whole', async () => {
    const report = await prisma.$encryption.leakage({ signal: AbortSignal.abort() })
    expect(report).toMatchObject({ finished: false, indexes: [] })
  })
})
