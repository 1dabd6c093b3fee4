import { expect, it } from 'vitest'
import type { MovedModel } from '../../src/operations/index.js'
import { moveStoreOf, type TransactionalClient } from '../../src/prisma/moved-rows.js'
import type { Models } from '../../src/prisma/query/index.js'

const table = { table: 't', schema: undefined, key: ['id'], columns: [], texts: ['id'] }

/** What a transaction is begun with, and what it sends before it reads. */
async function begun(provider: string): Promise<[object | undefined, string[]]> {
  let options: object | undefined
  const sent: string[] = []
  const inside = { $executeRawUnsafe: async (sql: string) => sent.push(sql) }
  const client = {
    $transaction: async (work: (tx: object) => Promise<void>, given: object) => {
      options = given
      await work(inside)
    },
  }
  const store = moveStoreOf({ provider } as Models, client as unknown as TransactionalClient)
  await store?.transaction(1_000, (rows) => rows.begin({ name: 'T', table } as unknown as MovedModel))
  return [options, sent]
}

it('reads what is committed, where rows are locked; SQLite is locked as a whole', async () => {
  const how = { timeout: 1_000, maxWait: expect.any(Number) }
  for (const provider of ['postgresql', 'mysql'])
    expect(await begun(provider)).toEqual([{ ...how, isolationLevel: 'ReadCommitted' }, []])
  expect(await begun('sqlite')).toEqual([how, ['UPDATE "t" SET "id" = "id" WHERE false']])
})

it('is for no other database', () => {
  for (const provider of ['cockroachdb', 'sqlserver'])
    expect(moveStoreOf({ provider } as Models, {} as TransactionalClient)).toBeUndefined()
})
