import { expect, test } from 'vitest'
import { postgresqlTypes } from '../support/postgresql-client.js'
import { openStage } from '../support/stage.js'

const stage = await openStage()
const { database, prisma } = stage

test.runIf(database.provider === 'postgresql')('lists move element by element, empty ones too', async () => {
  const [acme, globex] = [postgresqlTypes(stage.acme), postgresqlTypes(stage.globex)]
  const { move } = postgresqlTypes(prisma).$encryption
  const data = {
    allergies: ['a', '', 'b"\\'],
    events: [1, { b: '"\\' }],
    scans: [new Uint8Array([1]), new Uint8Array()],
  }
  const { id } = await acme.chart.create({ data })
  const { id: part } = await acme.chart.create({ data: { allergies: [], events: [], scans: [], parentId: id } })
  const before = await database.query('SELECT updated_at FROM charts ORDER BY id')
  const read = await acme.chart.findMany({ orderBy: { id: 'asc' } })
  const options = { model: 'Chart', id, to: 'globex', with: ['Chart'] }
  const moved = await (move as unknown as (given: object) => Promise<unknown>)(options)
  expect(moved).toMatchObject({ moved: true, models: [{ model: 'Chart', rows: 2 }] })
  expect(await globex.chart.findMany({ orderBy: { id: 'asc' } })).toEqual(
    read.map((row) => ({ ...row, tenantId: 'globex' })),
  )
  expect(await database.query('SELECT updated_at FROM charts ORDER BY id')).toEqual(before)
  expect([await acme.chart.count(), part > id]).toEqual([0, true])
  expect(await prisma.$encryption.verify()).toMatchObject({ skipped: {} })
})
