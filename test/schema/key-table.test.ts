import { describe, expect, it } from 'vitest'
import { schemaDigest } from '../../src/schema/digest.js'
import { isModelMap } from '../../src/schema/is-model-map.js'
import { parseLock, serializeLock } from '../../src/schema/lock/file.js'
import { compilePsl, patient, refusals } from './compile-psl.js'
import { type Changes, countsModel, keysModel, keyTable, type Provider, providers } from './key-table-text.js'

const encrypted: Readonly<Record<Provider, string>> = {
  postgresql: patient('email String /// @encrypted'),
  cockroachdb: patient('email String /// @encrypted'),
  sqlite: patient('email String /// @encrypted'),
  mysql: patient('email String @db.Text /// @encrypted'),
  sqlserver: patient('email String @db.NVarChar(Max) /// @encrypted'),
}

describe('the key table of a schema', () => {
  it.each(providers)('is in the model map, on %s', async (provider) => {
    const { map, warnings } = await compilePsl(`${encrypted[provider]}\n${keyTable(provider)}`, { provider })
    expect(map.keyTable).toEqual({ keys: 'DataKey', counts: 'DataKeyCount' })
    expect(map.models.DataKey?.compounds).toEqual({ owner_seq: ['owner', 'seq'] })
    expect(isModelMap(map)).toBe(true)
    expect(warnings).toEqual([])
  })

  it('is not there without annotations', async () => {
    const { map, lock } = await compilePsl(keyTable('postgresql').replaceAll(/\/\/\/ .*/g, ''))
    expect(map).not.toHaveProperty('keyTable')
    expect(lock).not.toHaveProperty('keyTable')
  })

  it('may have other names for models, tables and columns, and fields that may be left out', async () => {
    const keys = keysModel(
      'postgresql',
      { wrapTag: 'wrapTag Bytes @map("tag")', add: 'note String?\n@@map("keys")' },
      'K',
    )
    const { map } = await compilePsl(`${keys}\n${countsModel('postgresql', { add: '@@map("counts")' }, 'C')}`)
    expect(map.keyTable).toEqual({ keys: 'K', counts: 'C' })
    expect(map.models).toMatchObject({
      K: { table: 'keys', fields: { wrapTag: { column: 'tag' } } },
      C: { table: 'counts' },
    })
  })

  it('may say more of its unique and times than it needs to', async () => {
    const blocks = keyTable('postgresql', {
      createdAt: 'createdAt DateTime @default(now()) @db.Timestamptz(3)',
      unique: '@@unique([owner, seq], map: "newest")\n@@unique([owner, seq, scope])\n@@index([wrapTag])',
    })
    await expect(compilePsl(blocks)).resolves.toBeDefined()
  })

  it('needs no tenant in a schema that has tenants', async () => {
    const tenants = `${patient('email String /// @encrypted\norg String /// @encrypted.tenant')}`
    const { map } = await compilePsl(`${tenants}\n${keyTable('postgresql')}`)
    expect(map.models.DataKey).not.toHaveProperty('tenant')
  })

  it('changes the digest of the schema: a client and a map of two schemas do not go together', () => {
    const plain = keyTable('postgresql').replaceAll(/\/\/\/ .*\n/g, '')
    expect(schemaDigest(keyTable('postgresql'))).not.toBe(schemaDigest(plain))
  })
})

/** What is wrong, the changed fields, the whole list of refusals, and the database. */
type Rule = [rule: string, changes: Changes, expected: RegExp[], provider?: Provider]

async function expectRefusals(blocks: string, expected: readonly RegExp[], provider: Provider): Promise<void> {
  const lines = await refusals(blocks, { provider })
  expect(lines).toHaveLength(expected.length)
  expected.forEach((pattern, i) => {
    expect(lines[i]).toMatch(pattern)
    expect(lines[i]).toMatch(/\bWrite /)
  })
}

describe('a field of the keys', () => {
  it.each<Rule>([
    ['missing', { section: undefined }, [/^DataKey: it has no field `section`\. Write `section Bytes` as well\.$/]],
    [
      'missing, with the type that MySQL needs',
      { section: undefined },
      [/^DataKey: .*Write `section Bytes @db\.VarBinary\(6500\)` as well\.$/],
      'mysql',
    ],
    [
      'of another type',
      { owner: 'owner String' },
      [/^DataKey\.owner: it is of type `String`, and must be `Bytes`\. Write `owner Bytes` instead\.$/],
    ],
    ['a list', { cmk: 'cmk String[]' }, [/^DataKey\.cmk: it is of type `String\[\]`.*Write `cmk String\?` instead\.$/]],
    ['of type Int', { seq: 'seq Int' }, [/^DataKey\.seq: .*`Int`, and must be `BigInt`/]],
    [
      'optional',
      { tenant: 'tenant String?' },
      [/^DataKey\.tenant: it must be required.*Write `tenant String` instead\.$/],
    ],
    [
      'required',
      { retiredAt: 'retiredAt DateTime' },
      [/^DataKey\.retiredAt: it must be optional.*Write `retiredAt DateTime\?` instead\.$/],
    ],
    [
      'not the id',
      { id: 'id Bytes @unique' },
      [/^DataKey\.id: it must identify a row.*Write `id Bytes @id` instead\.$/],
    ],
    [
      'only a part of the id',
      { id: 'id Bytes', add: '@@id([id, owner])' },
      [/^DataKey\.id: it must identify a row of the model, by itself\. /],
    ],
    [
      'under another column',
      { owner: 'owner String @map("o")' },
      [/^DataKey\.owner: .*Write `owner Bytes @map\("o"\)` instead\.$/],
    ],
    [
      'that Prisma fills in',
      { retiredAt: 'retiredAt DateTime? @updatedAt' },
      [/^DataKey\.retiredAt: Prisma or the database would fill it in\. Write `retiredAt DateTime\?` instead/],
    ],
    [
      'that the database fills in',
      { cmk: 'cmk String? @default("none")' },
      [/^DataKey\.cmk: Prisma or the database would fill it in\. /],
    ],
    [
      'that the database numbers',
      { seq: 'seq BigInt @default(autoincrement())' },
      [/^DataKey\.seq: the database must not number it\. Write `seq BigInt` instead/],
    ],
    ['with half a time', { createdAt: 'createdAt DateTime @db.Date' }, [/^DataKey\.createdAt: `@db\.Date` holds only/]],
    ['of short text', { tenant: 'tenant String @db.VarChar(100)' }, [/^DataKey\.tenant: .*too short: it needs 255/]],
    ['that pads', { tenant: 'tenant String @db.Char(255)' }, [/^DataKey\.tenant: `@db\.Char\(255\)` does not hold/]],
    [
      'of which MySQL stores 191 characters',
      { tenant: 'tenant String' },
      [/^DataKey\.tenant: .*VARCHAR\(191\), and it needs 255 characters\. Write `tenant String @db\.VarChar\(255\)`/],
      'mysql',
    ],
    [
      'that MySQL cannot have in a key',
      { id: 'id Bytes @id', owner: 'owner Bytes @db.Blob', unique: '@@unique([owner(length: 16), seq])' },
      [
        /^DataKey\.id: MySQL cannot have a column without a `@db\.` type in a key\. Write `id Bytes @id @db\.Binary\(16\)`/,
        /^DataKey\.owner: MySQL cannot have `@db\.Blob` in a key\. Write `owner Bytes @db\.Binary\(16\)`/,
      ],
      'mysql',
    ],
    [
      'that pads bytes',
      {
        id: 'id Bytes @id @db.Binary(32)',
        section: 'section Bytes @db.Binary(255)',
        wrapTag: 'wrapTag Bytes @db.Binary(8)',
      },
      [
        /^DataKey\.id: `@db\.Binary\(32\)` pads/,
        /^DataKey\.section: .*pads.*VarBinary\(6500\)`/,
        /^DataKey\.wrapTag: .*pads/,
      ],
      'mysql',
    ],
    [
      'of too few bytes',
      {
        section: 'section Bytes @db.VarBinary(1024)',
        owner: 'owner Bytes @db.VarBinary(8)',
        wrapTag: 'wrapTag Bytes @db.TinyBlob',
      },
      [
        /^DataKey\.owner: .*too short: it needs 16 bytes/,
        /^DataKey\.section: .*6500 bytes/,
        /^DataKey\.wrapTag: .*12 bytes/,
      ],
      'mysql',
    ],
    [
      'that SQL Server cannot have in a key, or cuts to one byte',
      { id: 'id Bytes @unique', wrapTag: 'wrapTag Bytes @db.VarBinary' },
      [
        /^DataKey\.id: SQL Server cannot have a column without a `@db\.` type in a key.*`id Bytes @unique @db\.VarBinary\(16\)`/,
        /^DataKey\.wrapTag: .*too short/,
      ],
      'sqlserver',
    ],
    [
      'that nobody writes',
      { add: 'note String' },
      [/^DataKey\.note: it is required.*Write `note String\?` instead, or leave it out/],
    ],
    [
      'that nobody writes, a list',
      { add: 'notes String[]' },
      [/^DataKey\.notes: it is required.*Write the model without it instead/],
    ],
  ])('%s is refused', async (_, changes, expected, provider = 'postgresql') => {
    await expectRefusals(keyTable(provider, changes), expected, provider)
  })

  it.each<[Provider, Changes]>([
    [
      'mysql',
      {
        id: 'id Bytes @id @db.VarBinary(32)',
        section: 'section Bytes',
        wrapTag: 'wrapTag Bytes',
        tenant: 'tenant String @db.Text',
      },
    ],
    [
      'mysql',
      {
        section: 'section Bytes @db.Blob',
        cmk: 'cmk String? @db.VarChar(500)',
        wrapTag: 'wrapTag Bytes @db.VarBinary(12)',
      },
    ],
    [
      'sqlserver',
      { id: 'id Bytes @unique @db.Binary(16)', section: 'section Bytes', cmk: 'cmk String? @db.NVarChar(Max)' },
    ],
    ['postgresql', { section: 'section Bytes @db.ByteA', tenant: 'tenant String @db.VarChar(255)' }],
    ['cockroachdb', { section: 'section Bytes @db.Bytes', tenant: 'tenant String @db.String(255)' }],
  ])('may have another type that holds its values, on %s', async (provider, changes) => {
    await expect(compilePsl(keyTable(provider, changes), { provider })).resolves.toBeDefined()
  })
})

describe('the uniques of a key table', () => {
  it.each<Rule>([
    [
      'no unique',
      { unique: '' },
      [/^DataKey: nothing says.*Write `@@unique\(\[owner, seq\]\)`, in this order, as well/],
    ],
    ['the other order', { unique: '@@unique([seq, owner])' }, [/^DataKey: nothing says.*in this order/]],
    ['more in it', { unique: '@@unique([owner, seq, scope])' }, [/^DataKey: nothing says.*in this order/]],
    [
      'another name in calls',
      { unique: '@@unique([owner, seq], name: "newest")' },
      [/^DataKey: its unique must have.*Write `@@unique\(\[owner, seq\]\)` without `name` instead/],
    ],
    [
      'a unique that two keys of one owner would break',
      {
        owner: 'owner Bytes @unique',
        unique: '@@unique([owner, seq])\n@@unique([tenant])\n@@unique([scope, createdAt])',
      },
      [
        /^DataKey: two rows may be equal in owner, .*without this unique/,
        /^DataKey: two rows may be equal in tenant, /,
        /^DataKey: two rows may be equal in scope, createdAt, /,
      ],
    ],
    [
      'the first bytes of a column',
      { id: 'id Bytes @id(length: 4) @db.Binary(16)', unique: '@@unique([owner(length: 8), seq])' },
      [
        /^DataKey\.id: a key of its first 4 bytes.*without `length` instead/,
        /^DataKey\.owner: a key of its first 8 bytes/,
      ],
      'mysql',
    ],
  ])('with %s are refused', async (_, changes, expected, provider = 'postgresql') => {
    await expectRefusals(keyTable(provider, changes), expected, provider)
  })

  it('of the counts are the id alone', async () => {
    await expectRefusals(
      keyTable('postgresql', {}, { reserved: 'reserved BigInt @unique' }),
      [/^DataKeyCount: two rows may be equal in reserved, /],
      'postgresql',
    )
  })
})

describe('the annotations of a key table', () => {
  const pg = 'postgresql'
  it.each<[string, string, RegExp[]]>([
    [
      'on the keys alone',
      keysModel(pg),
      [
        /^DataKey: .*none has `\/\/\/ @encrypted\.keyCounts` above it\. Write the second model as well: `npx prisma-envelope sql --keys` prints both\.$/,
      ],
    ],
    ['on the counts alone', countsModel(pg), [/^DataKeyCount: .*none has `\/\/\/ @encrypted\.keys` above it/]],
    [
      'on two models of keys',
      `${keyTable(pg)}\n${keysModel(pg, {}, 'Other')}`,
      [/^Other: DataKey has `\/\/\/ @encrypted\.keys` already.*above one of the two models instead/],
    ],
    [
      'both on one model',
      keysModel(pg).replace('/// @', '/// @encrypted.keyCounts\n/// @'),
      [
        /^DataKey: one model cannot be two of this package's models\. Write each annotation above one of its own instead/,
      ],
    ],
    [
      'beside one about tenants',
      keyTable(pg).replace('/// @encrypted.keys', '/// @encrypted.keys @encrypted.shared'),
      [
        /^DataKey: `@encrypted\.shared` is about encrypted rows.*Write only `\/\/\/ @encrypted\.keys` above the model instead/,
      ],
    ],
    [
      'above fields that have annotations',
      keyTable(pg, {
        tenant: 'tenant String /// @encrypted.tenant',
        owner: 'owner Bytes /// @encrypted',
        add: 'note String? /// @encrypted\nnoteIndex Bytes? /// @encrypted.index(note)',
      }),
      [
        /^DataKey\.owner: the key table has no encrypted fields/,
        /^DataKey\.tenant: the key table has no encrypted fields.*Write the field without the annotation instead/,
        /^DataKey\.note: the key/,
        /^DataKey\.noteIndex: the key/,
      ],
    ],
    [
      'above a model with relations',
      `${keyTable(pg, { add: 'patients Patient[]' })}\nmodel Patient {\n id Int @id\n keyId Bytes\n key DataKey @relation(fields: [keyId], references: [id])\n}`,
      [/^DataKey\.patients: this model is of the package itself, and has no relations\. Write the model without/],
    ],
    [
      'on a field',
      `${patient('email String /// @encrypted.keys')}`,
      [
        /^Patient\.email: `@encrypted\.keys` is about all rows of Patient\. Write `\/\/\/ @encrypted\.keys` on a line of its own above/,
      ],
    ],
    [
      'on an enum',
      `${patient('k Kind')}\n/// @encrypted.keys\nenum Kind {\n A\n}`,
      [/^Kind: `@encrypted\.keys` is on an enum, .*Write it above a model instead/],
    ],
    [
      'with an option',
      keyTable(pg).replace('.keyCounts', '.keyCounts(cap: 5)'),
      [
        /^DataKeyCount: `@encrypted\.keyCounts` has no option `cap`.*Write `@encrypted\.keyCounts` instead/,
        /^DataKey: the key table is two models/,
      ],
    ],
    [
      'misspelt',
      patient('').replace('model', '/// @encrypted.key\nmodel'),
      [/^Patient: .*Write `@encrypted\.keys` instead/],
    ],
    [
      'misspelt, the other',
      patient('').replace('model', '/// @encrypted.keycount\nmodel'),
      [/^Patient: .*Write `@encrypted\.keyCounts` instead/],
    ],
    [
      'misspelt in one word',
      patient('').replace('model', '/// @encryptedKeyCounts\nmodel'),
      [/^Patient: .*Write `@encrypted\.keyCounts` instead/],
    ],
    [
      'misspelt in one word, twice',
      patient('').replace('model', '/// @encrypted_keyCoun\nmodel'),
      [/^Patient: .*Write `@encrypted\.keyCounts` instead/],
    ],
    [
      'of a word that is not near',
      patient('').replace('model', '/// @encrypted.heap\nmodel'),
      [/^Patient: .*Write `@encrypted`, .* or `@encrypted\.keyCounts` instead/],
    ],
  ])('%s are refused', async (_, blocks, expected) => {
    await expectRefusals(blocks, expected, pg)
  })

  it('are found where Prisma drops them, and not on views', async () => {
    const view = 'view List {\n id Int @unique\n}'
    const inside = keyTable(pg).replace(
      '/// @encrypted.keys\nmodel DataKey {',
      '/// @encrypted.keys\n\nmodel DataKey {',
    )
    expect(await refusals(inside, { withSource: true })).toContainEqual(
      expect.stringMatching(/^DataKey: .*not directly above the model.*Write it on the line before `model DataKey/),
    )
    const onView = `${keyTable(pg)}\n/// @encrypted.keys\n${view}`
    expect(await refusals(onView, { withSource: true })).toContainEqual(expect.stringMatching(/^List: views have no/))
  })
})

describe('an encrypted column of a schema with a key table', () => {
  it.each<[string, string, RegExp]>([
    [
      'has room for an inline envelope',
      'email String @db.VarChar(255) /// @encrypted',
      /^Patient\.email: .*it needs 1024 characters, also with a key table, since not every key can be stored there\. Write `@db\.Text` instead/,
    ],
    [
      'has a type that has',
      'email String /// @encrypted',
      /^Patient\.email: .*VARCHAR\(191\), .*\(it needs 1024 characters, also with a key table, .*\)\. Write `@db\.Text`/,
    ],
    [
      'of bytes as well',
      'email Bytes @db.VarBinary(200) /// @encrypted',
      /^Patient\.email: .*it needs 768 bytes, also with a key table/,
    ],
  ])('%s', async (_, field, expected) => {
    const lines = await refusals(`${patient(field)}\n${keyTable('mysql')}`, { provider: 'mysql' })
    expect(lines).toEqual([expect.stringMatching(expected)])
    const without = await refusals(patient(field), { provider: 'mysql' })
    expect(without[0]).not.toContain('key table')
  })
})

describe('the key table in the lock file', () => {
  const tables = keyTable('postgresql', { add: '@@map("keys")' }, { add: '@@map("counts")' })
  const lockOf = async (blocks: string) => parseLock(serializeLock((await compilePsl(blocks)).lock), 'x.json')

  it('is one line with the tables', async () => {
    const { lock } = await compilePsl(tables)
    expect(serializeLock(lock)).toContain('\n  "keyTable": { "keys": "keys", "counts": "counts" },\n')
    expect(parseLock(serializeLock(lock), 'x.json').keyTable).toEqual({ keys: 'keys', counts: 'counts' })
  })

  it('is recorded when it is added, and stays when models are renamed', async () => {
    const before = await lockOf(encrypted.postgresql)
    const { lock } = await compilePsl(`${encrypted.postgresql}\n${tables}`, { lock: before })
    const renamed = tables.replace('model DataKey ', 'model K ').replace('model DataKeyCount', 'model C')
    const again = await compilePsl(`${encrypted.postgresql}\n${renamed}`, { lock })
    expect(again.lock.keyTable).toEqual({ keys: 'keys', counts: 'counts' })
    expect(again.map.keyTable).toEqual({ keys: 'K', counts: 'C' })
  })

  it.each<[string, (blocks: string) => string, RegExp[]]>([
    [
      'without its annotations',
      (blocks) => blocks.replaceAll(/\/\/\/ .*\n/g, ''),
      [
        /^DataKey: the lock file has the key table keys, and its annotations are gone: .*Write `\/\/\/ @encrypted\.keys` and `\/\/\/ @encrypted\.keyCounts` above its models again instead.*docs\/schema-changes\.md, then remove this line from the lock file: `"keyTable": \{ "keys": "keys", "counts": "counts" \}`$/,
      ],
    ],
    ['without its models', () => encrypted.postgresql, [/^schema: the lock file has the key table keys, /]],
    [
      'without one of its models',
      () => keysModel('postgresql', { add: '@@map("keys")' }),
      [/^DataKey: the key table is two models/],
    ],
    [
      'in another table',
      (blocks) => blocks.replace('@@map("keys")', ''),
      [
        /^DataKey: the lock file has the keys in the table keys, and its table is DataKey now.*Write `@@map\("keys"\)` in the model instead.*write `"keyTable": \{ "keys": "DataKey", "counts": "counts" \}` into the lock file/,
      ],
    ],
    [
      'with its counts in another table',
      (blocks) => blocks.replace('@@map("counts")', ''),
      [/^DataKeyCount: the lock file has the counts in the table counts, .*Write `@@map\("counts"\)`/],
    ],
  ])('refuses a schema %s', async (_, change, expected) => {
    const lock = await lockOf(tables)
    const lines = await refusals(change(tables), { lock })
    expect(lines).toHaveLength(expected.length)
    expected.forEach((pattern, i) => {
      expect(lines[i]).toMatch(pattern)
    })
  })

  it('has tables by their database schema', async () => {
    const datasource = 'schemas = ["app", "base"]'
    const inSchema = (keys: string, schema: string) =>
      keyTable('postgresql', { add: `${keys}\n@@schema("${schema}")` }, { add: '@@schema("app")' })
    const { lock } = await compilePsl(inSchema('@@map("keys")', 'app'), { datasource })
    expect(lock.keyTable).toEqual({ keys: 'app.keys', counts: 'app.DataKeyCount' })
    expect(await refusals(inSchema('', 'app'), { datasource, lock })).toEqual([
      expect.stringMatching(
        /^DataKey: .*in the table app\.keys, and its table is app\.DataKey now.*Write `@@map\("keys"\)` in/,
      ),
    ])
    expect(await refusals(inSchema('@@map("keys")', 'base'), { datasource, lock })).toEqual([
      expect.stringMatching(/^DataKey: .*its table is base\.keys now.*Write the previous `@@schema` and `@@map` in/),
    ])
  })

  it.each<[string, string, RegExp]>([
    ['that is no object', '"keys"', /is damaged: "keyTable" is not an object/],
    ['of one table', '{ "keys": "keys" }', /is damaged: "keyTable" does not name both tables/],
    [
      'with something that a later release wrote',
      '{ "keys": "k", "counts": "c", "more": 1 }',
      /later release: "more" of "keyTable"/,
    ],
  ])('is refused if it holds one %s', (_, value, expected) => {
    const text = `{ "version": 2, "keyTable": ${value}, "models": {}, "fields": {} }`
    expect(() => parseLock(text, 'x.json')).toThrow(expected)
  })
})
