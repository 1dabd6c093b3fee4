import { expect, test, vi } from 'vitest'
import { openRunbook } from './runbook.js'

// Each loads its deployments with a compiler of its own.
vi.setConfig({ testTimeout: 90_000 })

const CMK = "(tenant: string) => 'alias/clinic/' + tenant"
/** Of `Patient.ssn`, as the pages annotate it. */
const LEGACY = "changedModels({ 'Patient.ssn': { legacy: { until: '2999-12-31' } } })"
const PLAIN = "changedModels({ 'Patient.ssn': { write: 'plain' } })"
const select = { ssn: true }
const someRows = (of = '') => Array.from({ length: 5 }, (_, n) => ({ email: `${n}@${of}.example`, ssn: `number ${n}` }))

test('a table is encrypted while it is in use', async () => {
  const at = await openRunbook('docs/operations/first-encryption.md')
  // From before the column was encrypted.
  const old = await at.deploy({ cmk: CMK, models: PLAIN })
  await at.aside(() => old.$forTenant('acme').patient.createMany({ data: someRows('acme') }))
  const client = await at.deploy({ cmk: CMK, models: LEGACY })
  const acme = client.$forTenant('acme')
  await at.inApplication(async () => {
    expect(await acme.patient.findMany({ select })).toHaveLength(5)
    await acme.patient.create({ data: { email: 'mean@while.example', ssn: 'written meanwhile' } })
  })
  await at.run('npx prisma-envelope doctor')
  expect((await at.run('npx prisma-envelope backfill --field Patient.ssn --dry-run')).out).toMatch(/\b5\b/)
  await at.run('npx prisma-envelope backfill --field Patient.ssn')
  await at.run('npx prisma-envelope verify --field Patient.ssn')
  const after = await at.deploy({ cmk: CMK })
  await at.inApplication(async () => {
    expect(await after.$forTenant('acme').patient.findMany({ select })).toHaveLength(6)
  })
  await at.end()
})

test('key material is rotated every year', async () => {
  const at = await openRunbook('docs/operations/yearly-rotation.md')
  const client = await at.deploy({ cmk: CMK })
  await at.inApplication(async () => {
    for (const tenant of ['acme', 'globex']) {
      await client.$forTenant(tenant).patient.createMany({ data: someRows(tenant) })
    }
  })
  for (const tenant of ['acme', 'globex']) await at.rotate(`alias/clinic/${tenant}`)
  await at.deploy({ cmk: CMK })
  await at.run('npx prisma-envelope census')
  expect((await at.run('npx prisma-envelope rewrap --dry-run')).out).toMatch(/\b10\b/)
  await at.run('npx prisma-envelope rewrap')
  expect((await at.run('npx prisma-envelope rewrap --dry-run')).out).toMatch(/\b0\b/)
  const reader = await at.deploy({ cmk: CMK })
  await at.inApplication(async () => {
    expect(await reader.$forTenant('acme').patient.findMany({ select })).toHaveLength(5)
  })
  await at.end()
})

test('a tenant gets another CMK', async () => {
  const at = await openRunbook('docs/operations/change-cmk.md')
  const cmks = (current: string, previous: string) =>
    `(tenant: string) => tenant === 'acme' ? { current: '${current}', previous: ['${previous}'] } : 'alias/clinic/' + tenant`
  const client = await at.deploy({ cmk: CMK })
  const data = someRows('acme')
  await at.inApplication(() => client.$forTenant('acme').patient.createMany({ data }))
  await at.aside(() => client.$forTenant('globex').patient.createMany({ data: someRows('globex') }))
  await at.deploy({ cmk: cmks('alias/clinic/acme', 'alias/clinic/acme/2') })
  const next = await at.deploy({ cmk: cmks('alias/clinic/acme/2', 'alias/clinic/acme') })
  await at.inApplication(async () => {
    await next.$forTenant('acme').patient.create({ data: { email: 'new@one.example', ssn: 'under the new one' } })
    expect(await next.$forTenant('acme').patient.findMany({ select })).toHaveLength(6)
  })
  await at.run('npx prisma-envelope doctor --tenant acme')
  expect((await at.run('npx prisma-envelope rewrap --tenant acme')).out).toMatch(/\b5\b/)
  await at.run('npx prisma-envelope census --tenant acme')
  const last = await at.deploy({
    cmk: "(tenant: string) => tenant === 'acme' ? 'alias/clinic/acme/2' : 'alias/clinic/' + tenant",
  })
  await at.inApplication(async () => {
    expect(await last.$forTenant('acme').patient.findMany({ select })).toHaveLength(6)
  })
  await at.run('npx prisma-envelope census --can-delete alias/clinic/acme --yes')
  await at.end()
})

test('values are sealed anew after a leak', async () => {
  const at = await openRunbook('docs/operations/after-a-leak.md')
  const client = await at.deploy({ cmk: CMK })
  await at.inApplication(() => client.$forTenant('acme').patient.createMany({ data: someRows('acme') }))
  const before = await at.storedSsn()
  // The next full hour, which has begun.
  const hour = 3_600_000
  const notBefore = new Date(Math.ceil(Date.now() / hour) * hour)
  at.setTime(notBefore.getTime() + 60_000)
  const next = await at.deploy({ cmk: CMK, more: `dataKeys: { notBefore: '${notBefore.toISOString()}' },` })
  expect((await at.run('npx prisma-envelope reencrypt --dry-run')).out).toMatch(/\b5\b/)
  await at.run('npx prisma-envelope reencrypt')
  await at.run('npx prisma-envelope verify')
  expect((await at.run('npx prisma-envelope reencrypt --dry-run')).out).toMatch(/\b0\b/)
  const after = await at.storedSsn()
  expect(after.filter((envelope) => before.includes(envelope))).toEqual([])
  await at.inApplication(async () => {
    const where = { email: '1@acme.example' }
    expect(await next.$forTenant('acme').patient.findMany({ where, select })).toEqual([{ ssn: 'number 1' }])
  })
  await at.end()
})

test('an index gets other normalizers', async () => {
  const at = await openRunbook('docs/operations/change-index.md')
  const client = await at.deploy({ cmk: CMK })
  const data = someRows('acme').map(({ email, ssn }) => ({ email, ssn: ssn.toUpperCase() }))
  await at.inApplication(() => client.$forTenant('acme').patient.createMany({ data }))
  const models = "withSsnIndex(encryptedModels, { normalize: ['trim', 'lowercase'] })"
  const next = await at.deploy({ cmk: CMK, models })
  // The types are those of the schema before.
  const where = { ssn: 'number 3' } as object
  expect((await at.run('npx prisma-envelope reindex --field Patient.ssn --dry-run')).out).toMatch(/\b5\b/)
  await at.run('npx prisma-envelope reindex --field Patient.ssn')
  await at.run('npx prisma-envelope verify --field Patient.ssn')
  await at.inApplication(async () => {
    const found = await next.$forTenant('acme').patient.findMany({ where, select })
    expect(found).toEqual([{ ssn: 'NUMBER 3' }])
  })
  await at.end()
})

test('encryption is taken off a column', async () => {
  const at = await openRunbook('docs/operations/remove-encryption.md')
  const client = await at.deploy({ cmk: CMK })
  const data = someRows('acme')
  // Not part of the page: the application as it was.
  await at.aside(() => client.$forTenant('acme').patient.createMany({ data }))
  const next = await at.deploy({ cmk: CMK, models: PLAIN })
  await at.inApplication(async () => {
    await next.$forTenant('acme').patient.create({ data: { email: 'mean@while.example', ssn: 'written meanwhile' } })
    expect(await next.$forTenant('acme').patient.findMany({ select })).toHaveLength(6)
  })
  expect((await at.run('npx prisma-envelope eject --field Patient.ssn --dry-run')).out).toMatch(/\b5\b/)
  await at.run('npx prisma-envelope eject --field Patient.ssn')
  expect((await at.run('npx prisma-envelope eject --field Patient.ssn --dry-run')).out).toMatch(/\b0\b/)
  expect((await at.storedSsn()).toSorted()).toEqual([...data.map(({ ssn }) => ssn), 'written meanwhile'].toSorted())
  await at.end()
})

test('rows are moved to another tenant', async () => {
  const at = await openRunbook('docs/operations/move-rows.md')
  const client = await at.deploy({ cmk: CMK })
  const [acme, globex] = [client.$forTenant('acme'), client.$forTenant('globex')]
  await at.inApplication(async () => {
    await acme.patient.create({
      data: { id: 'p1', email: 'a@b.example', ssn: 'x', visits: { create: { reason: 'y' } } },
    })
    await acme.record.create({ data: { id: 'r1', patientId: 'p1', data: 1 } })
    expect(await acme.patient.count({ where: { email: 'a@b.example' } })).toBe(1)
  })
  await at.run('npx prisma-envelope doctor --tenant globex')
  const dry = await at.run('npx prisma-envelope move --model Patient --id p1 --to globex --dry-run', 3)
  expect(dry.out).toMatch(/Record \(id r1\) by patient/)
  await at.run('npx prisma-envelope move --model Patient --id p1 --to globex --with Record --dry-run')
  await at.run('npx prisma-envelope move --model Patient --id p1 --to globex --with Record')
  await at.run('npx prisma-envelope check-tenants')
  await at.inApplication(async () => {
    const found = { ssn: 'x', visits: [{ reason: 'y' }] }
    const where = { email: 'a@b.example' }
    expect(
      await globex.patient.findMany({ where, select: { ssn: true, visits: { select: { reason: true } } } }),
    ).toEqual([found])
    expect(await acme.patient.count()).toBe(0)
  })
  await at.end()
})

test('a tenant is erased', async () => {
  const at = await openRunbook('docs/operations/erase-tenant.md')
  await at.addKeyTable()
  const deployment = { cmk: CMK, keyTable: true } as const
  const keys = (store: string): string => `dataKeys: { store: '${store}', revalidate: 20, grace: 0 },`
  const inline = await at.deploy({ ...deployment, more: keys('inline') })
  await at.inApplication(() => inline.$forTenant('acme').patient.createMany({ data: someRows('acme') }))
  const client = await at.deploy({ ...deployment, more: keys('table') })
  await at.inApplication(async () => {
    for (const tenant of ['acme', 'globex'])
      await client.$forTenant(tenant).patient.create({ data: { email: `new@${tenant}.example`, ssn: 'z' } })
    expect(await client.$forTenant('acme').patient.findMany({ select })).toHaveLength(6)
  })
  const count = 'npx prisma-envelope shred --tenant acme --dry-run'
  expect((await at.run(count, 3)).out).toMatch(/Patient\.ssn: 1 in the key table, 5 inline/)
  await at.run('npx prisma-envelope rewrap --tenant acme --placement table')
  expect((await at.run(count)).out).toMatch(/Patient\.ssn: 6 in the key table, 0 inline/)
  expect((await at.run('npx prisma-envelope shred --tenant acme --yes --record erased.jsonl')).out).toMatch(
    /All is erased/,
  )
  await at.inApplication(async () => {
    await expect(client.$forTenant('acme').patient.findMany({ select })).rejects.toMatchObject({
      code: 'ENVELOPE_DATA_KEY_ERASED',
    })
    expect(await client.$forTenant('globex').patient.findMany({ select })).toHaveLength(1)
  })
  await at.run('npx prisma-envelope shred --replay erased.jsonl --yes')
  await at.run(count)
  await at.end()
})
