import { beforeEach, describe, expect, test } from 'vitest'
import { holdNext } from '../support/kms.js'
import { postgresqlTypes } from '../support/postgresql-client.js'
import { anotherClient, arnOf, tagOf, wrappingOf } from '../support/rotation.js'
import { openStage } from '../support/stage.js'

const stage = await openStage()
const { database, kms } = stage
const acme = postgresqlTypes(stage.acme)

const OLD = 'alias/tenant/acme'
const { arn: next } = await kms.createKey({ alias: 'alias/tenant/acme-next' })
const old = await arnOf(stage, OLD)
const REPLACED = { current: next, previous: [OLD] }
const bytes = (...values: number[]) => Uint8Array.from(values)

/** All elements of the three lists, in order. */
async function elements(id: number) {
  const rows = await database.query(
    `SELECT element AS value FROM charts, unnest(allergies_sealed) AS element WHERE id = $1 UNION ALL
     SELECT element #>> '{}' FROM charts, unnest(events) AS element WHERE id = $1 UNION ALL
     SELECT 'pe1:' || replace(encode(element, 'base64'), chr(10), '') FROM charts, unnest(scans) AS element WHERE id = $1`,
    [id],
  )
  return rows.map(({ value }) => wrappingOf(value))
}

async function updatedAt(id: number) {
  return database.query('SELECT updated_at FROM charts WHERE id = ?', [id])
}

describe.runIf(database.provider === 'postgresql')('the elements of lists', () => {
  const data = { allergies: ['a', 'b'], events: [1, { b: '"\\' }], scans: [bytes(1), bytes(2)] }

  beforeEach(() => database.execute('DELETE FROM charts'))

  test('are rewrapped together, in one statement, as the row is read', async () => {
    const { id } = await acme.chart.create({ data })
    const [before, time] = [await elements(id), await updatedAt(id)]
    const at = anotherClient(stage, REPLACED)
    expect(await postgresqlTypes(at.acme).chart.findUnique({ where: { id } })).toMatchObject(data)
    await at.idle()
    const after = await elements(id)
    expect(before.map(({ cmk }) => cmk)).toEqual(Array(6).fill(tagOf(old)))
    expect(after.map(({ cmk }) => cmk)).toEqual(Array(6).fill(tagOf(next)))
    expect(after.map(({ kept }) => kept)).toEqual(before.map(({ kept }) => kept))
    expect(await updatedAt(id)).toEqual(time)
    expect(at.updates()).toHaveLength(1)
    expect(at.rewraps()).toMatchObject({ rewrapped: 1, failed: 0 })
    expect(await postgresqlTypes(at.acme).chart.findUnique({ where: { id } })).toMatchObject(data)
    await at.close()
  })

  test('those that are fresh stay as they are beside those that are not', async () => {
    const { id } = await acme.chart.create({ data: { allergies: ['old', 'old too'] } })
    const at = anotherClient(stage, REPLACED)
    await postgresqlTypes(at.acme).chart.update({
      where: { id },
      data: { allergies: { push: 'new' } },
      select: { id: true },
    })
    const before = await elements(id)
    expect(before.map(({ cmk }) => cmk)).toEqual([old, old, next].map(tagOf))
    expect(await postgresqlTypes(at.acme).chart.findFirst({ select: { allergies: true } })).toEqual({
      allergies: ['old', 'old too', 'new'],
    })
    await at.idle()
    const after = await elements(id)
    expect(after.map(({ cmk }) => cmk)).toEqual([next, next, next].map(tagOf))
    expect(after.map(({ kept }) => kept)).toEqual(before.map(({ kept }) => kept))
    await at.close()
  })

  test('a push in the meantime wins: the list is left as it was written', async () => {
    const { id } = await acme.chart.create({ data: { allergies: ['a'] } })
    const at = anotherClient(stage, REPLACED)
    const { release } = holdNext(kms, 'ReEncrypt')
    await postgresqlTypes(at.acme).chart.findUnique({ where: { id } })
    await database.execute('UPDATE charts SET allergies_sealed = allergies_sealed || allergies_sealed WHERE id = ?', [
      id,
    ])
    release()
    await at.idle()
    expect((await elements(id)).map(({ cmk }) => cmk)).toEqual([old, old].map(tagOf))
    expect(at.rewraps()).toMatchObject({ rewrapped: 0, overtaken: 1 })
    await at.close()
  })

  test('a list of a thousand is rewrapped too', async () => {
    const allergies = Array.from({ length: 1000 }, (_, i) => `${i}`)
    const { id } = await acme.chart.create({ data: { allergies } })
    const at = anotherClient(stage, REPLACED)
    await postgresqlTypes(at.acme).chart.findUnique({ where: { id } })
    await at.idle()
    expect(new Set((await elements(id)).map(({ cmk }) => cmk))).toEqual(new Set([tagOf(next)]))
    await at.close()
  })
})
