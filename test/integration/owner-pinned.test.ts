import { expect, test } from 'vitest'
import { openCompany } from '../support/company-stage.js'

const { prisma, sqlOf } = await openCompany()

/** The statements after the look-up that name the tenant's column. */
async function pinned(work: () => unknown): Promise<string[]> {
  const [, ...sent] = await sqlOf(work)
  return sent.filter((sql) => /orgId/.test(sql.slice(sql.indexOf('WHERE'))))
}

test('a row whose owner was looked up is written only if it has that owner still', async () => {
  await prisma.org.create({ data: { id: 'acme', name: 'Acme' } })
  const envelope = { create: { id: 'e', orgId: 'acme', subject: 'Contract' } }
  await prisma.recipient.create({ data: { token: 't', email: 'ann@acme.org', envelope } })

  expect(await pinned(() => prisma.recipient.update({ where: { token: 't' }, data: { name: 'Ann' } }))).not.toEqual([])
  const data = { token: 'u', email: 'bob@acme.org', envelope: { connect: { id: 'e' } } }
  expect(await pinned(() => prisma.recipient.create({ data }))).not.toEqual([])
  // There is nothing to seal, so nobody asks.
  expect(await pinned(() => prisma.recipient.update({ where: { token: 't' }, data: { order: 2 } }))).toEqual([])
})
