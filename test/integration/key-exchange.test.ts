import { beforeEach, expect, test } from 'vitest'
import { keysClient, openKeysStage } from '../support/keys-stage.js'
import { refusal } from '../support/stage.js'

const { acme, database, globex, kms, plain, prisma } = await openKeysStage()

const encryption = prisma.$encryption
const ERASED = new Uint8Array(0)

interface Line {
  id: string
  owner: string
  section: string
  [name: string]: unknown
}

async function exported(tenant?: string): Promise<string[]> {
  const lines: string[] = []
  for await (const line of encryption.exportKeys(tenant === undefined ? {} : { tenant })) lines.push(line)
  return lines
}

function changed(line: string | undefined, change: object): string {
  return JSON.stringify({ ...(JSON.parse(line ?? '') as Line), ...change })
}

const idOf = (line: string | undefined) => Buffer.from((JSON.parse(line ?? '') as Line).id, 'hex')
const whereOf = (line: string | undefined) => ({ id: new Uint8Array(idOf(line)) })
const cold = () => keysClient(database, kms)

/** One key of acme's and one of globex's, each with a value. */
beforeEach(async () => {
  for (const tenant of ['acme', 'globex']) encryption.evict(tenant)
  await plain.patient.deleteMany({})
  await plain.dataKey.deleteMany({})
  await plain.dataKeyCount.deleteMany({})
  await acme.patient.create({ data: { id: 'a', email: 'ann@example.com' } })
  await globex.patient.create({ data: { id: 'x', email: 'bob@example.com' } })
})

test('rows that are missing are added: they open, and seal nothing; those that are there stay', async () => {
  const lines = await exported()
  expect(lines).toHaveLength(2)
  const acmes = await exported('acme')
  expect(acmes).toHaveLength(1)
  expect(lines).toContain(acmes[0])
  encryption.evict('acme')
  await plain.dataKey.deleteMany({ where: whereOf(acmes[0]) })
  const counted = await encryption.importKeys(lines, { dryRun: true })
  expect(counted).toMatchObject({ dryRun: true, rows: 2, inserted: 1, kept: 1, refused: {} })
  expect(await plain.dataKey.count()).toBe(1)
  expect(await encryption.importKeys(lines)).toMatchObject({ rows: 2, inserted: 1, kept: 1, erased: 0, refused: {} })
  expect(await encryption.importKeys(lines)).toMatchObject({ rows: 2, inserted: 0, kept: 2 })
  const row = await plain.dataKey.findUniqueOrThrow({ where: whereOf(acmes[0]) })
  expect(row.retiredAt).not.toBeNull()
  const at = cold()
  expect(await at.prisma.$forTenant('acme').patient.findUnique({ where: { id: 'a' } })).toMatchObject({
    email: 'ann@example.com',
  })
  await at.prisma.$forTenant('acme').patient.create({ data: { id: 'b', email: 'new@example.com' } })
  expect(await plain.dataKey.count({ where: { tenant: 'acme' } })).toBe(2)
  await at.plain.$disconnect()
})

test('a row whose sequence number is taken gets the next one', async () => {
  const [line] = await exported('acme')
  encryption.evict('acme')
  await plain.dataKey.deleteMany({ where: whereOf(line) })
  const at = cold()
  await at.prisma.$forTenant('acme').patient.create({ data: { id: 'b', email: 'new@example.com' } })
  expect(await encryption.importKeys([line ?? ''])).toMatchObject({ inserted: 1 })
  const rows = await plain.dataKey.findMany({ where: { tenant: 'acme' }, orderBy: { seq: 'asc' } })
  expect(rows.map(({ seq }) => seq)).toEqual([1n, 2n])
  expect(Buffer.from(rows[1]?.id ?? [])).toEqual(idOf(line))
  expect(await at.prisma.$forTenant('acme').patient.findUnique({ where: { id: 'a' } })).toMatchObject({
    email: 'ann@example.com',
  })
  await at.plain.$disconnect()
})

test('no row of a file revives a key that was erased here', async () => {
  const lines = await exported('acme')
  await plain.dataKey.updateMany({ where: whereOf(lines[0]), data: { section: ERASED } })
  for (const options of [{}, { tombstones: true }]) {
    expect(await encryption.importKeys(lines, options)).toMatchObject({
      kept: 1,
      erasedHere: 1,
      inserted: 0,
      erased: 0,
    })
    expect((await plain.dataKey.findUniqueOrThrow({ where: whereOf(lines[0]) })).section).toHaveLength(0)
  }
})

test('a tombstone of a file erases a key where that is asked for', async () => {
  const [line] = await exported('acme')
  const tombstone = changed(line, { section: '' })
  expect(await encryption.importKeys([tombstone])).toMatchObject({ kept: 1, erasedInFile: 1, erased: 0 })
  expect(await encryption.importKeys([tombstone], { tombstones: true, dryRun: true })).toMatchObject({ erased: 1 })
  expect((await acme.patient.findMany()).length).toBe(1)
  expect((await plain.dataKey.findUniqueOrThrow({ where: whereOf(line) })).section).not.toHaveLength(0)
  expect(await encryption.importKeys([tombstone], { tombstones: true })).toMatchObject({ erased: 1, kept: 0 })
  expect(await refusal(acme.patient.findMany())).toMatchObject({ code: 'ENVELOPE_DATA_KEY_ERASED' })
  // Where the row is missing, the tombstone takes its place, and nobody brings the key back.
  await plain.dataKey.deleteMany({ where: whereOf(line) })
  expect(await encryption.importKeys([tombstone, line ?? ''])).toMatchObject({ inserted: 1, kept: 1, erasedHere: 1 })
  expect((await plain.dataKey.findUniqueOrThrow({ where: whereOf(line) })).section).toHaveLength(0)
})

test('lines that are damaged, of another application, or not of their owner are refused one by one', async () => {
  const [ofAcme] = await exported('acme')
  const [ofGlobex] = await exported('globex')
  const { owner, section } = JSON.parse(ofGlobex ?? '') as Line
  const other = keysClient(database, kms, { app: 'other' })
  await other.prisma.$forTenant('acme').patient.create({ data: { id: 'o', email: 'o@example.com' } })
  const lines = await exported()
  const foreign = lines.filter((line) => line !== ofAcme && line !== ofGlobex)
  expect(foreign).toHaveLength(1)
  for (const tenant of ['acme', 'globex']) encryption.evict(tenant)
  await plain.dataKey.deleteMany({})
  const bad = [
    'secret plaintext, no JSON',
    changed(ofAcme, { v: 2 }),
    changed(ofAcme, { seq: String(2n ** 63n - 1n) }),
    changed(ofAcme, { section: section.slice(0, 40) }),
    ...foreign,
    changed(ofAcme, { owner }),
    changed(ofAcme, { section: '', tenant: 'globex' }),
    // Globex's wrapped key under acme's owner.
    changed(ofAcme, { section }),
  ]
  const report = await encryption.importKeys([...bad, '', ofAcme ?? ''])
  expect(report).toMatchObject({
    rows: 9,
    inserted: 1,
    refused: { malformed: 2, 'unknown-version': 1, damaged: 1, 'another-app': 1, 'owner-mismatch': 3 },
  })
  expect(report.refusedRows[0]).toEqual({ line: 1, reason: 'malformed' })
  expect(report.refusedRows.map(({ line }) => line)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  expect(JSON.stringify(report)).not.toContain('secret')
  expect(await plain.dataKey.count()).toBe(1)
  // An id that another owner's row has.
  const taken = changed(ofGlobex, { id: (JSON.parse(ofAcme ?? '') as Line).id })
  expect(await encryption.importKeys([taken])).toMatchObject({ refused: { 'owner-mismatch': 1 }, kept: 0 })
  await other.plain.$disconnect()
})

test('only the rows of one tenant are asked for', async () => {
  const lines = await exported()
  for (const tenant of ['acme', 'globex']) encryption.evict(tenant)
  await plain.dataKey.deleteMany({})
  expect(await acme.$encryption.importKeys(lines)).toMatchObject({ inserted: 1, otherTenants: 1 })
  expect(await encryption.importKeys(lines, { tenant: 'globex' })).toMatchObject({ inserted: 1, otherTenants: 1 })
  expect(await refusal(acme.$encryption.importKeys(lines, { tenant: 'globex' }))).toMatchObject({
    code: 'ENVELOPE_TENANT_BOUND',
  })
})
