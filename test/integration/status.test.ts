import { expect, test } from 'vitest'
import { keysClient, openKeysStage } from '../support/keys-stage.js'
import { refusal } from '../support/stage.js'

const stage = await openKeysStage()
const { acme, database, globex, kms, plain, prisma } = stage

const NEXT = 'alias/tenant/next'
await kms.createKey({ alias: NEXT })

test('sums up models, values, tenants, and jobs that are not done', async () => {
  await acme.patient.create({ data: { email: 'a@example.com', ssn: '1' } })
  await acme.patient.create({ data: { email: 'b@example.com' } })
  await globex.patient.create({ data: { email: 'x@example.com', ssn: '2', notes: { a: 1 } } })
  const cmk = (tenant: string) =>
    tenant === 'globex' ? { current: NEXT, previous: ['alias/tenant/globex'] } : `alias/tenant/${tenant}`
  const at = keysClient(database, kms, { cmk, rewrap: 'off' })
  const controller = new AbortController()
  // Stopped after its first row, so that its position is kept.
  await at.prisma.$encryption.rewrap({
    rowsPerSecond: 1,
    signal: controller.signal,
    onProgress: () => controller.abort(),
  })
  const status = await at.prisma.$encryption.status({ tenants: ['initech'] })
  expect(status).toMatchObject({ app: 'test', keyTable: true, tenantCount: 2, totals: { values: 6, plaintext: 0 } })
  expect(status.models.find(({ model }) => model === 'Patient')).toEqual({
    model: 'Patient',
    fields: ['email', 'ssn', 'notes', 'photo'],
    indexes: ['emailIndex'],
  })
  expect(status.tenants.map(({ tenant, values, cmk, state }) => [tenant, values, cmk, state])).toEqual(
    expect.arrayContaining([
      ['acme', 3, 'alias/tenant/acme', 'Enabled'],
      ['globex', 3, NEXT, 'Enabled'],
    ]),
  )
  expect(status.tenants.at(-1)).toMatchObject({ tenant: 'initech', values: 0 })
  // The key as people know it, however the job keeps it.
  const [{ id: first } = { id: '' }] = await plain.patient.findMany({ orderBy: { id: 'asc' }, take: 1 })
  expect(status.jobs).toEqual([
    { job: 'rewrap', position: { model: 'Patient', after: [first] }, changedAt: expect.any(String) },
  ])
  expect(JSON.stringify(status)).not.toContain('@example.com')
  expect(await prisma.$encryption.jobs()).toEqual(status.jobs)
  await at.prisma.$encryption.rewrap()
  const done = await at.prisma.$encryption.status()
  expect(done.jobs).toEqual([])
  expect(done.totals.outdated).toBe(0)
  await at.plain.$disconnect()
})

test('forgets a job that keeps a position, and no other', async () => {
  const stop = () => {
    const controller = new AbortController()
    return { signal: controller.signal, onProgress: () => controller.abort() }
  }
  const { jobs, forgetJob, verify } = prisma.$encryption
  for (const checkpoint of ['mine', 'other']) await verify({ checkpoint, rowsPerSecond: 1, ...stop() })
  const names = async () => (await jobs()).map(({ job }) => job).sort()
  expect(await names()).toEqual(['mine', 'other'])
  const refused = await refusal(forgetJob('min'))
  expect(refused).toMatchObject({ code: 'ENVELOPE_CONFIG_INVALID' })
  expect(refused.message).toContain('"mine"')
  expect(await names()).toEqual(['mine', 'other'])
  await forgetJob('mine')
  expect(await names()).toEqual(['other'])
  for (const call of [() => acme.$encryption.jobs(), () => acme.$encryption.forgetJob('other')])
    expect(await refusal(call())).toMatchObject({ code: 'ENVELOPE_TENANT_BOUND' })
  await forgetJob('other')
})

test('of a bound client, its own tenant and no jobs; unknown options are refused', async () => {
  const { tenants, jobs } = await acme.$encryption.status()
  expect(tenants.map(({ tenant }) => tenant)).toEqual(['acme'])
  expect(jobs).toEqual([])
  expect(await refusal(prisma.$encryption.status({ tenant: 'acme' } as object))).toMatchObject({
    code: 'ENVELOPE_CONFIG_INVALID',
  })
})
