import { describe, expect, it } from 'vitest'
import { keysPsl } from '../../src/cli/keys-psl.js'
import { testProvider } from '../support/database.js'
import { openEmptyDatabase } from '../support/empty-database.js'
import { encryptedModels } from '../support/keys-client.js'
import { openKeysStage } from '../support/keys-stage.js'

const { plain, acme, database, stored } = await openKeysStage()

const scripts = new URL('../../scripts', import.meta.url).href

const bytes = (length: number, value: number): Uint8Array<ArrayBuffer> => new Uint8Array(length).fill(value)

const row = (n: number, more: { seq?: bigint; section?: Uint8Array<ArrayBuffer>; tenant?: string } = {}) => ({
  id: bytes(16, n),
  owner: bytes(16, 255),
  seq: BigInt(n),
  section: bytes(300, n),
  wrapTag: bytes(12, 0),
  tenant: 'acme',
  scope: 'tenant',
  createdAt: new Date('2026-01-02T03:04:05.000Z'),
  ...more,
})

describe('the tables of a key table', () => {
  it('are those that the model map names', () => {
    expect(encryptedModels.keyTable).toEqual({ keys: 'DataKey', counts: 'DataKeyCount' })
  })

  it('return every byte that was written, the longest section and tenant as well', async () => {
    const written = row(1, { section: bytes(6500, 0), tenant: 'é'.repeat(127) })
    await plain.dataKey.create({ data: written })
    const read = await plain.dataKey.findUniqueOrThrow({ where: { id: written.id } })
    expect({ ...read, id: Buffer.from(read.id), owner: Buffer.from(read.owner) }).toMatchObject({
      id: Buffer.from(written.id),
      owner: Buffer.from(written.owner),
      seq: 1n,
      tenant: written.tenant,
      cmk: null,
      createdAt: written.createdAt,
      retiredAt: null,
    })
    expect(Buffer.from(read.section).equals(Buffer.from(written.section))).toBe(true)
    expect(Buffer.from(read.wrapTag)).toEqual(Buffer.alloc(12))
  })

  it('hold one key of an owner and number', async () => {
    // libSQL's driver for SQLite returns no larger number.
    const seq = BigInt(Number.MAX_SAFE_INTEGER)
    await plain.dataKey.create({ data: row(2, { seq }) })
    await expect(plain.dataKey.create({ data: row(3, { seq }) })).rejects.toMatchObject({ code: 'P2002' })
    const found = await plain.dataKey.findUnique({ where: { owner_seq: { owner: bytes(16, 255), seq } } })
    expect(found?.seq).toBe(seq)
  })

  it('count messages', async () => {
    await plain.dataKeyCount.create({ data: { id: bytes(16, 1), reserved: 0n } })
    await plain.dataKeyCount.update({ where: { id: bytes(16, 1) }, data: { reserved: { increment: 256n } } })
    const [counted] = await database.query('SELECT reserved FROM data_key_counts')
    expect(counted).toEqual({ reserved: 256 })
  })
})

it('the clinic beside them works as it does without', async () => {
  await acme.patient.create({ data: { id: 'ann', email: 'ann@example.com', ssn: '1' } })
  expect((await acme.patient.findFirst({ where: { email: 'ann@example.com' } }))?.id).toBe('ann')
  expect(await stored('patients', 'email_sealed', 'ann')).toMatch(/^pe1:/)
})

it('a migration makes the tables that `sql --keys` prints', async () => {
  const provider = testProvider()
  const content = `datasource db {\n  provider = "${provider}"\n}\n${keysPsl({ version: 2, provider, models: {} })}`
  const files = [{ path: 'schema.prisma', content }]
  // Scripts of this repository, without types.
  const { schemaSql }: { schemaSql: (name: string, schema: object[]) => Promise<string> } = await import(
    `${scripts}/schema-sql.mjs`
  )
  const { mysqlSql }: { mysqlSql: (schema: object[]) => string } = await import(`${scripts}/mysql-sql.mjs`)
  const empty = await openEmptyDatabase()
  try {
    await empty.execute(provider === 'mysql' ? mysqlSql(files) : await schemaSql(provider, files))
    const values = [
      bytes(16, 1),
      bytes(16, 2),
      1,
      bytes(6500, 3),
      bytes(12, 4),
      'x'.repeat(255),
      'tenant',
      '2026-01-02 03:04:05',
    ]
    const insert = `INSERT INTO "DataKey" ("id", "owner", "seq", "section", "wrapTag", "tenant", "scope", "createdAt")
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)`
    expect(await empty.execute(insert, values)).toBe(1)
    await expect(empty.execute(insert, values.with(0, bytes(16, 9)))).rejects.toThrow(/unique|duplicate/i)
    const [row] = await empty.query('SELECT "id", "section", "wrapTag" FROM "DataKey"')
    expect(row).toEqual({ id: values[0], section: values[3], wrapTag: values[4] })
    expect(await empty.execute('INSERT INTO "DataKeyCount" ("id", "reserved") VALUES (?, ?)', [bytes(16, 1), 0])).toBe(
      1,
    )
  } finally {
    await empty.close()
  }
})
