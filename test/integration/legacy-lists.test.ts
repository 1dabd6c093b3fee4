import { describe, expect, test } from 'vitest'
import { changedModels } from '../support/changed-models.js'
import type { TestOptions } from '../support/encrypted-client.js'
import { postgresqlTypes } from '../support/postgresql-client.js'
import { anotherClient } from '../support/rotation.js'
import { openStage, refusal } from '../support/stage.js'

const stage = await openStage()
const { database, kms } = stage
const plain = postgresqlTypes(stage.plain)
const isPostgresql = database.provider === 'postgresql'

const OLD = 'alias/tenant/acme'
const { arn: next } = await kms.createKey({ alias: 'alias/tenant/acme-next' })

const FIELDS = ['allergies', 'events', 'scans', 'codes', 'documents', 'stamps', 'summary', 'nothing']

/** A client for whose schema the lists are on the way in, or out. */
function clientWith(change: object, cmk?: Parameters<typeof anotherClient>[1]) {
  const changes = Object.fromEntries(FIELDS.map((field) => [`Chart.${field}`, change]))
  const options: object = isPostgresql ? { models: changedModels(changes) } : {}
  const client = anotherClient(stage, cmk, options as TestOptions)
  return { ...client, acme: postgresqlTypes(client.acme) }
}

const bytes = (...values: number[]) => Uint8Array.from(values)
const lists = { allergies: ['a', 'pe'], events: [1, null, { b: ['pe1:'] }, 'text'], scans: [bytes(), bytes(1, 2)] }
const own = { allergies: true, events: true, scans: true }
const legacy = clientWith({ legacy: { until: '2999-12-31' } })

describe.runIf(isPostgresql)('lists that hold plaintext', () => {
  const plainRow = () => plain.chart.create({ data: { tenantId: 'acme', ...lists } as never })

  test('are read, and what is pushed is sealed beside it', async () => {
    const { id } = await plainRow()
    const select = own
    expect(await legacy.acme.chart.findUnique({ where: { id }, select })).toEqual(lists)
    const data = { allergies: { push: 'new' }, events: { push: { n: 1 } }, scans: { push: bytes(9) } }
    await legacy.acme.chart.update({ where: { id }, data })
    const read = await legacy.acme.chart.findUnique({ where: { id }, select })
    expect(read).toEqual({
      allergies: [...lists.allergies, 'new'],
      events: [...lists.events, { n: 1 }],
      scans: [...lists.scans, bytes(9)],
    })
    const raw = await plain.chart.findUniqueOrThrow({ where: { id }, select })
    expect(raw.allergies.map((value) => value.startsWith('pe1:'))).toEqual([false, false, true])
    const strict = postgresqlTypes(stage.acme).chart.findUnique({ where: { id }, select })
    expect(await refusal(strict)).toMatchObject({ code: 'ENVELOPE_NOT_AN_ENVELOPE' })
  })

  test('with a damaged envelope among them are an error', async () => {
    const { id } = await plainRow()
    await plain.chart.update({ where: { id }, data: { allergies: ['a', 'pe1:AAAA'] } })
    expect(await refusal(legacy.acme.chart.findUnique({ where: { id } }))).toMatchObject({ field: 'allergies' })
  })

  test('are rewrapped as they are read, but documents, whose list may hold what is no text', async () => {
    const { id } = await plainRow()
    const data = { allergies: { push: 'new' }, events: { push: { n: 1 } } }
    await legacy.acme.chart.update({ where: { id }, data })
    const rotated = clientWith({ legacy: { until: '2999-12-31' } }, { current: next, previous: [OLD] })
    const before = await plain.chart.findUniqueOrThrow({ where: { id } })
    await rotated.acme.chart.findUnique({ where: { id } })
    await rotated.idle()
    expect(rotated.rewraps()).toMatchObject({ rewrapped: 1, failed: 0 })
    const after = await plain.chart.findUniqueOrThrow({ where: { id } })
    expect(after.allergies.slice(0, 2)).toEqual(lists.allergies)
    expect(after.allergies[2]).not.toBe(before.allergies[2])
    expect(after.events).toEqual(before.events)
    await rotated.close()
  })

  test('are written in plaintext on the way out', async () => {
    const out = clientWith({ write: 'plain' })
    const { id } = await postgresqlTypes(stage.acme).chart.create({ data: { allergies: ['sealed'] } })
    await out.acme.chart.update({
      where: { id },
      data: { allergies: { push: 'open' }, events: { set: [1] }, scans: { set: [bytes(7)] } },
    })
    const read = await out.acme.chart.findUnique({ where: { id }, select: own })
    expect(read).toEqual({ allergies: ['sealed', 'open'], events: [1], scans: [bytes(7)] })
    const raw = await plain.chart.findUniqueOrThrow({ where: { id } })
    expect(raw).toMatchObject({ allergies: [expect.stringMatching(/^pe1:/), 'open'], events: [1], scans: [bytes(7)] })
    await out.close()
  })
})
