import { beforeEach, describe, expect, test } from 'vitest'
import { encryptedClient } from '../support/encrypted-client.js'
import { refusal } from '../support/stage.js'
import { openCrossedStage } from './tenant-filter-stage.js'

/**
 * A foreign key that holds the tenant column gives a row the tenant of the row it is linked to. Linking a row that is
 * there already must not move it to another tenant: its envelopes would not open there.
 */
const { database, fill, foreignRows, kms, prisma, sqlOf } = await openCrossedStage()
beforeEach(fill)

/** Which tenant owns the rows. The patient `pa`, its visit and the clinic `ca` are acme's; `pg`, its visit and `cg` globex's. */
async function owners(): Promise<unknown> {
  const patients = await database.query('SELECT id, tenant_id FROM patients ORDER BY id')
  const visits = await database.query('SELECT id, tenant_id FROM visits ORDER BY id')
  return { patients, visits }
}

async function refusedUnsent(call: () => PromiseLike<unknown>): Promise<unknown> {
  const before = await owners()
  let code: unknown
  const sent = await sqlOf(async () => {
    code = (await refusal(call)).code
  })
  expect(sent).toEqual([])
  expect(await owners()).toEqual(before)
  return code
}

const REQUIRED = 'ENVELOPE_TENANT_REQUIRED'
const CHANGED = 'ENVELOPE_TENANT_CHANGED'
const where = { id: 'pa' }
const clinic = { id: 'cg' }
const create = { tenantId: 'globex', name: 'new' }

describe('an unbound update that links a row is refused, unless it names the row’s tenant', () => {
  const links: [string, object][] = [
    ['connect', { connect: clinic }],
    ['connectOrCreate', { connectOrCreate: { where: clinic, create: { name: 'new' } } }],
    ['create', { create: { name: 'new' } }],
    ['upsert', { upsert: { create: { name: 'new' }, update: {} } }],
  ]

  test.each(links)('%s', async (_, link) => {
    const data = { clinic: link } as object
    expect(await refusedUnsent(() => prisma.patient.update({ where, data }))).toBe(REQUIRED)
  })

  test.each(links)('%s in a nested update, an upsert, a nested upsert', async (_, link) => {
    const data = { clinic: link } as object
    const row = { tenantId: 'acme', email: 'e' }
    const ofMentee = (mentees: object) => () => prisma.patient.update({ where, data: { mentees } })
    for (const call of [
      () => prisma.patient.upsert({ where, create: row, update: data }),
      ofMentee({ update: { where: { id: 'ma' }, data } }),
      ofMentee({ upsert: { where: { id: 'ma' }, create: row, update: data } }),
      () => prisma.patient.update({ where: { id: 'ma' }, data: { mentor: { update: data } } }),
      () => prisma.patient.update({ where: { id: 'ma' }, data: { mentor: { update: { where: {}, data } } } }),
      () => prisma.patient.update({ where: { id: 'ma' }, data: { mentor: { upsert: { create: row, update: data } } } }),
    ])
      expect(await refusedUnsent(call)).toBe(REQUIRED)
  })

  test.each<[string, object]>([
    ['connect', { connect: { tenantId_id: { tenantId: 'globex', id: 'cg' } } }],
    ['create', { create }],
    ['connectOrCreate', { connectOrCreate: { where: clinic, create } }],
    ['upsert', { upsert: { create, update: {} } }],
  ])('%s of a row of another tenant than the filter says', async (_, link) => {
    const data = { clinic: link } as object
    expect(await refusedUnsent(() => prisma.patient.update({ where: { ...where, tenantId: 'acme' }, data }))).toBe(
      CHANGED,
    )
    expect(await refusedUnsent(() => prisma.patient.update({ where, data }))).toMatch(/_CHANGED|_REQUIRED/)
  })

  test('with the tenant in the filter it reaches rows of that tenant only', async () => {
    const own = { ...where, tenantId: 'acme' }
    const before = await owners()
    const foreign = prisma.patient.update({ where: own, data: { clinic: { connect: clinic } } })
    await expect(foreign).rejects.toMatchObject({ code: 'P2025' })
    await prisma.patient.update({ where: own, data: { clinic: { connect: { id: 'ca' } } } })
    await prisma.patient.update({ where: own, data: { clinic: { create: { tenantId: 'acme', name: 'new' } } } })
    expect(await owners()).toEqual(before)
  })
})

describe('a list that gives its rows their tenant accepts rows of that tenant only', () => {
  test('an unbound update that does not name the parent’s tenant is refused', async () => {
    const row = { id: 'n', email: 'e' }
    for (const patients of [{ connect: where }, { set: [where] }, { connectOrCreate: { where, create: row } }])
      expect(await refusedUnsent(() => prisma.clinic.update({ where: clinic, data: { patients } as object }))).toBe(
        REQUIRED,
      )
  })

  test('with the tenant in the filter, or in the new row, foreign rows are not found', async () => {
    const before = await owners()
    const globex = { ...clinic, tenantId: 'globex' }
    const patients = { connect: where }
    for (const call of [
      () => prisma.clinic.update({ where: globex, data: { patients } }),
      () => prisma.clinic.create({ data: { ...create, patients } }),
    ])
      await expect(call()).rejects.toMatchObject({ code: expect.stringMatching(/P2018|P2025/) })
    const either = { connectOrCreate: { where, create: { ...where, email: 'e' } } }
    const taken = prisma.clinic.update({ where: globex, data: { patients: either } })
    await expect(taken).rejects.toMatchObject({ code: 'P2002' })
    const said = { connect: { ...where, tenantId: 'acme' } }
    expect(await refusedUnsent(() => prisma.clinic.update({ where: globex, data: { patients: said } }))).toBe(CHANGED)
    expect(await owners()).toEqual(before)
    await prisma.clinic.update({ where: globex, data: { patients: { connect: { id: 'mg' } } } })
    expect(await prisma.patient.count({ where: { clinicId: 'cg' } })).toBe(2)
  })

  test('also where the filter of bound clients is turned off', async () => {
    const open = encryptedClient(database, kms, { scope: false })
    const before = await owners()
    const view = open.prisma.$forTenant('acme')
    const connect = view.clinic.update({ where: { id: 'ca' }, data: { patients: { connect: { id: 'pg' } } } })
    await expect(connect).rejects.toMatchObject({ code: expect.stringMatching(/P2018|P2025|ENVELOPE/) })
    expect(await owners()).toEqual(before)
    await open.plain.$disconnect()
  })
})

describe('where only the option tenant names the owner', () => {
  test('a row is linked within that tenant', async () => {
    const { plain, prisma: assuming } = encryptedClient(database, kms, { tenant: 'acme' })
    const before = await owners()
    for (const call of [
      assuming.patient.update({ where: { id: 'pg' }, data: { clinic: { connect: { id: 'ca' } } } }),
      assuming.patient.update({ where, data: { clinic: { connect: clinic } } }),
      assuming.clinic.update({ where: { id: 'ca' }, data: { patients: { connect: { id: 'pg' } } } }),
      assuming.clinic.update({ where: clinic, data: { patients: { connect: where } } }),
      assuming.patient.create({ data: { email: 'e', clinic: { connect: clinic } } }),
    ]) {
      await expect(call).rejects.toMatchObject({ code: expect.stringMatching(/P2025|P2018/) })
    }
    expect(await owners()).toEqual(before)
    await assuming.patient.update({ where: { id: 'ma' }, data: { clinic: { connect: { id: 'ca' } } } })
    await assuming.patient.create({ data: { email: 'e', clinic: { connect: { id: 'ca' } } } })
    await plain.$disconnect()
  })

  test('an update seals nothing into a row of another tenant', async () => {
    const { plain, prisma: assuming } = encryptedClient(database, kms, { tenant: 'acme' })
    const before = await foreignRows()
    const row = { email: 'e', age: 7 }
    const patient = (data: object) => assuming.patient.update({ where, data })
    const calls: (() => PromiseLike<unknown>)[] = [
      () => assuming.patient.update({ where: { id: 'pg' }, data: row }),
      () => assuming.patient.upsert({ where: { id: 'pg' }, create: { id: 'pg', ...row }, update: row }),
      () => assuming.patient.upsert({ where: { id: 'pg' }, create: row, update: row, include: { visits: true } }),
      () => assuming.record.update({ where: { id: 'xr' }, data: { patient: { update: { ssn: 's' } } } }),
      () => assuming.record.update({ where: { id: 'xr' }, data: { patient: { update: { data: { ssn: 's' } } } } }),
      () => patient({ mentees: { update: { where: { id: 'yg' }, data: row } } }),
      () => patient({ mentees: { upsert: { where: { id: 'yg' }, create: { id: 'yg', ...row }, update: row } } }),
    ]
    for (const call of calls) {
      await expect((async () => call())(), `${call}`).rejects.toMatchObject({
        code: expect.stringMatching(/^(P2025|P2002|P2018|P2017|ENVELOPE_TENANT_MISMATCH)$/),
      })
    }
    await patient({ mentees: { updateMany: { where: {}, data: { age: 7 } } } })
    expect(await assuming.patient.updateMany({ data: row })).toEqual({ count: 3 })
    expect(await assuming.patient.updateMany({ where: { id: 'pg' }, data: row })).toEqual({ count: 0 })
    expect(await foreignRows()).toEqual(before)
    await plain.$disconnect()
  })

  test('an update is of the tenant that its filter says', async () => {
    const { plain, prisma: assuming } = encryptedClient(database, kms, { tenant: 'acme' })
    await assuming.patient.update({ where: { id: 'pg', tenantId: 'globex' }, data: { ssn: 'new' } })
    expect(await assuming.patient.findUnique({ where: { id: 'pg' }, select: { ssn: true } })).toEqual({ ssn: 'new' })
    await plain.$disconnect()
  })
})

test('a bound client links rows as before', async () => {
  const acme = prisma.$forTenant('acme')
  const before = await owners()
  await acme.patient.update({ where, data: { clinic: { connect: { id: 'ca' } } } })
  await acme.patient.update({ where, data: { clinic: { create: { name: 'new' } as never } } })
  await acme.clinic.update({ where: { id: 'ca' }, data: { patients: { connect: { id: 'ma' } } } })
  expect(await owners()).toEqual(before)
})
