import { afterAll, describe, expect, test } from 'vitest'
import type { OwnerColumn, RowWrite, SweptColumn, SweptTable } from '../../src/databases/index.js'
import type { BaseClient } from '../../src/prisma/intercept.js'
import { sweptTablesOf } from '../../src/prisma/swept-tables.js'
import { PrismaClient } from '../support/client.js'
import { openTestDatabase } from '../support/database.js'

/** The statements by which values are read, and written in their place, on tables of their own. */
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

const TYPES = {
  postgresql: { text: 'text', json: 'jsonb', bytes: 'bytea', long: 'bigint' },
  sqlite: { text: 'TEXT', json: 'JSONB', bytes: 'BLOB', long: 'BIGINT' },
  mysql: { text: 'TEXT COLLATE utf8mb4_unicode_ci', json: 'JSON', bytes: 'LONGBLOB', long: 'BIGINT' },
}[provider]

let serial = 0
async function created(
  columns: string,
  key: readonly string[],
  swept: readonly SweptColumn[],
  tokens: string[] = [],
  owner?: OwnerColumn,
) {
  serial += 1
  const table = `values ${serial}`
  await database.execute(`CREATE TABLE ${q(table)} (${columns}, PRIMARY KEY (${key.map(q).join(', ')}))`)
  const definition: SweptTable = { table, schema: undefined, key, columns: swept, tokens, ...(owner && { owner }) }
  const open = async () => {
    const rows = await (tables as NonNullable<typeof tables>).open(definition)
    const page = await rows.page({ after: undefined }, 1_000)
    if (page === undefined) throw new Error('there are rows')
    return { rows, range: page.range, read: () => rows.read(page.range, 1_000) }
  }
  return { table: q(table), open }
}

const V: SweptColumn = { column: 'v', form: 'text', list: false }
const hex = (of: string): string => (provider === 'postgresql' ? `'\\x${of}'::bytea` : `x'${of}'`)

const KEYS: [name: string, type: Record<typeof provider, string>, values: string[]][] = [
  [
    'BigInt',
    { postgresql: 'bigint', sqlite: 'BIGINT', mysql: 'BIGINT' },
    ['9007199254740993', '-3', '9007199254740992'],
  ],
  [
    'UUID',
    { postgresql: 'uuid', sqlite: 'TEXT', mysql: 'CHAR(36) COLLATE utf8mb4_general_ci' },
    ["'00000000-0000-4000-8000-00000000000a'", "'10000000-0000-4000-8000-00000000000b'"],
  ],
  [
    'DateTime',
    { postgresql: 'timestamp(6)', sqlite: 'DATETIME', mysql: 'DATETIME(6)' },
    ["'2026-01-02 03:04:05.123456'", "'2026-01-02 03:04:05.123457'", "'1999-12-31 00:00:00'"],
  ],
  [
    'Bytes',
    { postgresql: 'bytea', sqlite: 'BLOB', mysql: 'VARBINARY(16)' },
    ['00', 'ff', '00ff', '616263', ''].map(hex),
  ],
  [
    'Decimal',
    { postgresql: 'numeric(65,30)', sqlite: 'DECIMAL', mysql: 'DECIMAL(65,30)' },
    ['-5', '0.1', '123456789012345'],
  ],
  [
    'text without cases, in another character set',
    {
      postgresql: 'text',
      sqlite: 'TEXT COLLATE NOCASE',
      mysql: 'VARCHAR(40) CHARACTER SET latin1 COLLATE latin1_german1_ci',
    },
    ["'a'", "'B'", "'ü'", "'o''x'"],
  ],
]

describe('rows are found again by their keys', () => {
  test.each(KEYS)('%s', async (_name, types, values) => {
    const { table, open } = await created(`k ${types[provider]} NOT NULL, v ${TYPES.text}`, ['k'], [V])
    for (const [i, value] of values.entries())
      await database.execute(`INSERT INTO ${table} (k, v) VALUES (${value}, 'old ${i}')`)
    const { rows, range, read } = await open()
    const before = await read()
    expect(before).toHaveLength(values.length)
    expect((await rows.sizes(range, 10)).map(({ key, size }) => ({ key, size }))).toEqual(
      before.map(({ key }) => ({ key, size: 5 })),
    )
    const writes = before.map(
      ({ key, cells: [cell] }): RowWrite => ({
        key,
        owner: null,
        cells: [{ before: cell ?? '', after: `new ${cell?.slice(-1)}` }],
        tokens: [],
      }),
    )
    expect(await rows.write(range, writes)).toBe(values.length)
    expect(await read()).toEqual(before.map((row) => ({ ...row, cells: [`new ${row.cells[0]?.slice(-1)}`] })))
  })

  test('of several columns', async () => {
    const { table, open } = await created(
      `org ${TYPES.long} NOT NULL, name VARCHAR(20) NOT NULL, n INT NOT NULL, v ${TYPES.text}`,
      ['org', 'name', 'n'],
      [V],
    )
    for (const org of [9007199254740993n, 1n])
      for (const name of ['b', 'a'])
        for (const n of [2, 10]) await database.execute(`INSERT INTO ${table} VALUES (${org}, '${name}', ${n}, '${n}')`)
    const { rows, range, read } = await open()
    const writes = (await read()).map(
      ({ key }): RowWrite => ({ key, owner: null, cells: [{ before: '10', after: '11' }], tokens: [] }),
    )
    // Those that hold another value stay.
    expect(await rows.write(range, writes)).toBe(4)
    expect((await read()).map(({ cells }) => cells[0]).sort()).toEqual(['11', '11', '11', '11', '2', '2', '2', '2'])
  })
})

describe('what is written', () => {
  const columns: SweptColumn[] = [
    V,
    { column: 'j', form: 'json', list: false },
    { column: 'b', form: 'bytes', list: false },
  ]

  test('goes into columns of each form, and only into those that change', async () => {
    const { table, open } = await created(
      `id INT NOT NULL, v ${TYPES.text}, j ${TYPES.json}, b ${TYPES.bytes}, x ${provider === 'mysql' ? 'VARBINARY(16)' : TYPES.bytes}`,
      ['id'],
      columns,
      ['x'],
    )
    const document = '{"a": "\\"\\\\ü", "n": 12345678901234567890}'
    await database.execute(
      `INSERT INTO ${table} VALUES (1, 'Ü ''x''', ?, ${hex('00ff')}, NULL), (2, '', ?, NULL, ${hex('aa')}), (3, NULL, NULL, NULL, ${hex('bb')})`.replaceAll(
        '?',
        provider === 'mysql' ? `'${document.replaceAll('\\', '\\\\')}'` : `'${document}'`,
      ),
    )
    const { rows, range, read } = await open()
    const [one, two, three] = await read()
    if (one === undefined || two === undefined || three === undefined) throw new Error('there are three rows')
    expect(one.cells[0]).toBe("Ü 'x'")
    expect(JSON.parse(one.cells[1] ?? '')).toMatchObject({ a: '"\\ü' })
    expect(one.cells[1]).toContain('12345678901234567890')
    expect([one.cells[2], one.tokens, two.cells[2], two.tokens, three.cells]).toEqual([
      '00ff',
      [null],
      null,
      ['aa'],
      [null, null, null],
    ])
    const changed = await rows.write(range, [
      {
        key: one.key,
        owner: null,
        cells: [
          { before: "Ü 'x'", after: 'pe1:Aa' },
          { before: one.cells[1] ?? '', after: '"pe1:j"' },
          { before: '00ff', after: '110100' },
        ],
        tokens: [{ before: null, after: '0102' }],
      },
      {
        key: two.key,
        owner: null,
        cells: [{ before: '' }, undefined, undefined],
        tokens: [{ before: 'aa', after: null }],
      },
      {
        key: three.key,
        owner: null,
        cells: [undefined, undefined, undefined],
        tokens: [{ before: 'bb', after: 'cc' }],
      },
    ])
    expect(changed).toBe(3)
    expect(await read()).toEqual([
      { ...one, cells: ['pe1:Aa', '"pe1:j"', '110100'], tokens: ['0102'] },
      { ...two, tokens: [null] },
      { ...three, tokens: ['cc'] },
    ])
  })

  test.each<[string, Partial<RowWrite>]>([
    ['a value of other letter case', { cells: [{ before: 'ABC', after: 'x' }, undefined, undefined] }],
    ['a value with a blank behind it', { cells: [{ before: 'abc ', after: 'x' }, undefined, undefined] }],
    ['another document', { cells: [undefined, { before: '{"a":2}', after: '"x"' }, undefined] }],
    ['other bytes', { cells: [undefined, undefined, { before: '0102', after: '00' }] }],
    ['another token', { tokens: [{ before: 'ab', after: 'cc' }] }],
    [
      'a value where there was none',
      { cells: [{ before: null }, undefined, undefined], tokens: [{ before: 'aa', after: null }] },
    ],
    ['a token where there is none', { tokens: [{ before: null, after: 'cc' }] }],
    ['one of two columns', { cells: [{ before: 'abc', after: 'x' }, undefined, { before: '0102', after: '00' }] }],
  ])('is not written where the row holds %s', async (_what, write) => {
    const { table, open } = await created(
      `id INT NOT NULL, v ${TYPES.text}, j ${TYPES.json}, b ${TYPES.bytes}, x ${TYPES.bytes}`,
      ['id'],
      columns,
      ['x'],
    )
    await database.execute(`INSERT INTO ${table} VALUES (1, 'abc', '{"a":1}', ${hex('0101')}, ${hex('aa')})`)
    const { rows, range, read } = await open()
    const before = await read()
    const none = {
      key: before[0]?.key ?? [],
      owner: null,
      cells: [undefined, undefined, undefined],
      tokens: [undefined],
    }
    expect(await rows.write(range, [{ ...none, ...write }])).toBe(0)
    expect(await read()).toEqual(before)
  })

  test('is put together again where all texts begin alike', async () => {
    const { table, open } = await created(
      `id INT NOT NULL, v ${TYPES.text}, w ${TYPES.text}`,
      ['id'],
      [V, { ...V, column: 'w' }],
    )
    const like = `${'pe1:Ab+/'.repeat(8)}`
    const [ones, twos] = [
      ['', 'ü', '"\\'],
      ['', 'x', 'é'],
    ]
    for (const [i, end] of ones.entries())
      await database.execute(`INSERT INTO ${table} VALUES (?, ?, ?)`, [
        i + 1,
        `${like}${end}`,
        i === 2 ? null : `${like}w`,
      ])
    const { rows, range, read } = await open()
    const writes = (await read()).map(
      ({ key, owner, cells: [v, w] }, i): RowWrite => ({
        key,
        owner,
        cells: [
          { before: v ?? null, after: `${like}${twos[i]}` },
          w === null || w === undefined ? undefined : { before: w, after: like },
        ],
        tokens: [],
      }),
    )
    // Another one under the same beginning is another value.
    const [first] = writes
    const other = { ...first, cells: [{ before: `${like}other`, after: `${like}new` }, undefined] } as RowWrite
    expect(await rows.write(range, [other])).toBe(0)
    expect(await rows.write(range, writes)).toBe(3)
    expect((await read()).map(({ cells }) => cells)).toEqual(
      twos.map((end, i) => [`${like}${end}`, i === 2 ? null : like]),
    )
  })

  test('is the index of a value that is still NULL', async () => {
    const { table, open } = await created(`id INT NOT NULL, v ${TYPES.text}, x ${TYPES.bytes}`, ['id'], [V], ['x'])
    await database.execute(`INSERT INTO ${table} VALUES (1, NULL, ${hex('aa')}), (2, 'a', ${hex('aa')})`)
    const { rows, range, read } = await open()
    const tokens = [{ before: 'aa', after: null }]
    const writes = (await read()).map(
      ({ key }, i): RowWrite => ({ key, owner: null, cells: [{ before: i === 0 ? null : 'a' }], tokens }),
    )
    expect(await rows.write(range, writes)).toBe(2)
    expect((await read()).map((row) => row.tokens)).toEqual([[null], [null]])
  })

  const TEXT = provider === 'mysql' ? 'VARCHAR(40) COLLATE utf8mb4_general_ci' : 'TEXT'
  const own: OwnerColumn = { column: 'tenant', optional: true }
  const parents = (table: string): OwnerColumn => ({
    table,
    schema: undefined,
    foreignKey: [{ column: 'parent', references: 'id' }],
    optional: false,
    owner: { column: 'tenant', optional: false },
  })

  test.each<[string, from: string, to: string]>([
    ['another tenant', "'acme'", "'globex'"],
    ['one of other letter case', "'acme'", "'ACME'"],
    ['none', "'acme'", 'NULL'],
    ['one where there was none', 'NULL', "'acme'"],
  ])('is not written where the row has come to belong to %s', async (_what, from, to) => {
    const columns = `id INT NOT NULL, v ${TYPES.text}, tenant ${TEXT}`
    const { table, open } = await created(columns, ['id'], [V], [], own)
    await database.execute(`INSERT INTO ${table} VALUES (1, 'a', ${from}), (2, 'a', 'globex')`)
    const { rows, range, read } = await open()
    const writes = (await read()).map(
      ({ key, owner }): RowWrite => ({ key, owner, cells: [{ before: 'a', after: 'b' }], tokens: [] }),
    )
    await database.execute(`UPDATE ${table} SET tenant = ${to} WHERE id = 1`)
    expect(await rows.write(range, writes)).toBe(1)
    expect((await read()).map(({ cells }) => cells[0])).toEqual(['a', 'b'])
    await database.execute(`UPDATE ${table} SET tenant = ${from} WHERE id = 1`)
    expect(await rows.write(range, writes)).toBe(1)
  })

  test('is not written where the row that it belongs to has another tenant', async () => {
    const parent = await created(`id INT NOT NULL, tenant ${TEXT}, v ${TYPES.text}`, ['id'], [V])
    const name = parent.table.slice(1, -1)
    const columns = `id INT NOT NULL, v ${TYPES.text}, parent INT`
    const { table, open } = await created(columns, ['id'], [V], [], parents(name))
    await database.execute(`INSERT INTO ${parent.table} VALUES (1, 'acme', ''), (2, 'globex', ''), (3, 'acme', '')`)
    await database.execute(`INSERT INTO ${table} VALUES (1, 'a', 1), (2, 'a', 2), (3, 'a', 3), (4, 'a', NULL)`)
    const { rows, range, read } = await open()
    const writes = (await read()).map(
      ({ key, owner }): RowWrite => ({ key, owner, cells: [{ before: 'a', after: 'b' }], tokens: [] }),
    )
    expect(writes.map(({ owner }) => owner)).toEqual(['nacme', 'nglobex', 'nacme', null])
    // One is moved with the row that it belongs to, and one to another such row.
    await database.execute(`UPDATE ${parent.table} SET tenant = 'globex' WHERE id = 1`)
    await database.execute(`UPDATE ${table} SET parent = 1 WHERE id = 2`)
    await database.execute(`UPDATE ${table} SET parent = 2 WHERE id = 3`)
    await database.execute(`UPDATE ${table} SET parent = 1 WHERE id = 4`)
    expect(await rows.write(range, writes)).toBe(1)
    expect((await read()).map(({ cells }) => cells[0])).toEqual(['a', 'b', 'a', 'a'])
  })

  test.runIf(provider === 'mysql')('does not wait for a row that it belongs to', async () => {
    const parent = await created(`id INT NOT NULL, tenant ${TEXT}, v ${TYPES.text}`, ['id'], [V])
    const columns = `id INT NOT NULL, v ${TYPES.text}, parent INT`
    const { table, open } = await created(columns, ['id'], [V], [], parents(parent.table.slice(1, -1)))
    await database.execute(`INSERT INTO ${parent.table} VALUES (1, 'acme', ''), (2, 'globex', '')`)
    await database.execute(`INSERT INTO ${table} VALUES (1, 'a', 1), (2, 'a', 2)`)
    const { rows, range, read } = await open()
    const writes = (await read()).map(
      ({ key, owner }): RowWrite => ({ key, owner, cells: [{ before: 'a', after: 'b' }], tokens: [] }),
    )
    await plain.$transaction(async (tx) => {
      await tx.$executeRawUnsafe(`UPDATE ${parent.table} SET tenant = 'globex' WHERE id = 1`)
      expect(await rows.write(range, writes)).toBe(1)
    })
    expect((await read()).map(({ cells }) => cells[0])).toEqual(['a', 'b'])
  })

  test('is nothing of a batch in which one row has the token of another', async () => {
    const type = provider === 'mysql' ? 'VARBINARY(16)' : TYPES.bytes
    const { table, open } = await created(`id INT NOT NULL, v ${TYPES.text}, x ${type}, UNIQUE (x)`, ['id'], [V], ['x'])
    await database.execute(`INSERT INTO ${table} VALUES (1, 'a', ${hex('aa')}), (2, 'b', NULL), (3, 'c', NULL)`)
    const { rows, range, read } = await open()
    const before = await read()
    const write = (id: number, after: string): RowWrite => ({
      key: before[id - 1]?.key ?? [],
      owner: null,
      cells: [undefined],
      tokens: [{ before: null, after }],
    })
    expect(await rows.write(range, [write(2, 'bb'), write(3, 'aa')])).toBe('taken')
    expect(await read()).toEqual(before)
    expect(await rows.write(range, [write(2, 'bb')])).toBe(1)
  })

  test.runIf(provider !== 'sqlite')('passes over a row that a transaction has locked', async () => {
    const { table, open } = await created(`id INT NOT NULL, v ${TYPES.text}`, ['id'], [V])
    await database.execute(`INSERT INTO ${table} VALUES (1, 'a'), (2, 'a')`)
    const { rows, range, read } = await open()
    const writes = (await read()).map(
      ({ key }): RowWrite => ({ key, owner: null, cells: [{ before: 'a', after: 'b' }], tokens: [] }),
    )
    await plain.$transaction(async (tx) => {
      await tx.$executeRawUnsafe(`UPDATE ${table} SET v = 'c' WHERE id = 1`)
      expect(await rows.write(range, writes)).toBe(1)
    })
    expect((await read()).map(({ cells }) => cells[0])).toEqual(['c', 'b'])
    expect(await rows.write(range, writes)).toBe(0)
  })

  test.runIf(provider === 'mysql')(
    'leaves a column with ON UPDATE CURRENT_TIMESTAMP, and reads any character set',
    async () => {
      const { table, open } = await created(
        `id INT NOT NULL, v VARCHAR(40) CHARACTER SET latin1, u TIMESTAMP(3) NOT NULL DEFAULT '2020-01-02 03:04:05.678' ON UPDATE CURRENT_TIMESTAMP(3)`,
        ['id'],
        [V],
      )
      await database.execute(`INSERT INTO ${table} (id, v) VALUES (1, 'Müller')`)
      const times = () => database.query(`SELECT CAST(u AS CHAR) AS u FROM ${table}`)
      const before = await times()
      const { rows, range, read } = await open()
      const [row] = await read()
      expect(row?.cells).toEqual(['Müller'])
      expect(
        await rows.write(range, [
          { key: row?.key ?? [], owner: null, cells: [{ before: 'Müller', after: 'é' }], tokens: [] },
        ]),
      ).toBe(1)
      expect((await read())[0]?.cells).toEqual(['é'])
      expect(await times()).toEqual(before)
    },
  )

  test.runIf(provider === 'postgresql')('replaces lists as wholes, and refuses what is too long', async () => {
    const lists: SweptColumn[] = [
      { column: 't', form: 'text', list: true },
      { column: 'j', form: 'json', list: true },
      { column: 'b', form: 'bytes', list: true },
    ]
    const { table, open } = await created(`id INT NOT NULL, t varchar(20)[], j jsonb[], b bytea[]`, ['id'], lists)
    await database.execute(
      `INSERT INTO ${table} VALUES (1, ARRAY['a,"', 'b\\'], ARRAY['{"a": 1}', '"x"']::jsonb[], ARRAY['\\x00', '\\xff']::bytea[]), (2, '{}', NULL, NULL)`,
    )
    const { rows, range, read } = await open()
    const [one, two] = await read()
    expect(one?.cells.map((cell) => JSON.parse(cell ?? ''))).toEqual([
      ['a,"', 'b\\'],
      ['{"a": 1}', '"x"'],
      ['00', 'ff'],
    ])
    expect(two?.cells).toEqual(['[]', null, null])
    const after = [
      ['pe1:1', 'b\\'],
      ['"pe1:2"', '"x"'],
      ['11', 'ff'],
    ].map((list) => JSON.stringify(list))
    const write = {
      key: one?.key ?? [],
      owner: null,
      cells: after.map((text, i) => ({ before: one?.cells[i] ?? '', after: text })),
      tokens: [],
    }
    expect(await rows.write(range, [write])).toBe(1)
    expect((await read())[0]?.cells.map((cell) => JSON.parse(cell ?? ''))).toEqual(
      after.map((list) => JSON.parse(list)),
    )
    expect(await rows.write(range, [write])).toBe(0)
    const long = JSON.stringify(['x'.repeat(21)])
    const tooLong = {
      key: two?.key ?? [],
      owner: null,
      cells: [{ before: '[]', after: long }, undefined, undefined],
      tokens: [],
    }
    await expect(rows.write(range, [tooLong])).rejects.toThrow()
  })
})
