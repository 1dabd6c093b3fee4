import { describe, expect, test } from 'vitest'
import { runWithTenant } from '../../src/tenancy/index.js'
import { Prisma } from '../support/client.js'
import { openStage, refusal } from '../support/stage.js'

const { acme, database, globex, kmsCallsOf, plant, prisma, stored } = await openStage()

const ann = { email: 'ann', ssn: '123', notes: { a: [1] }, photo: Uint8Array.of(1, 2) }
const { id } = await acme.patient.create({ data: ann })

describe('seal', () => {
  test('returns what the column stores, which the client then reads', async () => {
    const text = await acme.$encryption.seal('Patient', 'ssn', '456')
    expect(text).toMatch(/^pe1:/)
    await plant('patients', 'ssn', id, String(text))
    const bytes = await acme.$encryption.seal('Patient', 'photo', Uint8Array.of(9))
    expect(bytes).toBeInstanceOf(Uint8Array)
    await plant('patients', 'photo_sealed', id, bytes)
    const json = await acme.$encryption.seal('Patient', 'notes', { b: 2n })
    await plant('patients', 'notes', id, JSON.stringify(json))
    expect(await prisma.patient.findUnique({ where: { id } })).toMatchObject({
      ssn: '456',
      photo: Uint8Array.of(9),
      notes: { b: '2' },
    })
  })

  test('leaves null as null, and seals JSON null', async () => {
    expect(await acme.$encryption.seal('Patient', 'ssn', null)).toBeNull()
    const sealed = await acme.$encryption.seal('Patient', 'notes', Prisma.JsonNull)
    expect(sealed).toMatch(/^pe1:/)
    expect(await acme.$encryption.open('Patient', 'notes', sealed)).toBeNull()
  })

  test('takes the tenant from its option, the context or the view', async () => {
    const sealed = [
      await prisma.$encryption.seal('Patient', 'ssn', '1', { tenant: 'acme' }),
      await runWithTenant('acme', () => prisma.$encryption.seal('Patient', 'ssn', '1')),
      await acme.$encryption.seal('Patient', 'ssn', '1'),
    ]
    for (const value of sealed) expect(await acme.$encryption.open('Patient', 'ssn', value)).toBe('1')
    expect(await refusal(prisma.$encryption.seal('Patient', 'ssn', '1'))).toMatchObject({
      code: 'ENVELOPE_TENANT_REQUIRED',
    })
  })

  test('does not seal for another tenant than the client is bound to', async () => {
    expect(await refusal(acme.$encryption.seal('Patient', 'ssn', '1', { tenant: 'globex' }))).toMatchObject({
      code: 'ENVELOPE_TENANT_CONFLICT',
    })
    expect(await refusal(acme.$encryption.open('Patient', 'ssn', null, { tenant: 'globex' }))).toMatchObject({
      code: 'ENVELOPE_TENANT_CONFLICT',
    })
  })

  test('refuses an option that it does not have: the tenant would be that of the client', async () => {
    const misspelt = { tenent: 'globex' } as object
    for (const call of [
      () => acme.$encryption.seal('Patient', 'ssn', '1', misspelt),
      () => acme.$encryption.open('Patient', 'ssn', null, misspelt),
      () => acme.$encryption.index('Patient', 'email', 'a', misspelt),
    ]) {
      expect(await refusal(call)).toMatchObject({
        code: 'ENVELOPE_CONFIG_INVALID',
        message: expect.stringContaining('unknown option "tenent"; valid options are tenant'),
      })
    }
  })

  test('refuses models and fields that are not encrypted, and values of the wrong type', async () => {
    const { seal } = acme.$encryption
    expect(await refusal(seal('Patient', 'age' as 'ssn', '1'))).toMatchObject({
      code: 'ENVELOPE_CONFIG_INVALID',
      model: 'Patient',
    })
    expect(await refusal(seal('Nobody' as 'Patient', 'ssn', '1'))).toMatchObject({ code: 'ENVELOPE_CONFIG_INVALID' })
    // @ts-expect-error: the types ask for text; an application without types is refused at run time
    expect(await refusal(seal('Patient', 'ssn', 7))).toMatchObject({ code: 'ENVELOPE_VALUE_INVALID', field: 'ssn' })
  })
})

describe('open', () => {
  test('returns the value behind what a column stores', async () => {
    const row = await acme.patient.create({ data: ann })
    for (const [field, column] of [
      ['email', 'email_sealed'],
      ['ssn', 'ssn'],
      ['photo', 'photo_sealed'],
    ] as const) {
      const value = await stored('patients', column, row.id)
      expect(await acme.$encryption.open('Patient', field, value as string | Uint8Array)).toEqual(ann[field])
    }
    const text = JSON.parse(String(await stored('patients', 'notes', row.id)))
    expect(await acme.$encryption.open('Patient', 'notes', text)).toEqual(ann.notes)
    expect(await acme.$encryption.open('Patient', 'ssn', null)).toBeNull()
  })

  test('refuses a value that is not an envelope', async () => {
    expect(await refusal(acme.$encryption.open('Patient', 'ssn', '123'))).toMatchObject({
      code: 'ENVELOPE_NOT_AN_ENVELOPE',
    })
  })
})

describe('openRows', () => {
  const select = 'SELECT id, tenant_id, email_sealed, ssn, notes, photo_sealed, age FROM patients WHERE id = ?'

  test('opens rows of $queryRaw by column names, and leaves the given rows alone', async () => {
    const fresh = await acme.patient.create({ data: ann })
    const rows = await prisma.$queryRaw<Record<string, unknown>[]>`
      SELECT id, tenant_id, email_sealed, ssn, notes, photo_sealed, age FROM patients WHERE id = ${fresh.id}`
    const before = structuredClone(rows)
    expect(await prisma.$encryption.openRows('Patient', rows)).toEqual([
      {
        id: fresh.id,
        tenant_id: 'acme',
        email_sealed: 'ann',
        ssn: '123',
        notes: ann.notes,
        photo_sealed: ann.photo,
        age: rows[0]?.age,
      },
    ])
    expect(rows).toEqual(before)
  })

  test('opens rows by field names, and rows from a plain driver', async () => {
    const fresh = await acme.patient.create({ data: ann })
    const rows = await prisma.$queryRaw<{ email: string; tenantId: string }[]>`
      SELECT email_sealed AS "email", tenant_id AS "tenantId" FROM patients WHERE id = ${fresh.id}`
    expect(await prisma.$encryption.openRows('Patient', rows)).toEqual([{ email: 'ann', tenantId: 'acme' }])
    const raw = await database.query(select, [fresh.id])
    expect(await prisma.$encryption.openRows('Patient', raw)).toMatchObject([{ ssn: '123', notes: ann.notes }])
  })

  test('needs to know which tenant owns the rows', async () => {
    const rows = await prisma.$queryRaw<{ ssn: string }[]>`SELECT ssn FROM patients WHERE id = ${id}`
    expect(await refusal(prisma.$encryption.openRows('Patient', rows))).toMatchObject({
      message: expect.stringContaining('Select their tenant column, tenant_id, in the SQL as well; or call openRows'),
      code: 'ENVELOPE_TENANT_REQUIRED',
    })
    expect(await acme.$encryption.openRows('Patient', rows)).toHaveLength(1)
    expect(await refusal(globex.$encryption.openRows('Patient', rows))).toMatchObject({
      code: 'ENVELOPE_TENANT_MISMATCH',
    })
    expect(await prisma.$encryption.openRows('Patient', [{ id: 1, ssn: null }])).toEqual([{ id: 1, ssn: null }])
  })

  test("does not open another tenant's rows through a bound client", async () => {
    const rows = await database.query(select, [id])
    expect(await refusal(globex.$encryption.openRows('Patient', rows))).toMatchObject({
      code: 'ENVELOPE_TENANT_MISMATCH',
    })
  })

  test('asks KMS once for many rows', async () => {
    await acme.patient.createMany({ data: Array.from({ length: 20 }, () => ann) })
    const rows = await database.query('SELECT * FROM patients')
    prisma.$encryption.evict('acme')
    const calls = await kmsCallsOf(() => prisma.$encryption.openRows('Patient', rows))
    expect(calls.filter((name) => name === 'Decrypt')).toEqual(['Decrypt'])
  })
})

describe('on a bound client', () => {
  const bound = [
    ['a view', (work: (client: typeof prisma) => unknown) => work(acme)],
    ['inside runWithTenant', (work: (client: typeof prisma) => unknown) => runWithTenant('acme', () => work(prisma))],
  ] as const

  test.each(bound)('%s: no verb acts for another tenant, and all act for its own', async (_how, run) => {
    const other = { tenant: 'globex' }
    const sealed = await globex.$encryption.seal('Patient', 'ssn', '1')
    for (const [code, work] of [
      ['ENVELOPE_TENANT_BOUND', (client) => client.$encryption.evict('globex')],
      ['ENVELOPE_TENANT_BOUND', (client) => client.$encryption.close()],
      ['ENVELOPE_TENANT_BOUND', (client) => client.$encryption.indexCheck('globex')],
      ['ENVELOPE_TENANT_CONFLICT', (client) => client.$encryption.seal('Patient', 'ssn', '1', other)],
      ['ENVELOPE_TENANT_CONFLICT', (client) => client.$encryption.open('Patient', 'ssn', sealed, other)],
      ['ENVELOPE_TENANT_CONFLICT', (client) => client.$encryption.index('Patient', 'email', 'a', other)],
      ['ENVELOPE_TENANT_MISMATCH', (client) => client.$encryption.open('Patient', 'ssn', sealed)],
      [
        'ENVELOPE_TENANT_MISMATCH',
        (client) => client.$encryption.openRows('Patient', [{ ssn: sealed, tenantId: 'globex' }]),
      ],
    ] satisfies [string, (client: typeof prisma) => unknown][]) {
      expect(await refusal(async () => run(work)), String(work)).toMatchObject({ code })
    }
    await run(async (client) => {
      client.$encryption.evict('acme')
      await client.$encryption.indexCheck('acme')
      await client.$encryption.idle()
      expect(client.$encryption.stats().sealed).toBeGreaterThan(0)
      expect(await client.$encryption.seal('Patient', 'ssn', '1')).toMatch(/^pe1:/)
    })
    // Nobody's keys were dropped: no call to KMS.
    expect(await kmsCallsOf(() => globex.$encryption.open('Patient', 'ssn', sealed))).toEqual([])
  })
})

test('raw SQL is passed on as it is', async () => {
  const rows = await prisma.$queryRawUnsafe<{ ssn: string }[]>('SELECT ssn FROM patients LIMIT 1')
  expect(rows[0]?.ssn).toMatch(/^pe1:/)
  expect(await prisma.$executeRaw`UPDATE patients SET age = ${1} WHERE id = ${id}`).toBe(1)
})
