import { describe, expect, it } from 'vitest'
import { hasReturning } from '../support/client.js'
import { openKeysStage } from '../support/keys-stage.js'
import { refusal } from '../support/stage.js'

const { plain, prisma, acme, statements } = await openKeysStage({ requireTenant: true })

const id = new Uint8Array(16)
const where = { id }
const data = { id, reserved: 0n }

type Client = typeof prisma
type Count = Client['dataKeyCount']

const operations: [string, (count: Count) => PromiseLike<unknown>][] = [
  ['findUnique', (count) => count.findUnique({ where })],
  ['findUniqueOrThrow', (count) => count.findUniqueOrThrow({ where })],
  ['findFirst', (count) => count.findFirst()],
  ['findFirstOrThrow', (count) => count.findFirstOrThrow()],
  ['findMany', (count) => count.findMany({ where: { reserved: { gt: 0n } } })],
  ['create', (count) => count.create({ data })],
  ['createMany', (count) => count.createMany({ data: [data] })],
  ['update', (count) => count.update({ where, data: { reserved: 1n } })],
  ['updateMany', (count) => count.updateMany({ data: { reserved: 1n } })],
  ['upsert', (count) => count.upsert({ where, create: data, update: {} })],
  ['delete', (count) => count.delete({ where })],
  ['deleteMany', (count) => count.deleteMany()],
  ['count', (count) => count.count()],
  ['aggregate', (count) => count.aggregate({ _sum: { reserved: true } })],
  ['groupBy', (count) => count.groupBy({ by: ['id'] })],
]
if (hasReturning) {
  operations.push(
    ['createManyAndReturn', (count) => count.createManyAndReturn({ data: [data] })],
    ['updateManyAndReturn', (count) => count.updateManyAndReturn({ data: { reserved: 1n } })],
  )
}

describe('the key table through the extended client', () => {
  it.each(operations)('%s is refused, before any SQL', async (operation, call) => {
    statements.length = 0
    for (const client of [prisma, acme]) {
      const error = await refusal(call(client.dataKeyCount))
      expect(error).toMatchObject({ code: 'ENVELOPE_CONFIG_INVALID', model: 'DataKeyCount' })
      expect(error.message).toBe(
        `DataKeyCount.${operation}: DataKeyCount belongs to prisma-envelope itself, has rows of all tenants, and calls on it are refused here. To look at it, use the client without fieldEncryption.`,
      )
    }
    expect(statements).toEqual([])
  })

  it('the keys as well as the counts, in transactions too', async () => {
    expect(await refusal(acme.dataKey.findMany())).toMatchObject({ code: 'ENVELOPE_CONFIG_INVALID', model: 'DataKey' })
    expect(await refusal(acme.$transaction([acme.dataKey.count()]))).toMatchObject({ model: 'DataKey' })
    expect(await refusal(acme.$transaction((tx) => tx.dataKey.deleteMany()))).toMatchObject({ model: 'DataKey' })
  })

  it('is reached by the client without the extension', async () => {
    await plain.dataKeyCount.create({ data })
    expect(await plain.dataKeyCount.count()).toBe(1)
  })
})
