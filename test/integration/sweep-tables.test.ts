import { randomBytes } from 'node:crypto'
import { afterAll, describe, expect, test } from 'vitest'
import type { Replacement, RowKey, SweptColumn, SweptTable } from '../../src/databases/index.js'
import { encodePrefix, suites, wrapTag } from '../../src/envelope/index.js'
import type { TableRows } from '../../src/operations/index.js'
import type { BaseClient } from '../../src/prisma/intercept.js'
import { sweptTablesOf } from '../../src/prisma/swept-tables.js'
import { PrismaClient } from '../support/client.js'
import { openTestDatabase } from '../support/database.js'
import type { StoredValue } from '../support/databases/contract.js'

const database = await openTestDatabase()
const { provider } = database
const plain = new PrismaClient({ adapter: database.adapter() })
const tables = sweptTablesOf(provider, plain as unknown as BaseClient)
if (tables === undefined) throw new Error('sweeps run on all databases of the tests')
const q = (name: string): string => (provider === 'mysql' ? `\`${name}\`` : `"${name}"`)

afterAll(async () => {
  await plain.$disconnect()
  await database.close()
})

let serial = 0
/** A table of its own for each test, with what it is called in it. */
async function created(columns: string, key: readonly string[], swept: readonly SweptColumn[]) {
  serial += 1
  const table = `swept ${serial}`
  await database.execute(`CREATE TABLE ${q(table)} (${columns}, PRIMARY KEY (${key.map(q).join(', ')}))`)
  const definition: SweptTable = { table, schema: undefined, key, columns: swept }
  return { table: q(table), definition, open: () => (tables as NonNullable<typeof tables>).open(definition) }
}

const VALUE: SweptColumn = { column: 'v', form: 'text', list: false }
const TEXT = { postgresql: 'text', sqlite: 'TEXT', mysql: 'text' }[provider]

/** All keys as they are visited, page by page, and the sizes of the pages. */
async function visited(rows: TableRows, size: number) {
  const keys: RowKey[] = []
  const sizes: number[] = []
  const next = (after?: RowKey) => rows.page({ after }, size)
  for (let page = await next(); page !== undefined; page = await next(page.range.last)) {
    sizes.push(page.rows)
    keys.push(...(await rows.keys(page.range, { column: VALUE, beginning: '-' }, 100)))
    if (keys.length > 1_000) throw new Error('this does not end')
  }
  return { keys, sizes }
}

const TEXTS = ['', 'a', 'b', 'Z', 'z-1', 'Ö', "o'x", '日本', 'e_2', 'E 3', '\\', 'a b']
/** What `a` and `A` are to the database is its own concern. */
const BOTH_CASES = [...TEXTS, 'A', 'B', 'ö']

/** Values as SQL, of each type of key that Prisma has, where a driver's own types would lose something, or order differently. */
const literal = (text: string): string =>
  `'${text.replaceAll("'", "''").replaceAll('\\', provider === 'mysql' ? '\\\\' : '\\')}'`
const numbers = ['-7', '0', '3', '10', '200', '9007199254740993', '9007199254740992', '-9007199254740993']
const decimals = ['-5', '0.1', '0.10000000000000000000000000001', '12', '9', '123456789012345678901234.5']
const times = ['2026-01-02 03:04:05.123456', '2026-01-02 03:04:05.123457', '1999-12-31 00:00:00', '2026-01-02 03:04:05']
const blobs = ['00', 'ff', '00ff', '616263', '27', '5c', '']
const hexLiteral = (hex: string): string => (provider === 'postgresql' ? `'\\x${hex}'::bytea` : `x'${hex}'`)
const uuids = Array.from({ length: 12 }, (_, n) => `${n * 7}`.padStart(8, '0')).map(
  (hex) => `${hex}-0000-4000-8000-00000000000a`,
)

const KINDS: Record<typeof provider, [name: string, type: string, values: string[]][]> = {
  postgresql: [
    ['Int', 'integer', ['1', '-3', '20', '3']],
    ['BigInt', 'bigint', numbers],
    ['String', 'text', BOTH_CASES.map(literal)],
    ['String, VarChar, of a linguistic collation', 'varchar(40) COLLATE "und-x-icu"', BOTH_CASES.map(literal)],
    ['String, in the order of bytes', 'text COLLATE "C"', BOTH_CASES.map(literal)],
    ['String, Char', 'character(8)', TEXTS.map(literal)],
    ['UUID', 'uuid', uuids.map(literal)],
    ['Decimal', 'decimal(65,30)', decimals],
    ['DateTime', 'timestamp(6)', times.map(literal)],
    ['DateTime with a time zone', 'timestamptz(6)', times.map(literal)],
    ['Bytes', 'bytea', blobs.map(hexLiteral)],
    ['Float', 'double precision', ['0.1', '0.30000000000000004', '1e300', '-0.1']],
  ],
  sqlite: [
    ['Int', 'INTEGER', ['1', '-3', '20', '3']],
    ['BigInt', 'BIGINT', numbers],
    ['String', 'TEXT', BOTH_CASES.map(literal)],
    ['String without cases', 'TEXT COLLATE NOCASE', TEXTS.map(literal)],
    ['UUID', 'TEXT', uuids.map(literal)],
    ['Decimal', 'DECIMAL', ['-5', '0.1', '0.30000000000000004', '12', '9', "'12345678901234567890123'"]],
    ['DateTime, as texts and as numbers', 'DATETIME', [...times.map(literal), '1767323045123', '1767323045124']],
    ['Bytes', 'BLOB', blobs.map(hexLiteral)],
    ['Float', 'REAL', ['0.1', '0.30000000000000004', '1e300', '-0.1']],
  ],
  mysql: [
    ['Int', 'INT', ['1', '-3', '20', '3']],
    ['BigInt', 'BIGINT', numbers],
    ['unsigned BigInt', 'BIGINT UNSIGNED', ['18446744073709551615', '18446744073709551614', '0', '7']],
    ['String without cases', 'VARCHAR(40) COLLATE utf8mb4_unicode_ci', TEXTS.map(literal)],
    ['String, in the order of bytes', 'VARCHAR(40) COLLATE utf8mb4_bin', BOTH_CASES.map(literal)],
    ['UUID', 'CHAR(36)', uuids.map(literal)],
    ['Decimal', 'DECIMAL(65,30)', decimals],
    ['DateTime', 'DATETIME(6)', times.map(literal)],
    ['Timestamp', 'TIMESTAMP(6)', times.map(literal)],
    ['Bytes', 'VARBINARY(16)', blobs.map(hexLiteral)],
    ['an enum, whose order is its own', "ENUM('z', 'a', 'm')", ["'a'", "'m'", "'z'"]],
  ],
}

describe('rows are visited once each, in the order of their key', () => {
  test.each(KINDS[provider])('%s (%s)', async (_name, type, values) => {
    const { table, open } = await created(`k ${type} NOT NULL, v ${TEXT}`, ['k'], [VALUE])
    for (const value of values) await database.execute(`INSERT INTO ${table} (k, v) VALUES (${value}, 'plain')`)
    const rows = await open()
    const all = await visited(rows, values.length)
    expect(all.sizes).toEqual([values.length])
    expect(new Set(all.keys.map(String)).size).toBe(values.length)
    for (const size of [1, 3]) {
      const { keys, sizes } = await visited(rows, size)
      expect(keys).toEqual(all.keys)
      expect(sizes.reduce((sum, n) => sum + n, 0)).toBe(values.length)
    }
  })

  test('of several columns, and of rows that come and go', async () => {
    const text = provider === 'mysql' ? 'VARCHAR(20) COLLATE utf8mb4_unicode_ci' : TEXT
    const columns = `org BIGINT NOT NULL, name ${text} NOT NULL, n INT NOT NULL, v ${TEXT}`
    const { table, open } = await created(columns, ['org', 'name', 'n'], [VALUE])
    for (const org of [9007199254740993n, 1n, 9007199254740992n])
      for (const name of ['b', 'a', 'ö'])
        for (const n of [2, 10])
          await database.execute(`INSERT INTO ${table} VALUES (${org}, '${name}', ${n}, 'plain')`)
    const rows = await open()
    const all = await visited(rows, 100)
    expect(all.keys).toHaveLength(18)
    for (const size of [1, 4, 5]) expect((await visited(rows, size)).keys).toEqual(all.keys)

    const first = await rows.page({ after: undefined }, 5)
    if (first === undefined) throw new Error('there are rows')
    expect(await rows.page({ after: undefined, last: first.range.last }, 100)).toEqual(first)
    expect(await rows.page({ after: first.range.last, last: first.range.last }, 100)).toBeUndefined()
    await database.execute(`DELETE FROM ${table} WHERE org = 1`)
    // The last row of the page is gone, and the next one begins after where it was.
    const next = await rows.page({ after: first.range.last }, 100)
    expect(next?.rows).toBe(12)
    expect(rows.shown(next?.range.last ?? [])).toEqual({ org: '9007199254740993', name: 'ö', n: '10' })
  })

  test('an empty table has no page', async () => {
    const { open } = await created(`k INTEGER NOT NULL, v ${TEXT}`, ['k'], [VALUE])
    expect(await (await open()).page({ after: undefined }, 10)).toBeUndefined()
  })

  test.runIf(provider === 'mysql')('not where the key cannot be compared exactly', async () => {
    const { open } = await created(`k DOUBLE NOT NULL, v ${TEXT}`, ['k'], [VALUE])
    await expect(open()).rejects.toMatchObject({ code: 'ENVELOPE_CONFIG_INVALID' })
  })
})

/** A data key's prefix in text, and an envelope under it. */
function prefixed(tenant: string, arn: string, blob = 184) {
  const context = { appTag: 1, tenant, scope: 'tenant', createdHour: 500_000 } as const
  const id = randomBytes(16)
  const under = (cmk: string, length = blob) => {
    const wrappedKey = { context, wrapTag: wrapTag(cmk), blob: randomBytes(length) }
    const prefix = encodePrefix(suites['aes-256-gcm'], id, wrappedKey)
    return { prefix, text: `pe1:${prefix.toString('base64')}`, hex: prefix.toString('hex') }
  }
  const old = under(arn)
  const sealed = (rest: Buffer, of = old) => Buffer.concat([of.prefix, rest])
  return { id, old, under, sealed }
}

const rest = (): Buffer => randomBytes(12 + 20 + 16)
const textOf = (envelope: Uint8Array): string => `pe1:${Buffer.from(envelope).toString('base64')}`

const FORMS: Record<typeof provider, [name: string, type: string, form: SweptColumn['form'], list?: boolean][]> = {
  postgresql: [
    ['text', 'text', 'text'],
    ['text without cases', 'text COLLATE "und-x-icu"', 'text'],
    ['varchar', 'varchar(9000)', 'text'],
    ['jsonb', 'jsonb', 'json'],
    ['json', 'json', 'json'],
    ['bytes', 'bytea', 'bytes'],
    ['a list of text', 'text[]', 'text', true],
    ['a list of varchar', 'varchar(9000)[]', 'text', true],
    ['a list of jsonb', 'jsonb[]', 'json', true],
    ['a list of json', 'json[]', 'json', true],
    ['a list of bytes', 'bytea[]', 'bytes', true],
  ],
  sqlite: [
    ['text', 'TEXT', 'text'],
    ['text without cases', 'TEXT COLLATE NOCASE', 'text'],
    ['json', 'JSONB', 'json'],
    ['bytes', 'BLOB', 'bytes'],
  ],
  mysql: [
    ['text', 'TEXT COLLATE utf8mb4_unicode_ci', 'text'],
    ['varchar', 'VARCHAR(9000) COLLATE utf8mb4_general_ci', 'text'],
    ['json', 'JSON', 'json'],
    ['bytes', 'LONGBLOB', 'bytes'],
  ],
}

describe.each(FORMS[provider])('envelopes in %s', (_name, type, form, list = false) => {
  const column: SweptColumn = { column: 'v"`', form, list }
  const name = provider === 'mysql' ? '`v"```' : '"v""`"'
  const cut = (prefix: Buffer): number => (form === 'bytes' ? prefix.length : textOf(prefix).length)
  const begins = (prefix: Buffer): string =>
    form === 'bytes' ? prefix.toString('hex', 0, 33) : textOf(prefix).slice(0, 48)
  const put = (of: { text: string; hex: string }): string => (form === 'bytes' ? of.hex : of.text)

  const scalar = (envelope: Buffer): string => {
    if (form === 'bytes') return hexLiteral(envelope.toString('hex'))
    return form === 'json' ? `'"${textOf(envelope)}"'` : `'${textOf(envelope)}'`
  }
  const other = { text: `'O''Brien_"pe2'`, json: `'{"pe1:": 1}'`, bytes: hexLiteral('1100') }[form]
  const sql = (values: readonly string[]): string =>
    list ? `ARRAY[${values.join(', ')}]::${type}` : (values[0] ?? 'NULL')

  /** What a row holds, as envelopes' texts. */
  const held = async (table: string, id: number): Promise<string[] | null> => {
    const value = { text: 'e', json: "e #>> '{}'", bytes: "encode(e, 'hex')" }[form]
    const read = list
      ? `SELECT array_to_string(ARRAY(SELECT ${value} FROM unnest(${name}) WITH ORDINALITY AS u(e, n) ORDER BY n), ' ') AS v, ${name} IS NULL AS none FROM ${table} WHERE id = ${id}`
      : `SELECT ${name} AS v FROM ${table} WHERE id = ${id}`
    const [row] = await database.query(read)
    const v: StoredValue | undefined = row?.v
    if (v === null || v === undefined || row?.none === true) return null
    if (v instanceof Uint8Array && form === 'bytes') return [textOf(v)]
    const texts = list ? String(v).split(' ') : [String(v)]
    if (form === 'bytes') return texts.map((hex) => textOf(Buffer.from(hex, 'hex')))
    return texts.map((text) => (form === 'json' && text.startsWith('"') ? JSON.parse(text) : text))
  }

  const opened = async (values: readonly (readonly string[])[]) => {
    const made = await created(`id INTEGER NOT NULL, ${name} ${type}`, ['id'], [column])
    for (const [i, one] of values.entries()) {
      await database.execute(`INSERT INTO ${made.table} VALUES (${i + 1}, ${one.length === 0 ? 'NULL' : sql(one)})`)
    }
    const rows = await made.open()
    const page = await rows.page({ after: undefined }, 1_000)
    if (page === undefined) throw new Error('there are rows')
    return { ...made, rows, range: page.range }
  }

  test('are grouped by what they begin with, without what is plaintext', async () => {
    const [a, b] = [prefixed('acme', 'arn:a'), prefixed('a longer tenant', 'arn:b')]
    const inTable = Buffer.concat([encodePrefix(suites['aes-256-gcm'], a.id), rest()])
    const { rows, range } = await opened([
      [scalar(a.sealed(rest()))],
      [scalar(a.sealed(rest()))],
      [scalar(b.sealed(rest()))],
      [scalar(inTable)],
      [other],
      [],
    ])
    const groups = await rows.beginnings(range)
    const tableBeginning = form === 'bytes' ? inTable.toString('hex', 0, 18) : textOf(inTable).slice(0, 28)
    const expected = [
      [begins(a.old.prefix), 2],
      [begins(b.old.prefix), 1],
      [tableBeginning, 1],
      ['-', 1],
      ['', 1],
    ]
    const isPlainBytes = form === 'bytes'
    // Two bytes that an envelope may begin with.
    if (isPlainBytes) expected[3] = ['1100', 1]
    expect(groups.map(({ beginnings: [of = []], rows: n }) => [of.join(' '), n]).sort()).toEqual(expected.sort())
    const length = form === 'bytes' ? a.sealed(rest()).length : textOf(a.sealed(rest())).length
    expect(groups.find(({ rows: n }) => n === 2)?.size).toBe(2 * length)
    expect(await rows.keys(range, { column, beginning: isPlainBytes ? '1100' : '-' }, 10)).toHaveLength(1)
  })

  test('get another wrapped key, all in one statement, and nothing else changes', async () => {
    const [a, b, c] = [prefixed('acme', 'arn:a'), prefixed('a longer tenant', 'arn:b'), prefixed('c', 'arn:c')]
    const ends = Array.from({ length: 6 }, rest)
    const [e0, e1, e2, e3, e4] = ends as [Buffer, Buffer, Buffer, Buffer, Buffer]
    const nextA = a.under('arn:next', 200)
    const nextB = b.under('arn:next', 150)
    const truncated = a.old.prefix.subarray(0, 140)
    const { table, rows, range } = await opened([
      [scalar(a.sealed(e0))],
      [scalar(b.sealed(e1))],
      [scalar(c.sealed(e2))],
      [other],
      [],
      [scalar(truncated)],
      list ? [scalar(a.sealed(e3)), scalar(c.sealed(e4)), scalar(a.sealed(e4))] : [scalar(a.sealed(e3))],
    ])
    const before = await Promise.all([3, 4, 6].map((id) => held(table, id)))
    const replacements: Replacement[] = [
      { column, cut: put(a.old), put: put(nextA) },
      { column, cut: put(b.old), put: put(nextB) },
    ]
    expect(await rows.wholes(range, column, [begins(b.old.prefix)], cut(b.old.prefix), 9)).toEqual([put(b.old)])
    expect(await rows.replace(range, replacements, 1_000)).toBe(3)
    expect(await held(table, 1)).toEqual([textOf(a.sealed(e0, nextA))])
    expect(await held(table, 2)).toEqual([textOf(b.sealed(e1, nextB))])
    expect(await held(table, 7)).toEqual(
      list
        ? [textOf(a.sealed(e3, nextA)), textOf(c.sealed(e4)), textOf(a.sealed(e4, nextA))]
        : [textOf(a.sealed(e3, nextA))],
    )
    expect(await Promise.all([3, 4, 6].map((id) => held(table, id)))).toEqual(before)
    expect(await held(table, 5)).toBeNull()
    const short = { column, beginning: begins(a.old.prefix), shorter: cut(a.old.prefix) + 28 }
    expect(await rows.keys(range, short, 9)).toHaveLength(1)
    // Nothing is left to do.
    expect(await rows.replace(range, replacements, 1_000)).toBe(0)
  })

  test('are matched by the whole of a wrapped key where that is asked for', async () => {
    const a = prefixed('acme', 'arn:a')
    const planted = Buffer.from(a.old.prefix)
    planted.writeUInt8(planted.readUInt8(planted.length - 20) ^ 1, planted.length - 20)
    const [e0, e1] = [rest(), rest()]
    const { table, rows, range } = await opened([[scalar(a.sealed(e0))], [scalar(Buffer.concat([planted, e1]))]])
    const next = a.under('arn:next')
    const wholes = await rows.wholes(range, column, [begins(a.old.prefix)], cut(a.old.prefix), 9)
    expect([...wholes].sort()).toEqual(
      [put(a.old), put({ text: textOf(planted), hex: planted.toString('hex') })].sort(),
    )
    const replacement = { column, cut: put(a.old), put: put(next) }
    expect(await rows.replace(range, [replacement], 1_000)).toBe(1)
    expect(await held(table, 1)).toEqual([textOf(a.sealed(e0, next))])
    expect(await held(table, 2)).toEqual([textOf(Buffer.concat([planted, e1]))])
  })

  test('that are long get another wrapped key beside long plaintext of any characters', async () => {
    const a = prefixed('acme', 'arn:a')
    const end = randomBytes(4_000)
    const accents = 'é'.repeat(1_101)
    const plaintext = {
      text: `'a${accents}'`,
      json: `'"a${accents}"'`,
      bytes: hexLiteral(Buffer.from(accents).toString('hex')),
    }
    const { table, rows, range } = await opened([[scalar(a.sealed(end))], [plaintext[form]]])
    const next = a.under('arn:next')
    const before = await held(table, 2)
    expect(await rows.replace(range, [{ column, cut: put(a.old), put: put(next) }], 1_000)).toBe(1)
    expect(await held(table, 1)).toEqual([textOf(a.sealed(end, next))])
    expect(await held(table, 2)).toEqual(before)
  })

  test.runIf(provider !== 'sqlite')(
    'of a row that a transaction has locked are passed over, and what it writes stays',
    async () => {
      const a = prefixed('acme', 'arn:a')
      const { table, rows, range } = await opened([[scalar(a.sealed(rest()))], [scalar(a.sealed(rest()))]])
      const written = a.sealed(rest())
      const next = a.under('arn:next')
      const replacement = { column, cut: put(a.old), put: put(next) }
      await plain.$transaction(async (tx) => {
        await tx.$executeRawUnsafe(`UPDATE ${table} SET ${name} = ${sql([scalar(written)])} WHERE id = 1`)
        expect(await rows.replace(range, [replacement], 1_000)).toBe(1)
      })
      expect(await held(table, 1)).toEqual([textOf(written)])
      // In a second pass it is what the transaction has written that is rewrapped.
      expect(await rows.replace(range, [replacement], 1_000)).toBe(1)
      expect(await held(table, 1)).toEqual([
        textOf(Buffer.concat([next.prefix, written.subarray(a.old.prefix.length)])),
      ])
    },
  )
})

test.runIf(provider === 'mysql')('a column with ON UPDATE CURRENT_TIMESTAMP stays as it is', async () => {
  const columns = `id INTEGER NOT NULL, v TEXT, u TIMESTAMP(3) NOT NULL DEFAULT '2020-01-02 03:04:05.678' ON UPDATE CURRENT_TIMESTAMP(3)`
  const { table, open } = await created(columns, ['id'], [VALUE])
  const a = prefixed('acme', 'arn:a')
  await database.execute(`INSERT INTO ${table} (id, v) VALUES (1, '${textOf(a.sealed(rest()))}')`)
  const times = () => database.query(`SELECT CAST(u AS CHAR) AS u FROM ${table}`)
  const before = await times()
  const rows = await open()
  const page = await rows.page({ after: undefined }, 10)
  if (page === undefined) throw new Error('there is a row')
  const next = a.under('arn:next')
  const replacement = { column: VALUE, cut: a.old.text, put: next.text }
  expect(await rows.replace(page.range, [replacement], 10)).toBe(1)
  expect(await times()).toEqual(before)
})

test.runIf(provider === 'mysql')('a value that would not fit stays as it is, whatever sql_mode says', async () => {
  const a = prefixed('acme', 'arn:a')
  const value = textOf(a.sealed(rest()))
  const { table, open } = await created(`id INTEGER NOT NULL, v VARCHAR(${value.length})`, ['id'], [VALUE])
  await database.execute(`INSERT INTO ${table} (id, v) VALUES (1, '${value}')`)
  const rows = await open()
  const page = await rows.page({ after: undefined }, 10)
  if (page === undefined) throw new Error('there is a row')
  const next = a.under('arn:next', 205)
  const matched = a.old.text.slice(0, 48)
  const replacement = { column: VALUE, cut: a.old.text, put: next.text }
  expect(await rows.replace(page.range, [replacement], 10)).toBe(0)
  const longer = value.length - (next.text.length - a.old.text.length)
  expect(await rows.keys(page.range, { column: VALUE, beginning: matched, longer }, 9)).toEqual([['1']])
})
