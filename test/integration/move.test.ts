import { beforeEach, describe, expect, test } from 'vitest'
import { keysClient, openKeysStage } from '../support/keys-stage.js'
import { refusal } from '../support/stage.js'

/** With a key table; a client that keeps its keys inline moves as well. */
const stage = await openKeysStage()
const { acme, database, globex, kms, plain, prisma, stored, plant } = stage
const inline = keysClient(database, kms, { dataKeys: { store: 'inline' } })
const { move } = prisma.$encryption

const photo = new Uint8Array([1, 2, 3])
const TABLES = ['patients', 'visits', 'Record', 'clinics']
const quoted = (name: string) => (database.provider === 'mysql' ? `\`${name}\`` : `"${name}"`)

/** All rows as the database has them. */
async function everything(): Promise<string> {
  const rows = []
  for (const table of TABLES) rows.push(await database.query(`SELECT * FROM ${quoted(table)} ORDER BY id`))
  return JSON.stringify(rows, (_, value) => (typeof value === 'bigint' ? String(value) : value))
}

async function create(client: typeof acme, id: string): Promise<void> {
  const data = { id, email: `${id}@example.com`, ssn: `ssn of ${id}`, notes: { id, quote: '"\\/' }, photo }
  await client.patient.create({
    data: { ...data, visits: { create: [{ reason: `first of ${id}` }, { reason: `second of ${id}` }] } },
  })
}

beforeEach(async () => {
  kms.faults.clear()
  await database.execute('UPDATE patients SET mentor_id = NULL')
  for (const table of ['Record', 'patients', 'clinics']) await database.execute(`DELETE FROM ${quoted(table)}`)
  for (const { $encryption } of [prisma, inline.prisma])
    for (const tenant of ['acme', 'globex']) $encryption.evict(tenant)
  await create(acme, 'a')
  await create(acme, 'b')
  await create(globex, 'x')
})

const MOVED = { model: 'Patient', id: 'a', to: 'globex' } as const

describe('$encryption.move', () => {
  for (const [placement, client] of [
    ['in the key table', prisma],
    ['inline', inline.prisma],
  ] as const) {
    test(`moves a row and what belongs to it, with data keys ${placement}`, async () => {
      const [email] = await database.query('SELECT updated_at FROM patients WHERE id = ?', ['a'])
      const report = await client.$encryption.move(MOVED)
      expect(report).toEqual({
        ...{ from: 'acme', to: 'globex', dryRun: false, moved: true, unreadable: [], links: [], taken: [], shared: [] },
        models: [
          { model: 'Patient', rows: 1, values: 4, tokens: 1, plaintext: 0 },
          { model: 'Visit', rows: 2, values: 2, tokens: 0, plaintext: 0 },
        ],
      })
      expect(await acme.patient.findMany({ include: { visits: true } })).toMatchObject([{ id: 'b' }])
      expect(await acme.visit.count()).toBe(2)
      expect(await acme.patient.findFirst({ where: { email: 'a@example.com' } })).toBeNull()
      expect(
        await globex.patient.findFirst({ where: { email: 'A@example.com' }, include: { visits: true } }),
      ).toMatchObject({
        ...{ id: 'a', tenantId: 'globex', ssn: 'ssn of a', notes: { id: 'a', quote: '"\\/' }, photo },
        visits: [
          { tenantId: 'globex', reason: 'first of a' },
          { tenantId: 'globex', reason: 'second of a' },
        ],
      })
      expect(await database.query('SELECT updated_at FROM patients WHERE id = ?', ['a'])).toEqual([email])
      expect(await client.$encryption.verify()).toMatchObject({ rows: 9, skipped: {} })
    })
  }

  test('a dry run says the same, and changes nothing', async () => {
    const before = await everything()
    const keys = await plain.dataKey.count()
    expect(await move({ ...MOVED, dryRun: true })).toMatchObject({
      ...{ dryRun: true, moved: false, from: 'acme', links: [], unreadable: [] },
      models: [
        { model: 'Patient', rows: 1, values: 4, tokens: 1 },
        { model: 'Visit', rows: 2, values: 2, tokens: 0 },
      ],
    })
    expect([await everything(), await plain.dataKey.count()]).toEqual([before, keys])
  })

  /** What it ends with, all of it left as it was. */
  async function leftAlone(
    options: Parameters<typeof move>[0],
    client = prisma,
  ): Promise<{ code: string; message: string }> {
    const before = await everything()
    const { code, message } = await refusal(client.$encryption.move(options))
    expect(await everything()).toEqual(before)
    for (const secret of ['ssn of', 'example.com', 'pe1:', 'first of']) expect(message).not.toContain(secret)
    return { code, message }
  }

  test('several rows move together, and what is named twice once', async () => {
    const { models } = await move({ model: 'Patient', id: ['a', { id: 'b' }, 'a'], to: 'globex', with: ['Record'] })
    expect(models).toMatchObject([{ rows: 2 }, { rows: 4 }])
    expect([await acme.patient.count(), await globex.patient.count()]).toEqual([0, 3])
    expect(await prisma.$encryption.verify()).toMatchObject({ skipped: {} })
  })

  test('a row that does not open is named by its primary key, and nothing moves', async () => {
    const [visit] = await plain.visit.findMany({ where: { patientId: 'a' }, orderBy: { id: 'desc' } })
    await plant(
      'visits',
      'reason',
      visit?.id ?? 0,
      String(await stored('visits', 'reason', visit?.id ?? 0)).slice(0, -8),
    )
    await plant('patients', 'ssn', 'a', "O'Brien")
    const { code, message } = await leftAlone(MOVED)
    expect([code, message]).toEqual(['ENVELOPE_MOVE_REFUSED', expect.stringContaining('2 values cannot be read')])
    expect(message).not.toContain('Brien')
    const { unreadable } = await move({ ...MOVED, dryRun: true })
    expect(unreadable).toEqual([
      { model: 'Patient', key: { id: 'a' }, field: 'ssn', reason: 'ENVELOPE_NOT_AN_ENVELOPE' },
      { model: 'Visit', key: { id: String(visit?.id) }, field: 'reason', reason: expect.stringMatching(/^ENVELOPE_/) },
    ])
  })

  test('a row with a tenant column of its own is in the way, unless it is to move as well', async () => {
    await acme.record.create({ data: { id: 'r', patientId: 'a', data: { of: 'a' }, where: 'here', select: 'this' } })
    const link = { model: 'Record', key: { id: 'r' }, field: 'patient', containsTenant: false }
    expect(await move({ ...MOVED, dryRun: true })).toMatchObject({ links: [link] })
    const { code, message } = await leftAlone(MOVED)
    expect([code, message]).toEqual(['ENVELOPE_MOVE_REFUSED', expect.stringContaining('Record id "r" by patient')])
    expect(await move({ ...MOVED, with: ['Record'] })).toMatchObject({
      models: [{}, { model: 'Record', rows: 1, values: 3 }, {}],
    })
    expect(await globex.record.findMany()).toMatchObject([
      { id: 'r', data: { of: 'a' }, where: 'here', select: 'this' },
    ])
    expect(await prisma.$encryption.verify()).toMatchObject({ skipped: {} })
  })

  test('links to rows that stay are in the way, in both directions; they may be left so', async () => {
    await plain.patient.update({ where: { id: 'a' }, data: { mentorId: 'b' } })
    const links = (key: string) => [{ model: 'Patient', key: { id: key }, field: 'mentor', containsTenant: false }]
    expect(await move({ ...MOVED, dryRun: true })).toMatchObject({ links: links('a') })
    expect(await move({ ...MOVED, id: 'b', dryRun: true })).toMatchObject({ links: links('a') })
    expect(await leftAlone(MOVED)).toMatchObject({ code: 'ENVELOPE_MOVE_REFUSED' })
    expect(await move({ ...MOVED, id: ['a', 'b'], dryRun: true })).toMatchObject({ links: [] })
    expect(await move({ ...MOVED, links: 'off' })).toMatchObject({ moved: true, links: links('a') })
    // What was linked across before is mended.
    expect(await move({ ...MOVED, id: 'b' })).toMatchObject({ moved: true, links: [] })
  })

  test('a foreign key that contains the tenant column must not come to refer to another row', async () => {
    for (const tenantId of ['acme', 'globex'])
      await plain.clinic.create({ data: { id: `c-${tenantId}`, tenantId, name: tenantId } })
    await plain.patient.update({ where: { id: 'a' }, data: { clinicId: 'c-acme' } })
    const link = { model: 'Patient', key: { id: 'a' }, field: 'clinic', containsTenant: true }
    expect(await move({ ...MOVED, dryRun: true })).toMatchObject({ links: [link] })
    for (const links of ['check', 'off'] as const)
      expect(await leftAlone({ ...MOVED, links })).toMatchObject({ code: 'ENVELOPE_MOVE_REFUSED' })
    // With the clinic it moves.
    expect(await move({ model: 'Clinic', id: 'c-acme', to: 'globex' })).toMatchObject({
      models: [
        { model: 'Clinic', rows: 1, values: 0 },
        { model: 'Patient', rows: 1 },
        { model: 'Visit', rows: 2 },
      ],
    })
    expect(await globex.patient.findUnique({ where: { id: 'a' }, include: { clinic: true } })).toMatchObject({
      clinic: { id: 'c-acme' },
    })
    expect(await prisma.$encryption.verify()).toMatchObject({ skipped: {} })
  })

  test('what is missing, there already, of nobody or too many is refused before anything is changed', async () => {
    const codes = async (options: object, client = prisma) =>
      (await leftAlone({ ...MOVED, ...options } as typeof MOVED, client)).code
    expect(await codes({ id: 'nobody' })).toBe('ENVELOPE_MOVE_REFUSED')
    expect(await codes({ id: ['a', 'nobody'] })).toBe('ENVELOPE_MOVE_REFUSED')
    expect(await codes({ id: 'x' })).toBe('ENVELOPE_MOVE_REFUSED')
    expect(await codes({ to: 'acme' })).toBe('ENVELOPE_MOVE_REFUSED')
    expect(await codes({ id: ['a', 'x'], to: 'initech' })).toBe('ENVELOPE_MOVE_REFUSED')
    expect(await codes({ maxRows: 2 })).toBe('ENVELOPE_MOVE_REFUSED')
    expect(await codes({ maxRows: 1 })).toBe('ENVELOPE_MOVE_REFUSED')
    for (const dryRun of [false, true]) expect(await codes({ to: 'nowhere', dryRun })).toBe('ENVELOPE_TENANT_UNKNOWN')
    for (const wrong of [
      ...[{ model: 'Nothing' }, { model: 'Tag', id: 1 }, { id: 7 }, { id: { name: 'a' } }, { id: [] }, { id: null }],
      ...[
        { with: ['Nothing'] },
        { with: ['Tag'] },
        { parent: 'b' },
        { maxRows: 0 },
        { transactionTimeout: -1 },
        { links: 'on' },
        { dry: true },
      ],
    ])
      expect([wrong, await codes(wrong)]).toEqual([wrong, 'ENVELOPE_CONFIG_INVALID'])
    expect(await codes({ to: '' })).toBe('ENVELOPE_TENANT_INVALID')
    expect(await codes({}, acme)).toBe('ENVELOPE_TENANT_BOUND')
    await prisma.$transaction(async (tx) => {
      expect((await refusal(tx.$encryption.move(MOVED))).code).toBe('ENVELOPE_CONFIG_INVALID')
    })
    expect(await move({ ...MOVED, maxRows: 3 })).toMatchObject({ moved: true })
  })

  test('nothing moves where KMS refuses the key of either tenant', async () => {
    const other = keysClient(database, kms, { dataKeys: { store: 'inline' } })
    kms.faults.next({ operation: 'GenerateDataKey', error: 'DisabledException' })
    expect(await leftAlone(MOVED, other.prisma)).toMatchObject({
      code: 'ENVELOPE_KMS_DISABLED',
      message: expect.stringContaining('globex'),
    })
    const third = keysClient(database, kms)
    kms.faults.next({ operation: 'Decrypt', error: 'DisabledException' })
    const { code, message } = await leftAlone(MOVED, third.prisma)
    expect([code, message]).toEqual(['ENVELOPE_MOVE_REFUSED', expect.stringContaining('ENVELOPE_KMS_DISABLED')])
    for (const client of [other, third]) await client.plain.$disconnect()
  })
})
