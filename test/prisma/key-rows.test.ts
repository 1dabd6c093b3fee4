import { expect, test } from 'vitest'
import type { NewKeyRow } from '../../src/keys/index.js'
import { keyRowsOf } from '../../src/prisma/key-rows.js'

const row: NewKeyRow = {
  id: '11'.repeat(16),
  owner: '22'.repeat(16),
  seq: 1n,
  section: Buffer.of(1),
  wrapTag: Buffer.alloc(12),
  cmkArn: undefined,
  tenant: 'acme',
  scope: 'tenant',
  createdAt: new Date(0),
}

/** A client whose count cannot be created, for a reason that Prisma gives this code, and is there or not. */
function clientWhereCounts(code: string, there: boolean) {
  const created: string[] = []
  const client = {
    dataKey: { create: async () => void created.push('key') },
    dataKeyCount: {
      create: () => Promise.reject(Object.assign(new Error('no'), { code })),
      updateMany: async () => ({ count: there ? 1 : 0 }),
    },
  }
  return { rows: keyRowsOf(client, { keys: 'DataKey', counts: 'DataKeyCount' }), created }
}

// A conflict of writes, which a database brings about when it pleases.
test('a key is not stored without a count: no other process could reserve of it', async () => {
  const { rows, created } = clientWhereCounts('P2034', false)
  expect(await rows.insert(row, 256)).toBe(false)
  expect(created).toEqual([])
})

test('a key that is restored goes on with the count that is there', async () => {
  const { rows, created } = clientWhereCounts('P2002', true)
  expect(await rows.insert(row, 256)).toBe(true)
  expect(created).toEqual(['key'])
})

test('any other failure is the caller’s', async () => {
  const { rows } = clientWhereCounts('P2021', false)
  await expect(rows.insert(row, 256)).rejects.toMatchObject({ code: 'P2021' })
})
