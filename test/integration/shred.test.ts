import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { keysClient, openKeysStage } from '../support/keys-stage.js'
import { refusal } from '../support/stage.js'

const { acme, database, globex, kms, plain, prisma, plant, kmsCallsOf } = await openKeysStage({
  dataKeys: { revalidate: '20ms', grace: 0 },
})
const inline = keysClient(database, kms, { dataKeys: { store: 'inline' } })

const { shred, replayShred, evict } = prisma.$encryption
const QUICK = { transactionTimeout: 0 }

const person = (id: string) => ({ data: { id, email: `${id}@example.com`, notes: { id }, photo: new Uint8Array([1]) } })
const sectionsOf = async (tenant: string) =>
  (await plain.dataKey.findMany({ where: { tenant } })).map(({ section }) => section.length)
const inlineOf = async (report: Promise<{ values: readonly { inline: number }[] }>) =>
  (await report).values.reduce((sum, one) => sum + one.inline, 0)

beforeEach(async () => {
  for (const tenant of ['acme', 'globex']) evict(tenant)
  await plain.patient.deleteMany({})
  await plain.dataKey.deleteMany({})
  await plain.dataKeyCount.deleteMany({})
  await acme.patient.create(person('a'))
  await globex.patient.create(person('x'))
})

test('a dry run counts, and names what is not touched', async () => {
  await inline.prisma.$forTenant('acme').patient.create({ data: { id: 'i', email: 'i@example.com' } })
  const report = await shred({ tenant: 'acme', dryRun: true })
  expect(report).toMatchObject({ tenant: 'acme', dryRun: true, done: false, erased: 1, wereErased: 0, waited: 0 })
  expect(report.values).toContainEqual({
    ...{ model: 'Patient', field: 'email', inline: 1, table: 1, plaintext: 0, unreadable: 0 },
  })
  expect(report.indexes).toContain('Patient.emailIndex')
  expect(await sectionsOf('acme')).not.toContain(0)
})

test('no value of the tenant opens again, and other tenants are not touched', async () => {
  const lines: string[] = []
  let report: unknown
  const calls = await kmsCallsOf(async () => {
    report = await shred({ tenant: 'acme', ...QUICK, onErased: (line) => lines.push(line) })
  })
  // A key that another call has just used may be due: its CMK is described in the background.
  expect(calls.filter((call) => call !== 'DescribeKey')).toEqual([])
  expect(report).toMatchObject({ done: true, erased: 1, wereErased: 0, newKeys: 0, waited: 1_000 })
  expect(lines).toHaveLength(1)
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ v: 1, tenant: 'acme' })
  expect(Object.keys(JSON.parse(lines[0] ?? ''))).toEqual(['v', 'erased', 'owner', 'tenant'])
  expect(await sectionsOf('acme')).toEqual([0])
  // This very process had the key in memory.
  expect(await refusal(acme.patient.findMany())).toMatchObject({ code: 'ENVELOPE_DATA_KEY_ERASED', tenant: 'acme' })
  expect(await globex.patient.findMany()).toMatchObject([{ id: 'x', email: 'x@example.com' }])

  // Again: the same list, nothing new.
  const again: string[] = []
  const second = await shred({ tenant: 'acme', ...QUICK, onErased: (line) => again.push(line) })
  expect(second).toMatchObject({ done: true, erased: 0, wereErased: 1 })
  expect(again).toEqual(lines)

  // What is written afterwards gets a new data key.
  await acme.patient.create(person('b'))
  expect(await acme.patient.findUnique({ where: { id: 'b' } })).toMatchObject({ email: 'b@example.com' })
  expect(await sectionsOf('acme')).toHaveLength(2)
})

test('is refused while there is plaintext of which nothing says whose it is', async () => {
  // No column has its tenant.
  await plain.note.create({ data: { body: 'secret plaintext' } })
  const refused = await refusal(shred({ tenant: 'acme', ...QUICK }))
  expect(refused).toMatchObject({ code: 'ENVELOPE_VALUES_LEFT' })
  expect(String(refused)).toContain('Note.body 1 in plaintext')
  expect(await sectionsOf('acme')).not.toContain(0)
  await plain.note.deleteMany({})
  expect(await shred({ tenant: 'acme', ...QUICK })).toMatchObject({ done: true })
})

const linesOf = async (lines: AsyncIterable<string>): Promise<string[]> => {
  const all: string[] = []
  for await (const line of lines) all.push(line)
  return all
}

test('a tenant that there is not is no success', async () => {
  for (const options of [{ dryRun: true }, QUICK])
    expect(await refusal(shred({ tenant: 'acmee', ...options }))).toMatchObject({ code: 'ENVELOPE_TENANT_UNKNOWN' })
  const { census, exportKeys } = prisma.$encryption
  expect(await refusal(census({ tenant: 'acmee' }))).toMatchObject({ code: 'ENVELOPE_TENANT_UNKNOWN' })
  expect(await refusal(linesOf(exportKeys({ tenant: 'acmee' })))).toMatchObject({ code: 'ENVELOPE_TENANT_UNKNOWN' })
  expect(await linesOf(exportKeys({ tenant: 'initech' }))).toEqual([])
  // One of which nothing was found, and that there is.
  expect(await shred({ tenant: 'initech', ...QUICK })).toMatchObject({ done: true, erased: 0 })
})

test('a list of nothing replays nothing, and says so', async () => {
  async function* nothing(): AsyncGenerator<string> {}
  expect(await replayShred(nothing(), QUICK)).toMatchObject({ done: false, erased: 0 })
})

test('is refused while a value is left that would outlive its data key', async () => {
  const cases = [
    () => inline.prisma.$forTenant('acme').patient.create({ data: { id: 'n', email: 'n@example.com' } }),
    async () => {
      await acme.patient.create(person('n'))
      await plant('patients', 'email_sealed', 'n', 'secret plaintext')
    },
    async () => {
      await acme.patient.create(person('n'))
      await plant('patients', 'email_sealed', 'n', 'pe9:AAAA')
    },
  ]
  for (const [i, leave] of cases.entries()) {
    await leave()
    const error = await refusal(shred({ tenant: 'acme', ...QUICK }))
    expect(error).toMatchObject({ code: 'ENVELOPE_VALUES_LEFT', tenant: 'acme' })
    expect(error.message).toContain(`Patient.email 1 ${['inline', 'in plaintext', 'unreadable'][i]}`)
    expect(error.message).not.toContain('secret')
    expect(await sectionsOf('acme')).not.toContain(0)
    await plain.patient.delete({ where: { id: 'n' } })
  }
  // Another tenant's do not stand in the way.
  await inline.prisma.$forTenant('globex').patient.create({ data: { id: 'n', email: 'n@example.com' } })
  expect(await shred({ tenant: 'acme', ...QUICK })).toMatchObject({ done: true })
})

test('inline values that are written again go to the table', async () => {
  await inline.prisma.$forTenant('acme').patient.create(person('n'))
  expect(await inlineOf(shred({ tenant: 'acme', dryRun: true }))).toBeGreaterThan(0)
  const { email, notes, photo } = await acme.patient.findUniqueOrThrow({ where: { id: 'n' } })
  await acme.patient.update({ where: { id: 'n' }, data: { email, notes: notes as object, photo } })
  expect(await inlineOf(shred({ tenant: 'acme', dryRun: true }))).toBe(0)
})

test('without waiting, or stopped while it waits, it does not say that it is done', async () => {
  expect(await shred({ tenant: 'acme', wait: false })).toMatchObject({ done: false, erased: 1, waited: 0 })
  const signal = AbortSignal.timeout(20)
  expect(await shred({ tenant: 'acme', transactionTimeout: 600_000, signal })).toMatchObject({ done: false, waited: 0 })
  expect(await shred({ tenant: 'acme', ...QUICK })).toMatchObject({ done: true, wereErased: 1 })
})

test('what is written meanwhile is found after the wait', async () => {
  const writer = keysClient(database, kms)
  const written: Promise<unknown>[] = []
  // Prisma sends nothing before somebody asks for the answer.
  const begin = (write: PromiseLike<unknown>) => void written.push(Promise.resolve(write))
  const first = await shred({
    tenant: 'acme',
    transactionTimeout: 2_000,
    onErased: () => begin(writer.prisma.$forTenant('acme').patient.create(person('w'))),
  })
  expect(first).toMatchObject({ done: false, erased: 1, newKeys: 1 })
  let begun = false
  const again = await shred({
    tenant: 'acme',
    transactionTimeout: 2_000,
    onErased: () => {
      if (!begun) begin(inline.prisma.$forTenant('acme').patient.create({ data: person('v').data }))
      begun = true
    },
  })
  await Promise.all(written)
  expect(again).toMatchObject({ done: false, erased: 1, wereErased: 1 })
  expect(again.values.some((one) => one.inline > 0)).toBe(true)
  await writer.plain.$disconnect()
})

test('after a restore, its list erases the keys again, also those whose rows are missing', async () => {
  await acme.patient.create(person('b'))
  const backup = await plain.dataKey.findMany({ where: { tenant: 'acme' } })
  const lines: string[] = []
  await shred({ tenant: 'acme', wait: false, onErased: (line) => lines.push(line) })
  // The backup is restored.
  await plain.dataKey.deleteMany({ where: { tenant: 'acme' } })
  await plain.dataKey.createMany({ data: backup })
  evict('acme')
  expect(await acme.patient.findMany()).toHaveLength(2)

  const { erased: id } = JSON.parse(lines[0] ?? '') as { erased: string }
  const globexKey = await plain.dataKey.findFirstOrThrow({ where: { tenant: 'globex' } })
  const bad = [
    'no JSON',
    // Another owner's key under acme's name, and a tenant that is not the owner's.
    (lines[0] ?? '').replace(id, Buffer.from(globexKey.id).toString('hex')),
    (lines[0] ?? '').replace('acme', 'globex'),
  ]
  const all = [...bad, ...lines]
  expect(await replayShred(all, { dryRun: true })).toMatchObject({ erased: 1, done: false, dryRun: true })
  expect(await sectionsOf('acme')).not.toContain(0)
  expect(await replayShred(lines, { tenant: 'globex', ...QUICK })).toMatchObject({ erased: 0, otherTenants: 1 })
  const report = await replayShred(all, QUICK)
  expect(report).toMatchObject({ erased: 1, refused: { malformed: 1, 'owner-mismatch': 2 }, done: false })
  expect(await sectionsOf('globex')).not.toContain(0)
  expect(await refusal(acme.patient.findMany())).toMatchObject({ code: 'ENVELOPE_DATA_KEY_ERASED' })
  expect(await replayShred(lines, QUICK)).toMatchObject({ erased: 0, wereErased: 1, done: true })

  // A row that is missing could be inserted by anyone who has it: the tombstone takes its place.
  await plain.dataKey.deleteMany({ where: { tenant: 'acme' } })
  expect(await replayShred(lines, { wait: false })).toMatchObject({ erased: 1, wereErased: 0, done: false })
  expect(await sectionsOf('acme')).toEqual([0])
  expect(await refusal(acme.patient.findMany())).toMatchObject({ code: 'ENVELOPE_DATA_KEY_ERASED' })
})

test('this process forgets the keys at once', async () => {
  const at = keysClient(database, kms)
  const tenant = at.prisma.$forTenant('acme')
  expect(await tenant.patient.findMany()).toHaveLength(1)
  await at.prisma.$encryption.shred({ tenant: 'acme', wait: false })
  expect(await refusal(tenant.patient.findMany())).toMatchObject({ code: 'ENVELOPE_DATA_KEY_ERASED' })
  await at.plain.$disconnect()
})

describe.runIf(database.provider === 'postgresql')('with row-level security', () => {
  beforeEach(async () => {
    await database.execute('ALTER TABLE patients ENABLE ROW LEVEL SECURITY')
    await database.execute('ALTER TABLE patients FORCE ROW LEVEL SECURITY')
  })
  afterEach(async () => {
    await database.execute('ALTER TABLE patients NO FORCE ROW LEVEL SECURITY')
    await database.execute('ALTER TABLE patients DISABLE ROW LEVEL SECURITY')
  })

  test('values that nobody can count are not taken for none', async () => {
    const [row] = await database.query("SELECT current_setting('is_superuser') AS value")
    const shredding = shred({ tenant: 'acme', wait: false })
    // A superuser sees all rows.
    if (row?.value === 'on') expect(await shredding).toMatchObject({ erased: 1 })
    else {
      expect(await refusal(shredding)).toMatchObject({ code: 'ENVELOPE_CONFIG_INVALID' })
      expect(await sectionsOf('acme')).not.toContain(0)
    }
  })
})

test('a client that is bound erases its own tenant only', async () => {
  expect(await refusal(acme.$encryption.shred({ tenant: 'globex' }))).toMatchObject({ code: 'ENVELOPE_TENANT_BOUND' })
  expect(await refusal(shred({} as never))).toMatchObject({ code: 'ENVELOPE_CONFIG_INVALID' })
  expect(await refusal(shred({ tenant: undefined } as never))).toMatchObject({ code: 'ENVELOPE_CONFIG_INVALID' })
  expect(await refusal(shred({ tenant: 'acme', transactionTimeout: -1 }))).toMatchObject({
    code: 'ENVELOPE_CONFIG_INVALID',
  })
  expect(await acme.$encryption.shred({ tenant: 'acme', wait: false })).toMatchObject({ erased: 1 })
})
