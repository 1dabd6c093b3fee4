import { describe, expect, test } from 'vitest'
import { hasReturning } from '../support/client.js'
import { encryptedClient } from '../support/encrypted-client.js'
import { openStage } from '../support/stage.js'

const { acme, database, globex, kms, kmsCallsOf, prisma } = await openStage()

const rows = (count: number) => Array.from({ length: count }, (_, i) => ({ email: `p${i}`, ssn: `${i}` }))

describe('KMS is asked once per distinct data key', () => {
  test('for 500 rows of two values each, once', async () => {
    const calls = await kmsCallsOf(() => acme.patient.createMany({ data: rows(500) }))
    // The index key may be derived only while the tenant's CMK is enabled: that is one DescribeKey per tenant.
    expect(calls.sort()).toEqual(['DescribeKey', 'GenerateDataKey', 'GenerateMac'])
  })

  test('not again to read them, while the key is in memory', async () => {
    expect(await kmsCallsOf(() => prisma.patient.findMany())).toEqual([])
    expect(await kmsCallsOf(() => acme.patient.createMany({ data: rows(10) }))).toEqual([])
  })

  test('once to read them after eviction', async () => {
    prisma.$encryption.evict('acme')
    const calls = await kmsCallsOf(async () => {
      expect(await prisma.patient.findMany()).toHaveLength(510)
    })
    expect(calls.filter((call) => call === 'Decrypt')).toEqual(['Decrypt'])
    // Which CMK an alias stands for is asked once, since the envelope's own word for it is not believed.
    expect(calls.filter((call) => call !== 'Decrypt' && call !== 'DescribeKey')).toEqual([])
  })

  test('once for many callers who miss at once', async () => {
    prisma.$encryption.evict('acme')
    const calls = await kmsCallsOf(() => Promise.all(Array.from({ length: 20 }, () => prisma.patient.findFirst())))
    expect(calls.filter((call) => call === 'Decrypt')).toEqual(['Decrypt'])
    prisma.$encryption.evict('globex')
    const writes = Array.from({ length: 20 }, (_, i) => () => globex.patient.create({ data: { email: `${i}` } }))
    const written = await kmsCallsOf(() => Promise.all(writes.map((write) => write())))
    // One for the data key, two for the index key.
    expect(written.sort()).toEqual(['DescribeKey', 'GenerateDataKey', 'GenerateMac'])
  })

  test('once for each searching tenant, and not at all if a data key has shown that its CMK works', async () => {
    for (const tenant of ['acme', 'globex']) prisma.$encryption.evict(tenant)
    const search = () => Promise.all([acme, globex].map((view) => view.patient.count({ where: { email: 'p1' } })))
    const calls = await kmsCallsOf(async () => {
      for (let i = 0; i < 3; i++) await search()
    })
    expect(calls.sort()).toEqual(['DescribeKey', 'DescribeKey', 'GenerateMac', 'GenerateMac'])
    for (const tenant of ['acme', 'globex']) prisma.$encryption.evict(tenant)
    await prisma.patient.findMany()
    // Reading makes the process ask, in the background, what the current CMK is.
    await prisma.$encryption.idle()
    expect(await kmsCallsOf(search)).toEqual(['GenerateMac', 'GenerateMac'])
  })

  test('not at all for calls that touch no encrypted value', async () => {
    prisma.$encryption.evict('acme')
    const calls = await kmsCallsOf(async () => {
      await acme.patient.count()
      await prisma.patient.findMany({ select: { age: true } })
      await prisma.patient.findMany({ where: { id: 'nobody' } })
    })
    expect(calls).toEqual([])
  })

  test('once per tenant in a result over several', async () => {
    for (const tenant of ['acme', 'globex']) prisma.$encryption.evict(tenant)
    const calls = await kmsCallsOf(() => prisma.patient.findMany())
    expect(calls.filter((call) => call === 'Decrypt')).toHaveLength(2)
  })
})

test('stats say what was done', async () => {
  const { prisma: fresh, plain } = encryptedClient(database, kms)
  const view = fresh.$forTenant('initech')
  const { id } = await view.patient.create({ data: { email: 'a', ssn: 'b' }, select: { id: true } })
  await view.patient.findUnique({ where: { id } })
  expect(fresh.$encryption.stats()).toMatchObject({
    sealed: 2,
    opened: 2,
    generated: 1,
    cached: 1,
    kmsCalls: { GenerateDataKey: 1 },
  })
  await plain.$disconnect()
})

test('with room for one key, a batch over three tenants round-trips', async () => {
  const { prisma: tight, plain } = encryptedClient(database, kms, { dataKeys: { maxCached: 1 } })
  const data = Array.from({ length: 30 }, (_, i) => ({
    tenantId: ['acme', 'globex', 'initech'][i % 3] ?? '',
    email: `tight${i}`,
    notes: { i },
  }))
  const select = { tenantId: true, email: true, notes: true } as const
  if (hasReturning) expect(await tight.patient.createManyAndReturn({ data, select })).toEqual(data)
  else await tight.patient.createMany({ data })
  const read = await tight.patient.findMany({ where: { tenantId: { in: ['acme', 'globex', 'initech'] } }, select })
  expect(read.filter((row) => row.email.startsWith('tight'))).toHaveLength(30)
  expect(tight.$encryption.stats().cached).toBe(1)
  await Promise.all(
    ['acme', 'globex', 'initech'].map((tenant) => tight.$forTenant(tenant).patient.create({ data: { email: 'x' } })),
  )
  await plain.$disconnect()
})

test('with a cap of 10 messages, 25 values take three data keys, and all of them open', async () => {
  const { prisma: capped, plain } = encryptedClient(database, kms, { dataKeys: { maxMessages: 10 } })
  const view = capped.$forTenant('initech')
  await database.execute('DELETE FROM patients')
  const data = rows(25).map(({ email }) => ({ email }))
  await view.patient.createMany({ data })
  expect(capped.$encryption.stats().generated).toBe(3)
  const stored = await database.query('SELECT substr(email_sealed, 1, 28) AS head FROM patients')
  const perKey = new Map<unknown, number>()
  for (const { head } of stored) perKey.set(head, (perKey.get(head) ?? 0) + 1)
  expect([...perKey.values()].sort()).toEqual([10, 10, 5])
  capped.$encryption.evict('initech')
  const emails = (await view.patient.findMany({ select: { email: true } })).map(({ email }) => email)
  expect(emails.sort()).toEqual(data.map(({ email }) => email).sort())
  await plain.$disconnect()
})

test('both suites write, and each client opens what the other wrote', async () => {
  const { prisma: other, plain } = encryptedClient(database, kms, { suite: 'xchacha20-poly1305' })
  await database.execute('DELETE FROM patients')
  await acme.patient.create({ data: { email: 'gcm' } })
  await other.$forTenant('acme').patient.createMany({ data: [{ email: 'x1' }, { email: 'x2' }] })
  for (const client of [prisma, other]) {
    const emails = (await client.patient.findMany({ select: { email: true } })).map(({ email }) => email)
    expect(emails.sort()).toEqual(['gcm', 'x1', 'x2'])
  }
  const heads = await database.query('SELECT substr(email_sealed, 5, 2) AS head FROM patients')
  expect(heads.map(({ head }) => Buffer.from(`${String(head)}A=`, 'base64')[0]).sort()).toEqual([0x11, 0x12, 0x12])
  await plain.$disconnect()
})
