import { beforeAll, expect, test } from 'vitest'
import { runWithTenant } from '../../src/tenancy/index.js'
import { encryptedClient } from '../support/encrypted-client.js'
import { asPlain, openStage } from '../support/stage.js'

const { acme, database, globex, kms, plain, prisma, statements } = await openStage()

let ids: string[] = []
let others: string[] = []
beforeAll(async () => {
  const rows = (tenant: string) =>
    Array.from({ length: 5 }, (_, i) => ({ id: `${tenant}-${i}`, email: `${tenant}${i}` }))
  const make = async (client: typeof acme, data: ReturnType<typeof rows>) => {
    await client.patient.createMany({ data })
    return data.map(({ id }) => id)
  }
  ids = await make(acme, rows('a'))
  others = await make(globex, rows('g'))
})

type Finder = Pick<typeof plain, 'patient'>
const findAll = (client: Finder, which = ids) =>
  Promise.all(which.map((id) => client.patient.findUnique({ where: { id }, select: { email: true } })))

async function statementsOf(work: () => Promise<unknown>): Promise<number> {
  statements.length = 0
  await work()
  return statements.length
}

test('the plain client answers findUnique calls of one tick with one statement', async () => {
  expect(await statementsOf(() => findAll(plain))).toBe(1)
})

test('so does the extended client with warm keys', async () => {
  expect(await statementsOf(() => findAll(asPlain(prisma)))).toBe(1)
  expect(await findAll(asPlain(prisma))).toEqual(ids.map((_, i) => ({ email: `a${i}` })))
})

test('so does a bound view, and several views of one tenant', async () => {
  expect(await statementsOf(() => findAll(asPlain(acme)))).toBe(1)
  const views = ids.map((id) => () => prisma.$forTenant('acme').patient.findUnique({ where: { id } }))
  expect(await statementsOf(() => Promise.all(views.map((find) => find())))).toBe(1)
})

test('so does runWithTenant', async () => {
  expect(await statementsOf(() => runWithTenant('acme', () => findAll(asPlain(prisma))))).toBe(1)
})

test('so does findUnique within a transaction', async () => {
  const sent = await statementsOf(() => acme.$transaction(async (tx) => findAll(asPlain(tx))))
  const plainly = await statementsOf(() => plain.$transaction(async (tx) => findAll(tx)))
  expect(sent).toBe(plainly)
})

test('reading does not depend on warm keys for it: keys are had after the rows', async () => {
  prisma.$encryption.evict('acme')
  expect(await statementsOf(() => findAll(asPlain(prisma)))).toBe(1)
})

test('the fluent API is batched as in the plain client', async () => {
  const visits = (client: Finder) => () =>
    Promise.all(ids.map((id) => client.patient.findUnique({ where: { id } }).visits()))
  const plainly = await statementsOf(visits(plain))
  expect(await statementsOf(visits(asPlain(prisma)))).toBe(plainly)
  expect(await statementsOf(visits(asPlain(acme)))).toBe(plainly)
})

test('two tenants in one tick get their own rows, each', async () => {
  const [a, g] = await Promise.all([findAll(asPlain(acme)), findAll(asPlain(globex), others)])
  expect(a.map((row) => row?.email)).toEqual(['a0', 'a1', 'a2', 'a3', 'a4'])
  expect(g.map((row) => row?.email)).toEqual(['g0', 'g1', 'g2', 'g3', 'g4'])
})

test('two tenants in one tick cost the statements that the plain client sends for all of them', async () => {
  const plainly = await statementsOf(() => findAll(plain, [...ids, ...others]))
  const both = () => Promise.all([findAll(asPlain(acme)), findAll(asPlain(globex), others)])
  expect(await statementsOf(both)).toBe(plainly)
})

test('one damaged row fails its own call of a batch, and no other', async () => {
  const { prisma: fresh, plain: raw } = encryptedClient(database, kms)
  const [first, ...rest] = ids
  const [before] = await database.query('SELECT email_sealed AS value FROM patients WHERE id = ?', [first ?? ''])
  await database.execute(`UPDATE patients SET email_sealed = 'plain' WHERE id = ?`, [first ?? ''])
  const outcomes = await Promise.allSettled(ids.map((id) => fresh.patient.findUnique({ where: { id } })))
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', ...rest.map(() => 'fulfilled')])
  await database.execute('UPDATE patients SET email_sealed = ? WHERE id = ?', [before?.value ?? '', first ?? ''])
  await raw.$disconnect()
})
