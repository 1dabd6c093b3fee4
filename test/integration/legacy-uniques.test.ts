import { beforeEach, describe, expect, test } from 'vitest'
import { fieldEncryption } from '../../src/prisma/extension.js'
import type { IndexEntry } from '../../src/schema/model-map.js'
import { changedModels, withSsnIndex } from '../support/changed-models.js'
import { hasReturning } from '../support/client.js'
import { testOptions } from '../support/encrypted-client.js'
import { openStage, refusal } from '../support/stage.js'

const { countRows, database, kms, plain, statements } = await openStage()

const folds = database.provider === 'mysql'
const clientOf = (index: Partial<IndexEntry> = {}, unique = true) => {
  const legacy = { legacy: { until: '2999-12-31', ...(folds && { folds: true as const }) } }
  const models = withSsnIndex(changedModels({ 'Patient.ssn': legacy, 'Patient.email': legacy }), index, unique)
  return plain.$extends(fieldEncryption({ models, ...testOptions(kms) }))
}
const prisma = clientOf()
const acme = prisma.$forTenant('acme')

const old = 'the old value'
beforeEach(async () => {
  await plain.patient.deleteMany()
  for (const [id, tenantId, ssn] of [
    ['twin', 'acme', old],
    ['other', 'acme', 'another'],
    ['foreign', 'globex', 'foreign'],
  ] as const) {
    await plain.patient.create({ data: { id, tenantId, email: 'e', ssn } })
  }
})

const taken = { code: 'ENVELOPE_NOT_UNIQUE', model: 'Patient', field: 'ssn' }
const data = { email: 'e', ssn: old }
const where = { id: 'other' }

describe.skipIf(folds)('a value that a row still holds in plaintext is not written to another', () => {
  test.each<[string, () => unknown]>([
    ['create', () => acme.patient.create({ data })],
    ['createMany', () => acme.patient.createMany({ data: [{ email: 'e', ssn: 'first' }, data, { email: 'e' }] })],
    ['update', () => acme.patient.update({ where, data: { ssn: old } })],
    [
      'update with set',
      () =>
        acme.patient.update({ where: { tenantId_id: { tenantId: 'acme', id: 'other' } }, data: { ssn: { set: old } } }),
    ],
    ['updateMany', () => acme.patient.updateMany({ where: { id: 'other' }, data: { ssn: old } })],
    ['upsert that creates', () => acme.patient.upsert({ where: { id: 'new' }, create: data, update: {} })],
    ['upsert that updates', () => acme.patient.upsert({ where, create: { email: 'e' }, update: { ssn: old } })],
    ['a nested create', () => acme.patient.create({ data: { email: 'e', mentees: { create: data } } })],
    [
      'a nested update',
      () => acme.patient.update({ where, data: { mentees: { update: { where: { id: 'x' }, data: { ssn: old } } } } }),
    ],
    ['a nested update of one', () => acme.visit.create({ data: { reason: 'r', patient: { create: data } } })],
    [
      'connectOrCreate',
      () =>
        acme.patient.update({ where, data: { mentor: { connectOrCreate: { where: { id: 'new' }, create: data } } } }),
    ],
    [
      'a nested updateMany, whose filter the twin meets too',
      () =>
        acme.patient.update({
          where,
          data: { mentees: { updateMany: { where: { age: 0 }, data: { ssn: old } } } },
        }),
    ],
    ['in a transaction', () => acme.$transaction(async (tx) => tx.patient.create({ data }))],
    ['by an unbound client', () => prisma.patient.create({ data: { ...data, tenantId: 'acme' } })],
  ])('%s', async (_, call) => {
    const error = await refusal(call)
    expect(error).toMatchObject(taken)
    expect(error.message).not.toContain(old)
    expect(await countRows('patients')).toBe(3)
    expect(await plain.patient.findUnique({ where, select: { ssn: true } })).toEqual({ ssn: 'another' })
  })

  test.runIf(hasReturning)('createManyAndReturn', async () => {
    expect(await refusal(acme.patient.createManyAndReturn({ data: [data] }))).toMatchObject(taken)
  })

  test('but to the row itself', async () => {
    const twin = { id: 'twin' }
    await acme.patient.update({ where: twin, data: { ssn: old } })
    expect(await acme.patient.findFirst({ where: { ssn: old } as never })).toMatchObject(twin)
    await plain.patient.update({ where: twin, data: { ssn: old, photo: null } })
    await acme.patient.upsert({ where: twin, create: data, update: { ssn: old } })
    await plain.patient.update({ where: twin, data: { ssn: old, photo: null } })
    await acme.patient.updateMany({ where: { ...twin, ssn: old } as never, data: { ssn: old } })
    await plain.patient.update({ where: twin, data: { ssn: old, photo: null } })
    await acme.patient.update({ where: { tenantId_id: { tenantId: 'acme', id: 'twin' } }, data: { ssn: old } })
  })

  test('and to rows of other tenants, unless the index is global', async () => {
    await acme.patient.create({ data: { email: 'e', ssn: 'foreign' } })
    const call = () =>
      clientOf({ scope: 'global' })
        .$forTenant('acme')
        .patient.create({ data: { email: 'e', ssn: 'foreign' } })
    expect(await refusal(call)).toMatchObject(taken)
  })

  test('rows of one call are looked up at once', async () => {
    const rows = Array.from({ length: 50 }, (_, at) => ({ email: 'e', ssn: `row ${at}` }))
    statements.length = 0
    await acme.patient.createMany({ data: rows })
    expect(statements.filter(({ sql }) => /^SELECT/i.test(sql))).toHaveLength(1)
  })

  test('more rows than a statement takes parameters are looked up in several', async () => {
    const rows = Array.from({ length: 33_000 }, (_, at) => ({ email: 'e', ssn: `row ${at}` }))
    expect(await refusal(acme.patient.createMany({ data: [...rows, data] }))).toMatchObject(taken)
  })
})

test('nothing is looked up for an index that is not unique, or does not compare as the column does', async () => {
  for (const client of [clientOf({}, false), clientOf({ normalize: ['trim'] })]) {
    statements.length = 0
    await client.$forTenant('acme').patient.createMany({ data: [data] })
    expect(statements.filter(({ sql }) => /^SELECT/i.test(sql))).toEqual([])
  }
})
