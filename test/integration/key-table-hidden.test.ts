import { expect, test, vi } from 'vitest'
import { parseEnvelope } from '../../src/envelope/index.js'
import { keysClient, openKeysStage } from '../support/keys-stage.js'
import { binaryOf } from '../support/stage.js'

// What no release of Prisma does yet: not to say of a call whether it is part of a transaction.
vi.mock('../../src/prisma/internals.js', async (original) => ({
  ...(await original<typeof import('../../src/prisma/internals.js')>()),
  internalParamsOf: () => undefined,
}))

const { database, kms, statements } = await openKeysStage()

async function placementOf(id: string): Promise<'inline' | 'table'> {
  const [row] = await database.query(`SELECT ssn AS value FROM patients WHERE id = '${id}'`)
  return parseEnvelope(binaryOf(row?.value)).wrapped === undefined ? 'table' : 'inline'
}

test('where Prisma does not say whether a call is in a transaction, it is sealed without waiting for the key table', async () => {
  const { plain, prisma } = keysClient(database, kms)
  const acme = prisma.$forTenant('acme')
  statements.length = 0
  await acme.$transaction((tx) => tx.patient.create({ data: { id: 'in', email: 'a@example.com', ssn: '1' } }))
  await acme.patient.create({ data: { id: 'out', email: 'b@example.com', ssn: '2' } })
  expect([await placementOf('in'), await placementOf('out')]).toEqual(['inline', 'inline'])
  expect(await plain.dataKey.count()).toBe(0)
  // A key of the table that is in memory is used, and its values are opened.
  await acme.$encryption.seal('Patient', 'ssn', 'outside of every call')
  await acme.patient.create({ data: { id: 'warm', email: 'c@example.com', ssn: '3' } })
  expect(await placementOf('warm')).toBe('table')
  prisma.$encryption.evict('acme')
  const found = await acme.patient.findMany({ orderBy: { id: 'asc' } })
  expect(found.map(({ ssn }) => ssn)).toEqual(['1', '2', '3'])
  await plain.$disconnect()
})
