import { beforeAll, describe, expect, test } from 'vitest'
import { fieldEncryption } from '../../src/prisma/extension.js'
import { encryptedModels, PrismaClient } from '../support/client.js'
import { recordingAdapter } from '../support/recording-adapter.js'
import { anotherClient } from '../support/rotation.js'
import { asPlain, openStage } from '../support/stage.js'

const stage = await openStage()
const { acme, database, kms } = stage

const NEXT = 'alias/tenant/acme-next'
await kms.createKey({ alias: NEXT })
const REPLACED = { current: NEXT, previous: ['alias/tenant/acme'] }

const { id } = await acme.patient.create({ data: { email: 'ann@example.com', ssn: '1' } })
await acme.visit.createMany({ data: ['flu', 'gout'].map((reason) => ({ tenantId: 'acme', patientId: id, reason })) })

/** The key is in what was asked of the database, not in the result, and the rows were rewrapped. */
describe('a row is rewrapped whatever was selected, and the result is what was asked for', () => {
  const cases: [string, number, unknown, (client: typeof acme) => unknown][] = [
    ['select', 1, [{ ssn: '1' }], (db) => db.patient.findMany({ select: { ssn: true } })],
    [
      'select that refuses the id',
      1,
      [{ ssn: '1' }],
      (db) => db.patient.findMany({ select: { id: false, ssn: true } }),
    ],
    ['select with the id', 1, [{ id, ssn: '1' }], (db) => db.patient.findMany({ select: { id: true, ssn: true } })],
    [
      'select of a relation only',
      2,
      [{ visits: [{ reason: 'flu' }, { reason: 'gout' }] }],
      (db) => db.patient.findMany({ select: { visits: { select: { reason: true }, orderBy: { id: 'asc' } } } }),
    ],
    [
      'nested select, both ways',
      2,
      { reason: 'flu', patient: { ssn: '1' } },
      (db) =>
        db.visit.findFirst({ select: { reason: true, patient: { select: { ssn: true } } }, orderBy: { id: 'asc' } }),
    ],
    [
      'fluent call',
      2,
      [{ reason: 'flu' }, { reason: 'gout' }],
      (db) => db.patient.findUnique({ where: { id } }).visits({ select: { reason: true }, orderBy: { id: 'asc' } }),
    ],
    [
      'write that returns',
      1,
      { ssn: '1' },
      (db) => db.patient.update({ where: { id }, data: { age: 0 }, select: { ssn: true } }),
    ],
    ['select of plain fields: none', 0, [{ age: 0 }], (db) => db.patient.findMany({ select: { age: true } })],
  ]
  test.each(cases)('%s', async (_what, rows, wanted, read) => {
    const at = anotherClient(stage, REPLACED)
    expect(await read(at.acme)).toEqual(wanted)
    await at.idle()
    expect(at.rewraps()).toMatchObject({ rewrapped: rows, failed: 0, overtaken: 0 })
    await at.close()
    // Everything stale again for the next.
    const back = anotherClient(stage, { current: 'alias/tenant/acme', previous: [NEXT] })
    await back.acme.patient.findMany({ include: { visits: true } })
    await back.idle()
    await back.close()
  })

  test('omit, also by the client’s own option', async () => {
    const at = anotherClient(stage, REPLACED)
    const [row] = await at.acme.patient.findMany({ omit: { id: true, tenantId: true } })
    await at.idle()
    expect(at.rewraps()).toMatchObject({ rewrapped: 1 })
    expect(row).toMatchObject({ ssn: '1' })
    expect(row).not.toHaveProperty('id')
    expect(row).not.toHaveProperty('tenantId')
    await at.close()

    const plain = new PrismaClient({
      adapter: recordingAdapter(database.adapter()).factory,
      omit: { patient: { id: true }, visit: { id: true, patientId: true } },
    })
    const omitting = plain.$extends(
      fieldEncryption({
        models: encryptedModels,
        app: 'test',
        kms: kms.provider,
        indexCmk: 'alias/index',
        cmk: { current: 'alias/tenant/acme', previous: [NEXT] },
      }),
    )
    const [whole] = await omitting.$forTenant('acme').patient.findMany({ include: { visits: true } })
    await omitting.$encryption.idle()
    expect(omitting.$encryption.stats().rewrap).toMatchObject({ rewrapped: 1, failed: 0 })
    expect(Object.keys(whole ?? {})).not.toContain('id')
    expect(Object.keys(whole?.visits[0] ?? {})).not.toContain('id')
    await plain.$disconnect()
  })
})

describe('batching', () => {
  let ids: string[] = []
  beforeAll(async () => {
    const data = [1, 2, 3].map((i) => ({ id: `b${i}`, email: `b${i}@example.com` }))
    await acme.patient.createMany({ data })
    ids = data.map(({ id }) => id)
  })

  test('of findUnique calls in one tick stays, though their selection grows', async () => {
    const at = anotherClient(stage, REPLACED)
    await at.acme.patient.findMany()
    await at.idle()
    at.statements.length = 0
    const client = asPlain(at.acme)
    const read = await Promise.all(
      ids.map((one) => client.patient.findUnique({ where: { id: one }, select: { email: true } })),
    )
    expect(read).toEqual([1, 2, 3].map((i) => ({ email: `b${i}@example.com` })))
    expect(at.statements).toHaveLength(1)
    await at.close()
  })
})
