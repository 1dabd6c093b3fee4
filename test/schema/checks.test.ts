import { describe, expect, it } from 'vitest'
import { compilePsl, patient, refusals } from './compile-psl.js'

/** A rule: what it is about, the fields of `Patient`, and the whole list of refusals. */
type Rule = [rule: string, fields: string, expected: (string | RegExp)[], provider?: string]

function itRefuses(rules: Rule[]): void {
  it.each(rules)('%s', async (_, fields, expected, provider = 'postgresql') => {
    const lines = await refusals(fields.includes('model ') ? fields : patient(fields), { provider })
    expect(lines).toHaveLength(expected.length)
    expected.forEach((pattern, i) => {
      if (typeof pattern === 'string') expect(lines[i]).toContain(pattern)
      else expect(lines[i]).toMatch(pattern)
    })
    // Each says what to write.
    for (const line of lines) expect(line).toMatch(/^\S+(?: \S+)?: .*\bWrite /)
  })
}

async function accepts(fields: string, provider = 'postgresql'): Promise<void> {
  await expect(compilePsl(fields.includes('model ') ? fields : patient(fields), { provider })).resolves.toBeDefined()
}

describe('an annotation that cannot be read', () => {
  itRefuses([
    ['misspelt', 'email String /// @encypted', [/^Patient\.email: `@encypted` .*Write `@encrypted` instead/]],
    [
      'with an unknown option',
      'email String /// @encrypted(bind: id)',
      [/^Patient\.email: .*no option `bind`.*Its options are: as/],
    ],
    [
      'hides no other problem, and adds no false one',
      'email String /// @encrypted(bind: id)\nemailIndex Bytes? @unique /// @encrypted.index(email)\nage Int /// @encrypted',
      [/^Patient\.email: .*`bind`/, /^Patient\.age: Int cannot be encrypted/],
    ],
  ])
})

describe('an annotation where it works on nothing', () => {
  itRefuses([
    [
      'on a model',
      `/// @encrypted\n${patient('email String')}`,
      [/^Patient: `@encrypted` is on a model.*Write it on its fields instead/],
    ],
    [
      'on a model, misspelt',
      `/// @encrypt\n${patient('email String')}`,
      [/^Patient: `@encrypt`.*Write `@encrypted` instead/],
    ],
    [
      'on an enum',
      `${patient('k Kind')}\n/// @encrypted\nenum Kind {\n A\n}`,
      [/^Kind: `@encrypted` is on an enum, .*Write it on a field/],
    ],
    [
      'on an enum value',
      `${patient('k Kind')}\nenum Kind {\n A /// @encrypted\n}`,
      [/^Kind\.A: `@encrypted` is on an enum value/],
    ],
    [
      'on a relation',
      `${patient('notes Note[] /// @encrypted')}\nmodel Note {\n id Int @id\n patientId Int\n patient Patient @relation(fields: [patientId], references: [id])\n}`,
      [/^Patient\.notes: .*relation, which has no column.*scalar field of Note instead/],
    ],
  ])
})

describe('a field that cannot be encrypted', () => {
  const other = 'model Other {\n id Int @id\n code String @unique\n ps Patient[]\n}'
  itRefuses([
    [
      'an id',
      'model Patient {\n id String @id /// @encrypted\n}',
      [/^Patient\.id: an id cannot be encrypted.*Write a column `idIndex Bytes @id @default\(""\)` with/],
    ],
    [
      'part of a compound id',
      'model Patient {\n a String /// @encrypted\n b Int\n @@id([a, b])\n}',
      [/^Patient\.a: an id cannot/],
    ],
    [
      'a unique',
      'email String @unique /// @encrypted',
      [/^Patient\.email: a unique field.*Write a column `emailIndex Bytes\? @unique`/],
    ],
    [
      'part of a compound unique',
      'email String /// @encrypted\nn Int\n@@unique([n, email])',
      [/^Patient\.email: a unique field/],
    ],
    ['alone in a @@unique', 'email String /// @encrypted\n@@unique([email])', [/^Patient\.email: a unique field/]],
    [
      'a foreign key',
      `model Patient {\n id Int @id\n otherCode String /// @encrypted\n other Other @relation(fields: [otherCode], references: [code])\n}\n${other}`,
      [
        /^Patient\.otherCode: it is part of the foreign key of the relation `other`.*Write the relation over a field without/,
      ],
    ],
    [
      'the target of a foreign key',
      `model Patient {\n id Int @id\n otherCode String\n other Other @relation(fields: [otherCode], references: [code])\n}\nmodel Other {\n id Int @id\n code String @unique /// @encrypted\n ps Patient[]\n}`,
      [/^Other\.code: a unique field/, /^Other\.code: it is part of the foreign key of the relation `other`/],
    ],
    [
      'an enum',
      `${patient('k Kind /// @encrypted')}\nenum Kind {\n A\n}`,
      [/^Patient\.k: an enum .*Write the type `String` instead/],
    ],
    [
      'an Int',
      'n Int /// @encrypted',
      [/^Patient\.n: Int cannot be encrypted.*Write the type `String`, `Json` or `Bytes`/],
    ],
    ['a BigInt', 'n BigInt /// @encrypted', ['Patient.n: BigInt cannot']],
    ['a Float', 'n Float /// @encrypted', ['Patient.n: Float cannot']],
    ['a Decimal', 'n Decimal /// @encrypted', ['Patient.n: Decimal cannot']],
    ['a Boolean', 'n Boolean /// @encrypted', ['Patient.n: Boolean cannot']],
    ['a DateTime', 'n DateTime /// @encrypted', ['Patient.n: DateTime cannot']],
    [
      'an @updatedAt',
      'n DateTime @updatedAt /// @encrypted',
      [/^Patient\.n: Prisma itself writes an `@updatedAt`.*Write the field without/],
    ],
    [
      'a list, on another database than PostgreSQL',
      'n String[] /// @encrypted',
      [/^Patient\.n: lists are encrypted on PostgreSQL only\. Write `Json` instead of `String\[\]`/],
      'cockroachdb',
    ],
    ['a list of Int', 'n Int[] /// @encrypted', ['Patient.n: Int cannot']],
    ['a list of an enum', `${patient('n Kind[] /// @encrypted')}\nenum Kind {\n A\n}`, ['Patient.n: an enum cannot']],
    ['a list in a short column', 'n String[] @db.VarChar(20) /// @encrypted', [/needs 1024 characters/]],
    [
      'with dbgenerated()',
      'n String @default(dbgenerated("x()")) /// @encrypted',
      ['Patient.n: a default of `dbgenerated()`'],
    ],
    [
      'with dbgenerated() of a list',
      'n String[] @default(dbgenerated("x()")) /// @encrypted',
      ['Patient.n: a default of `dbgenerated()`'],
    ],
    [
      'with a database index, in which long values find no room',
      'email String /// @encrypted\n@@index([email])',
      [
        /^Patient\.email: a database index on ciphertext .*Write a column `emailIndex Bytes\?` with `\/\/\/ @encrypted\.index\(email\)`, and `@@index\(\[emailIndex\]\)`/,
      ],
    ],
    [
      'with a database index over several fields',
      'email String /// @encrypted\nn Int\n@@index([n, email])',
      ['Patient.email: a database index'],
    ],
    [
      'with a database index over a list',
      'n String[] /// @encrypted\n@@index([n], type: Gin)',
      [/^Patient\.n: a database index .*Write the model without `@@index\(\[n\], type: Gin\)` instead/],
    ],
    [
      'that is an index as well',
      'n Bytes? /// @encrypted @encrypted.index(n)',
      [/^Patient\.n: `@encrypted` and `@encrypted\.index` on one field.*Write them on two/],
    ],
    [
      'that is the tenant as well',
      'n String /// @encrypted @encrypted.tenant',
      [/^Patient\.n: `@encrypted` and `@encrypted\.tenant` on one field: the tenant must be readable/],
    ],
  ])

  it.each([
    'String',
    'String?',
    'Json',
    'Json?',
    'Bytes',
    'Bytes?',
    'String[]',
    'Json[]',
    'Bytes[]',
    'String @default("")',
    'String[] @default([])',
    'Json @default("{}")',
    'Bytes @default("AA==")',
  ])('%s can', async (type) => {
    await accepts(`n ${type} /// @encrypted`)
  })
})

describe('a column that cannot hold an envelope', () => {
  itRefuses([
    [
      'PostgreSQL @db.Char',
      'n String @db.Char(2000) /// @encrypted',
      [/^Patient\.n: `@db\.Char\(2000\)` .*pads.*Write `@db\.Text` instead/],
    ],
    [
      'PostgreSQL @db.VarChar',
      'n String @db.VarChar(1023) /// @encrypted',
      [/^Patient\.n: `@db\.VarChar\(1023\)` .*needs 1024 characters.*Write `@db\.Text`/],
    ],
    ['PostgreSQL @db.Uuid', 'n String @db.Uuid /// @encrypted', [/^Patient\.n: `@db\.Uuid` .*Write `@db\.Text`/]],
    ['PostgreSQL @db.Inet', 'n String @db.Inet /// @encrypted', ['`@db.Inet` cannot hold an envelope']],
    ['PostgreSQL @db.Xml', 'n String @db.Xml /// @encrypted', ['`@db.Xml` cannot hold an envelope']],
    ['PostgreSQL @db.Bit', 'n String @db.Bit(8) /// @encrypted', ['`@db.Bit(8)` cannot hold an envelope']],
    ['PostgreSQL @db.VarBit', 'n String @db.VarBit /// @encrypted', ['`@db.VarBit` cannot hold an envelope']],
    [
      'PostgreSQL @db.Citext',
      'n String @db.Citext /// @encrypted',
      [/`@db\.Citext` .*ignores case.*Write `@db\.Text`/],
    ],
    [
      'CockroachDB @db.String',
      'n String @db.String(100) /// @encrypted',
      [/`@db\.String\(100\)`.*Write `@db\.String` instead/],
      'cockroachdb',
    ],
    ['CockroachDB @db.Char', 'n String @db.Char(5) /// @encrypted', ['pads its values'], 'cockroachdb'],
    [
      'MySQL default String',
      'n String /// @encrypted',
      [/^Patient\.n: without a `@db\.` type the column is VARCHAR\(191\).*Write `@db\.Text` instead/],
      'mysql',
    ],
    [
      'MySQL @db.VarChar',
      'n String @db.VarChar(255) /// @encrypted',
      ['`@db.VarChar(255)` cannot hold an envelope'],
      'mysql',
    ],
    ['MySQL @db.Char', 'n String @db.Char(255) /// @encrypted', ['pads its values'], 'mysql'],
    [
      'MySQL @db.TinyText',
      'n String @db.TinyText /// @encrypted',
      [/holds at most 255 bytes\. Write `@db\.Text`/],
      'mysql',
    ],
    [
      'MySQL @db.TinyBlob',
      'n Bytes @db.TinyBlob /// @encrypted',
      [/holds at most 255 bytes\. Write `@db\.LongBlob`/],
      'mysql',
    ],
    [
      'MySQL @db.VarBinary',
      'n Bytes @db.VarBinary(767) /// @encrypted',
      [/needs 768 bytes\. Write `@db\.LongBlob`/],
      'mysql',
    ],
    [
      'MySQL @db.Binary',
      'n Bytes @db.Binary(255) /// @encrypted',
      [/pads its values with zeros\. Write `@db\.LongBlob`/],
      'mysql',
    ],
    [
      'SQL Server default String',
      'n String /// @encrypted',
      [/NVARCHAR\(1000\).*Write `@db\.NVarChar\(Max\)` instead/],
      'sqlserver',
    ],
    [
      'SQL Server @db.NVarChar',
      'n String @db.NVarChar(1000) /// @encrypted',
      ['`@db.NVarChar(1000)` cannot'],
      'sqlserver',
    ],
    [
      'SQL Server @db.VarChar without a length',
      'n String @db.VarChar /// @encrypted',
      ['`@db.VarChar` cannot hold an envelope'],
      'sqlserver',
    ],
    ['SQL Server @db.NChar', 'n String @db.NChar(2000) /// @encrypted', ['pads its values'], 'sqlserver'],
    [
      'SQL Server @db.UniqueIdentifier',
      'n String @db.UniqueIdentifier /// @encrypted',
      ['`@db.UniqueIdentifier` cannot'],
      'sqlserver',
    ],
    [
      'SQL Server @db.Binary',
      'n Bytes @db.Binary(2000) /// @encrypted',
      [/pads.*Write `@db\.VarBinary\(Max\)`/],
      'sqlserver',
    ],
  ])

  it.each([
    ['postgresql', 'String @db.Text'],
    ['postgresql', 'String @db.VarChar(1024)'],
    ['postgresql', 'String @db.VarChar'],
    ['postgresql', 'Bytes @db.ByteA'],
    ['postgresql', 'Json @db.JsonB'],
    ['postgresql', 'Json @db.Json'],
    ['cockroachdb', 'String @db.String'],
    ['cockroachdb', 'Bytes'],
    ['mysql', 'String @db.Text'],
    ['mysql', 'String @db.LongText'],
    ['mysql', 'String @db.VarChar(1024)'],
    ['mysql', 'Bytes'],
    ['mysql', 'Bytes @db.Blob'],
    ['mysql', 'Bytes @db.VarBinary(768)'],
    ['mysql', 'Json'],
    ['sqlite', 'String'],
    ['sqlite', 'Bytes'],
    ['sqlite', 'Json'],
    ['sqlserver', 'String @db.NVarChar(Max)'],
    ['sqlserver', 'String @db.VarChar(1024)'],
    ['sqlserver', 'Bytes'],
    ['sqlserver', 'Bytes @db.VarBinary(Max)'],
  ])('on %s, %s can', async (provider, type) => {
    await accepts(`n ${type} /// @encrypted`, provider)
  })

  it('MongoDB is refused', async () => {
    const lines = await refusals('model P {\n id String @id @map("_id")\n}', { provider: 'mongodb' })
    expect(lines).toEqual([
      'datasource: prisma-envelope supports SQL databases, not "mongodb". Write one of postgresql, cockroachdb, mysql, sqlite, sqlserver instead.',
    ])
  })
})

describe('an index', () => {
  const email = 'email String /// @encrypted\n'
  const mysqlEmail = 'email String @db.Text /// @encrypted\n'
  itRefuses([
    [
      'of a field that is not there',
      'i Bytes? /// @encrypted.index(mail)',
      [/^Patient\.i: .*names a field that Patient does not have.*Write the name of an encrypted field/],
    ],
    [
      'of a plaintext field',
      'email String\ni Bytes? /// @encrypted.index(email)',
      [/^Patient\.i: .*not encrypted.*Write `\/\/\/ @encrypted` on Patient\.email/],
    ],
    [
      'of a list',
      'tags String[] /// @encrypted\ni Bytes? /// @encrypted.index(tags)',
      [/^Patient\.i: a list cannot be indexed, and tags is one\. Write its elements as rows/],
    ],
    [
      'of Json',
      'notes Json /// @encrypted\ni Bytes? /// @encrypted.index(notes)',
      [/^Patient\.i: only text and bytes can be indexed, but notes is Json\. Write what you search for/],
    ],
    [
      'of Bytes, with a normalizer',
      'badge Bytes /// @encrypted\ni Bytes? /// @encrypted.index(badge, normalize: [trim])',
      [/^Patient\.i: normalizers are for text, but badge is Bytes\. Write `@encrypted\.index\(badge\)` without/],
    ],
    ['of itself', 'i Bytes? /// @encrypted.index(i)', [/^Patient\.i: .*not encrypted/]],
    [
      'in a column of another type',
      `${email}i String? /// @encrypted.index(email)`,
      [/^Patient\.i: .*Write the type `Bytes\?` instead of `String\?`/],
    ],
    ['in a list', `${email}i Bytes[] /// @encrypted.index(email)`, ['Write the type `Bytes?` instead of `Bytes[]`']],
    [
      'in a required column, of a field that may be empty',
      'email String? /// @encrypted\ni Bytes /// @encrypted.index(email)',
      [/^Patient\.i: .*NULL where the field is.*Write the type `Bytes\?`/],
    ],
    [
      'in a column with a default',
      `${email}i Bytes? @default("AA==") /// @encrypted.index(email)`,
      ['without `@default`'],
    ],
    [
      'in an id, of a field that may be empty',
      'model Patient {\n i Bytes @id /// @encrypted.index(email)\n email String? /// @encrypted\n}',
      [/^Patient\.i: an id cannot be NULL.*Write `email String` instead of `email String\?`/],
    ],
    [
      'in a compound id, of a field that may be empty',
      'model Patient {\n i Bytes /// @encrypted.index(email)\n n Int\n email String? /// @encrypted\n @@id([n, i])\n}',
      [/^Patient\.i: an id cannot be NULL/],
    ],
    [
      'in a required column with a default',
      `${email}i Bytes @default("AA==") /// @encrypted.index(email)`,
      ['Write it without `@default`, or with `@default("")`, instead'],
    ],
    [
      'beside another in one column',
      `${email}i Bytes? /// @encrypted.index(email) @encrypted.index(id)`,
      [/^Patient\.i: one column cannot hold two indexes, of email and id\. Write a second `Bytes\?` column/],
    ],
    [
      'with an unknown normalizer',
      `${email}i Bytes? /// @encrypted.index(email, normalize: [upper])`,
      [/^Patient\.i: .*"upper"/],
    ],
    [
      'with normalizers that contradict',
      `${email}i Bytes? /// @encrypted.index(email, normalize: [nfc, nfkc])`,
      [/^Patient\.i: .*both nfc and nfkc/],
    ],
    [
      'unique in a LONGBLOB',
      `${mysqlEmail}i Bytes? @unique /// @encrypted.index(email)`,
      [/^Patient\.i: MySQL cannot index.*Write `@db\.VarBinary\(16\)` as well/],
      'mysql',
    ],
    [
      'part of a compound unique in a LONGBLOB',
      `${mysqlEmail}n Int\ni Bytes? /// @encrypted.index(email)\n@@unique([n, i])`,
      ['MySQL cannot index'],
      'mysql',
    ],
    [
      'too short',
      `${mysqlEmail}i Bytes? @db.VarBinary(15) /// @encrypted.index(email)`,
      ['`@db.VarBinary(15)` is too short for a token. Write `@db.VarBinary(16)` instead'],
      'mysql',
    ],
    [
      'padded',
      `${mysqlEmail}i Bytes? @db.Binary(32) /// @encrypted.index(email)`,
      ['`@db.Binary(32)` pads or truncates the 16 bytes of a token. Write `@db.Binary(16)` instead'],
      'mysql',
    ],
    [
      'unique in a VARBINARY(MAX)',
      'email String @db.Text /// @encrypted\ni Bytes? @unique /// @encrypted.index(email)',
      ['SQL Server cannot index'],
      'sqlserver',
    ],
  ])

  it.each([
    ['postgresql', 'Bytes? @unique'],
    ['postgresql', 'Bytes @unique'],
    ['postgresql', 'Bytes @unique @default("")'],
    ['mysql', 'Bytes @unique @default("") @db.VarBinary(16)'],
    ['postgresql', 'Bytes? @db.ByteA'],
    ['sqlite', 'Bytes? @unique'],
    ['mysql', 'Bytes? @unique @db.VarBinary(16)'],
    ['mysql', 'Bytes? @unique @db.Binary(16)'],
    ['mysql', 'Bytes?'],
    ['sqlserver', 'Bytes? @unique @db.VarBinary(16)'],
  ])('on %s in %s is accepted', async (provider, type) => {
    await accepts(
      `${mysqlEmail.replace(' @db.Text', provider === 'sqlite' ? '' : ' @db.Text')}i ${type} /// @encrypted.index(email)`,
      provider,
    )
  })

  it('several of one field, in a column each, are accepted', async () => {
    await accepts(`${email}i Bytes? /// @encrypted.index(email)\nj Bytes? /// @encrypted.index(email, scope: global)`)
  })
})

describe('an index of a field with few possible values', () => {
  const names = [
    'ssn',
    'userSSN',
    'SSNValue',
    'pin',
    'user_pin',
    'birthDate',
    'dateOfBirth',
    'dob',
    'gender',
    'zipCode',
    'postalCode',
    'postcode',
    'socialSecurityNumber',
    'age',
    'ssn2',
  ]
  it.each(names)('%s needs lowEntropy: accepted', async (name) => {
    const fields = (options: string): string =>
      `${name} String /// @encrypted\ni Bytes? /// @encrypted.index(${name}${options})`
    expect(await refusals(patient(fields('')))).toEqual([
      expect.stringMatching(
        `^Patient\\.i: ${name} looks like a field with few possible values.*Write \`@encrypted\\.index\\(${name}, lowEntropy: accepted\\)\` instead`,
      ),
    ])
    const { map } = await compilePsl(patient(fields(', lowEntropy: accepted')))
    expect(map.models.Patient?.fields.i).toMatchObject({ index: { lowEntropy: true } })
  })

  it.each(['email', 'shipping', 'spinner', 'message', 'phone', 'essence', 'middlesex', 'stage'])(
    '%s does not',
    async (name) => {
      await accepts(`${name} String /// @encrypted\ni Bytes? /// @encrypted.index(${name})`)
    },
  )
})

describe('a tenant column', () => {
  const tenant = (type: string): string => `t ${type} /// @encrypted.tenant`
  itRefuses([
    [
      'twice in a model',
      `${tenant('String')}\nu String /// @encrypted.tenant`,
      [/^Patient\.u: Patient\.t already says which tenant owns a row of Patient\. Write one of the two/],
    ],
    ['of another type', tenant('Boolean'), [/^Patient\.t: .*Write the type `String`, `Int` or `BigInt`/]],
    ['of type Bytes', tenant('Bytes'), ['Write the type `String`']],
    ['of type Json', tenant('Json'), ['Write the type `String`']],
    ['that is an enum', `${patient(tenant('Kind'))}\nenum Kind {\n A\n}`, ['Write the type `String`']],
    ['that is a list', tenant('String[]'), ['a tenant column of type `String[]`']],
    [
      'that is blank-padded',
      tenant('String @db.Char(8)'),
      [/^Patient\.t: `@db\.Char` pads.*Write `String` without it/],
    ],
    ['that folds letter case', tenant('String @db.Citext'), ['ignores case']],
    ['that respells', tenant('String @db.Inet'), ['different spelling']],
    [
      'that is an index',
      `email String /// @encrypted\ni Bytes? /// @encrypted.index(email) @encrypted.tenant`,
      [/^Patient\.i: `@encrypted\.index` and `@encrypted\.tenant` on one field/],
    ],
  ])

  it.each(['String', 'Int', 'BigInt', 'String @default("")', 'String @db.Uuid', 'String @db.VarChar(64)'])(
    'of type %s is accepted, also without encrypted fields',
    async (type) => {
      const { map } = await compilePsl(patient(tenant(type)))
      const [name] = type.split(' ')
      expect(map.models.Patient?.tenant).toEqual({
        from: 'column',
        field: 't',
        type: name,
        ...(type.includes('Uuid') ? { uuid: true } : {}),
      })
    },
  )

  it.each([
    ['mysql', 'String', '', true],
    ['sqlserver', 'String', '', true],
    ['mysql', 'String', '(collation: binary)', undefined],
    ['mysql', 'Int', '', undefined],
    ['mysql', 'BigInt', '', undefined],
    ['postgresql', 'String', '', undefined],
    ['sqlite', 'String', '', undefined],
    ['postgresql', 'String', '(collation: binary)', undefined],
  ])('on %s, of type %s%s, may be treated as two tenants: %s', async (provider, type, options, folds) => {
    const { map } = await compilePsl(patient(`t ${type} /// @encrypted.tenant${options}`), { provider })
    expect(map.models.Patient?.tenant).toMatchObject({ from: 'column', ...(folds === undefined ? {} : { folds }) })
    expect('folds' in (map.models.Patient?.tenant ?? {})).toBe(folds !== undefined)
  })

  it('may be the id', async () => {
    const { map } = await compilePsl('model Tenant {\n id String @id /// @encrypted.tenant\n}')
    expect(map.models.Tenant?.tenant).toEqual({ from: 'column', field: 'id', type: 'String' })
  })
})

describe('what Prisma drops before a generator sees it', () => {
  it.each([
    [
      'two slashes behind a field',
      'email String // @encrypted',
      /^Patient\.email: .*ordinary comment.*Write `\/\/\/ @encrypted` with three slashes/,
    ],
    [
      'two slashes behind a field, in prose',
      'email String // stored @encrypted',
      /^Patient\.email: .*ordinary comment/,
    ],
    ['two slashes above a field', '// @encrypted\nemail String', /^Patient\.email: .*ordinary comment/],
    [
      'an @ignored field',
      'email String @ignore /// @encrypted',
      /^Patient\.email: the client does not know this field, which is `@ignore`d/,
    ],
    [
      'an Unsupported field',
      'email Unsupported("tsvector")? /// @encrypted',
      /^Patient\.email: the client does not know this field/,
    ],
    [
      'after the last field',
      'email String\n/// @encrypted',
      /^Patient: the annotation `@encrypted` does not belong to a field.*Write it directly above or after/,
    ],
    ['at a block attribute', 'email String\n/// @encrypted\n@@map("p")', /^Patient: .*does not belong to a field/],
    [
      'before an ordinary comment',
      '/// @encrypted\n\n// The e-mail.\n/// Of the patient.\nemail String',
      /^Patient\.email: Prisma drops the annotation.*because something is between/,
    ],
    [
      'a block comment',
      '/* name String /// @encrypted */\nemail String',
      /^Patient\.email: .*`\/\* … \*\/` comment, which Prisma assigns to the next field as a whole/,
    ],
  ])('%s', async (_, fields, message) => {
    expect((await refusals(patient(fields), { withSource: true })).join('\n')).toMatch(message)
  })

  it('an @@ignored model', async () => {
    const blocks = `${patient('email String')}\nmodel Other {\n id Int @id\n n String /// @encrypted\n @@ignore\n}`
    expect(await refusals(blocks, { withSource: true })).toEqual([
      expect.stringMatching(/^Other\.n: the client does not know this field/),
    ])
  })

  it('a view, which has no encrypted fields yet', async () => {
    const blocks = `${patient('email String /// @encrypted')}\nview V {\n id Int @unique\n email String /// @encrypted\n}`
    expect(await refusals(blocks, { withSource: true })).toEqual([
      expect.stringMatching(/^V\.email: views have no encrypted fields/),
    ])
  })

  it('but a file that uses every form of comment rightly is accepted', async () => {
    const blocks = `// @see the handbook
/* a block about nothing */
/// The patient, with \`@encrypted\` fields.
model Patient {
  id String @id @default("http://x/*y") // an ordinary remark
  // old String /// @encrypted
  /// The e-mail,
  /// @encrypted

  email String
  url String @default("a // @encrypted") @map("u//r")
  emailIndex Bytes? @unique /// @encrypted.index(email)
  note String? /// See a/*.ts, @encrypted
}`
    await expect(compilePsl(blocks, { withSource: true })).resolves.toBeDefined()
  })

  it('and so is one annotation that takes two comment lines', async () => {
    const fields =
      'email String /// @encrypted\n/// @encrypted.index(email,\n///   scope: global)\nemailIndex Bytes? @unique'
    await expect(compilePsl(patient(fields), { withSource: true })).resolves.toBeDefined()
  })
})

describe('warnings', () => {
  const warningsOf = async (blocks: string, provider = 'postgresql'): Promise<readonly string[]> =>
    (await compilePsl(blocks, { provider })).warnings

  it('a second index that finds what the first one finds', async () => {
    const columns = (first: string, second: string): string =>
      `email String /// @encrypted(pad: 16)\na Bytes? /// @encrypted.index(email${first})\nb Bytes? /// @encrypted.index(email${second})\n@@index([a])\n@@index([b])`
    const told = (first: string, second: string): Promise<readonly string[]> =>
      warningsOf(patient(columns(first, second)))
    const repeated = [
      'Patient.b: a is an index of email with the same options already, and each write fills both. Drop one of them, unless it is about to take the place of the other.',
    ]
    expect(await told('', '')).toEqual(repeated)
    expect(await told(', normalize: [trim, nfc]', ', scope: tenant, normalize: [trim, nfc]')).toEqual(repeated)
    expect(await told(', scope: global', ', scope: global, lowEntropy: accepted')).toEqual(repeated)
    expect(await told(', part: first(3)', ', part: first(3)')).toEqual(repeated)
    expect(await told('', ', scope: global')).toEqual([])
    // While an index is changed, both are there.
    expect(await told(', normalize: [trim]', ', normalize: [trim, nfc]')).toEqual([])
    expect(await told(', part: domain', '')).toEqual([])
    expect(await told(', part: first(3)', ', part: first(4)')).toEqual([])
    // Of two fields, and of one in two models.
    const two = patient(
      'x String /// @encrypted\ny String /// @encrypted\ni Bytes? @unique /// @encrypted.index(x)\nj Bytes? @unique /// @encrypted.index(y)',
    )
    expect(await warningsOf(`${two}\n${two.replace('Patient', 'Doctor')}`)).toEqual([])
  })

  it('an index column that no database index covers', async () => {
    const fields = 'email String /// @encrypted\ni Bytes? /// @encrypted.index(email)'
    expect(await warningsOf(patient(fields))).toEqual([
      expect.stringMatching(
        /^Patient\.i: no database index covers this column.*Write `@unique` on it or `@@index\(\[i\]\)`/,
      ),
    ])
    expect(await warningsOf(patient(`${fields}\n@@index([i])`))).toEqual([])
  })

  it('SQL Server, which lets one NULL into a unique column', async () => {
    const fields =
      'email String @db.Text /// @encrypted\ni Bytes? @unique @db.VarBinary(16) /// @encrypted.index(email)'
    expect(await warningsOf(patient(fields), 'sqlserver')).toEqual([expect.stringContaining('one NULL')])
    expect(await warningsOf(patient(fields.replace('Bytes?', 'Bytes')), 'sqlserver')).toEqual([])
  })
})
