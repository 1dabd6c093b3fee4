import { expect, test } from 'vitest'
import { keyRowsOf } from '../../src/prisma/key-rows.js'
import { encryptedModels } from '../support/keys-client.js'
import { keysClient, openKeysStage } from '../support/keys-stage.js'
import { refusal } from '../support/stage.js'

const stage = await openKeysStage()
const { acme, database, globex, kms, plain } = stage
const { keyTable } = encryptedModels

const NEXT = 'alias/tenant/next'
await kms.createKey({ alias: NEXT })

test('all rows of the key table are rewrapped, and those of one tenant', async () => {
  await acme.patient.create({ data: { email: 'a@example.com' } })
  await globex.patient.create({ data: { email: 'x@example.com' } })
  const cmk = (tenant: string) => ({ current: NEXT, previous: [`alias/tenant/${tenant}`] })
  const at = keysClient(database, kms, { cmk, rewrap: 'off' })
  const rewrap = at.prisma.$encryption.rewrap
  expect((await rewrap({ dryRun: true })).keyTable).toEqual({ rewrapped: 2, fresh: 0, failed: 0 })
  expect((await rewrap({ tenant: 'acme' })).keyTable).toEqual({ rewrapped: 1, fresh: 0, failed: 0 })
  expect((await rewrap()).keyTable).toEqual({ rewrapped: 1, fresh: 1, failed: 0 })
  const cold = keysClient(database, kms, { cmk: NEXT })
  expect((await cold.prisma.$forTenant('globex').patient.findFirstOrThrow()).email).toBe('x@example.com')
  for (const client of [at, cold]) await client.plain.$disconnect()
})

test('its rows come page by page, each once; a row that is gone is not taken for the end', async () => {
  const rows = keyRowsOf(plain, keyTable)
  const [first] = await rows.page(undefined, undefined, 1)
  const [second] = await rows.page(first?.id, undefined, 1)
  expect([first?.id, second?.id].sort()).toEqual([first?.id, second?.id])
  expect(second?.id).not.toBe(first?.id)
  expect(await rows.page(second?.id, undefined, 1)).toEqual([])
  expect(await rows.page(first?.id, first?.owner, 5)).toEqual([])
  expect(await refusal(rows.page('00'.repeat(16), undefined, 1))).toMatchObject({
    code: 'ENVELOPE_KEY_TABLE_UNAVAILABLE',
  })
})
