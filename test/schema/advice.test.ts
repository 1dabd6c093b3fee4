import { describe, expect, it } from 'vitest'
import type { EncryptedEntry } from '../../src/schema/model-map.js'
import { compilePsl, refusals } from './compile-psl.js'
import { followAdvice } from './follow-advice.js'

/** A model, and what it is called in the advice: each is refused, and accepted as the advice says. */
type Case = [about: string, blocks: string, provider?: string]

const model = (...lines: string[]): string => `model Token {\n  ${lines.join('\n  ')}\n}`

async function followed(blocks: string, provider = 'postgresql'): Promise<string> {
  const lines = await refusals(blocks, { provider })
  const changed = followAdvice(blocks, lines)
  expect(changed, lines.join('\n')).not.toBe(blocks)
  await expect(compilePsl(changed, { provider }), lines.join('\n')).resolves.toBeDefined()
  return changed
}

describe('advice about keys and indexes leads to a schema that is accepted', () => {
  const cases: Case[] = [
    ['a unique', model('id Int @id', 'email String @unique /// @encrypted')],
    ['a unique that may be empty', model('id Int @id', 'email String? @unique /// @encrypted')],
    ['a unique on MySQL', model('id Int @id', 'email String @unique @db.VarChar(2000) /// @encrypted'), 'mysql'],
    ['a unique with few possible values', model('id Int @id', 'ssn String @unique /// @encrypted')],
    ['a unique that ignores case', model('id Int @id', 'email String @unique @db.Citext /// @encrypted')],
    ['the only key', model('token String @unique /// @encrypted')],
    ['a unique at the end of the model', model('id Int @id', 'token String? /// @encrypted', '@@unique([token])')],
    [
      'a unique at the end of the model, with an index column',
      model(
        'id Int @id',
        'token String? /// @encrypted',
        'tokenIndex Bytes? /// @encrypted.index(token)',
        '@@unique([token])',
      ),
    ],
    ['an id at the end of the model', model('token String /// @encrypted', '@@id([token])')],
    ['a database index without brackets', model('id Int @id', 'token String /// @encrypted', '@@index(token)')],
    ['an id', model('token String @id /// @encrypted')],
    ['an id on MySQL', model('token String @id @db.VarChar(2000) /// @encrypted'), 'mysql'],
    ['an id that a function makes', model('token String @id @default(cuid()) /// @encrypted')],
    ['a unique over bytes', model('id Int @id', 'badge Bytes @unique /// @encrypted')],
    [
      'a compound unique',
      model('id Int @id', 'identifier String', 'token String /// @encrypted', '@@unique([identifier, token])'),
    ],
    [
      'a compound unique that is the only key',
      model('identifier String', 'token String /// @encrypted', '@@unique([identifier, token])'),
    ],
    [
      'a compound unique with a name',
      model(
        'id Int @id',
        'identifier String',
        'token String /// @encrypted',
        '@@unique([identifier, token], name: "pair")',
      ),
    ],
    [
      'a compound unique on MySQL',
      model(
        'id Int @id',
        'identifier String',
        'token String @db.VarChar(2000) /// @encrypted',
        '@@unique([identifier, token])',
      ),
      'mysql',
    ],
    ['a compound id', model('identifier String', 'token String /// @encrypted', '@@id([identifier, token])')],
    [
      'two encrypted fields of one unique',
      model('id Int @id', 'first String /// @encrypted', 'last String /// @encrypted', '@@unique([first, last])'),
    ],
    [
      'a unique beside an index column',
      model(
        'id Int @id',
        'org Int',
        'token String /// @encrypted',
        'hashed Bytes? /// @encrypted.index(token)',
        '@@unique([org, token])',
      ),
    ],
    [
      'a unique whose index column has a name that is taken',
      model('id Int @id', 'emailIndex Int', 'email String @unique /// @encrypted'),
    ],
    ['a database index', model('id Int @id', 'email String /// @encrypted', '@@index([email])')],
    [
      'a database index over several fields',
      model('id Int @id', 'org Int', 'email String /// @encrypted', '@@index([org, email])'),
    ],
    ['a hash index', model('id Int @id', 'email String /// @encrypted', '@@index([email], type: Hash)')],
    ['a plain index over Json', model('id Int @id', 'data Json /// @encrypted', '@@index([data])')],
    ['an index over Json', model('id Int @id', 'data Json /// @encrypted', '@@index([data], type: Gin)')],
    [
      'a trigram index',
      model('id Int @id', 'name String /// @encrypted', '@@index([name(ops: raw("gin_trgm_ops"))], type: Gin)'),
    ],
    [
      'a full-text index',
      model('id Int @id', 'name String @db.LongText /// @encrypted', '@@fulltext([name])'),
      'mysql',
    ],
    [
      'several database indexes',
      model('id Int @id', 'org Int', 'email String /// @encrypted', '@@index([email])', '@@index([org, email])'),
    ],
    [
      'a unique and a database index over the same field',
      model('id Int @id', 'email String @unique /// @encrypted', '@@index([email])'),
    ],
    [
      'two uniques that are the only keys',
      model('identifier String /// @encrypted', 'token String @unique /// @encrypted', '@@unique([identifier, token])'),
    ],
    [
      'the only key, with an index column that is optional',
      model(
        'identifier String /// @encrypted',
        'token String /// @encrypted',
        'tokenIndex Bytes? /// @encrypted.index(token, normalize: [trim])',
        '@@unique([identifier, token])',
      ),
    ],
    [
      'a unique over text and Json',
      model('id Int @id', 'name String /// @encrypted', 'data Json', '@@unique([name, data])'),
    ],
    [
      'a database index on MySQL, with an index column',
      model(
        'id Int @id',
        'email String @db.Text /// @encrypted',
        'emailIndex Bytes? /// @encrypted.index(email)',
        '@@index([email(length: 20)])',
      ),
      'mysql',
    ],
    ['an index over a list', model('id Int @id', 'names String[] /// @encrypted', '@@index([names], type: Gin)')],
    [
      'a database index on MySQL',
      model('id Int @id', 'email String @db.VarChar(2000) /// @encrypted', '@@index([email])'),
      'mysql',
    ],
  ]
  it.each(cases)('%s', async (_, blocks, provider) => {
    const changed = await followed(blocks, provider)
    expect(changed).not.toMatch(/@@(unique|id)\(\[[^\]]*\]\)/)
  })

  it('a compound unique keeps the name that calls use', async () => {
    const blocks = model('identifier String', 'token String /// @encrypted', '@@unique([identifier, token])')
    const { map } = await compilePsl(await followed(blocks))
    expect(map.models.Token?.compounds).toEqual({ identifier_token: ['identifier', 'tokenIndex'] })
    expect(map.models.Token?.key).toEqual(['identifier', 'tokenIndex'])
  })

  it('says everything about a field once, and names what it is about', async () => {
    const several = model(
      'id Int @id',
      'org Int',
      'email String @unique /// @encrypted',
      'emailIndex Bytes? /// @encrypted.index(email, normalize: [trim, lowercase])',
      '@@index([email])',
      '@@index([org, email])',
      '@@index([email(ops: raw("gin_trgm_ops"))], type: Gin, map: "words")',
    )
    const lines = await refusals(several)
    expect(lines).toEqual([
      expect.stringContaining('Write `@unique` on its index column, `emailIndex Bytes? @unique`, instead.'),
      expect.stringContaining(
        'Write `@@index([emailIndex])` and `@@index([org, emailIndex])` in place of `@@index([email])` and `@@index([org, email])` instead.',
      ),
      expect.stringContaining('Write the model without `@@index([email], type: Gin)` instead.'),
    ])
    expect(followAdvice(several, lines)).toContain('@unique /// @encrypted.index(email, normalize: [trim, lowercase])')
    const pair = ['first String /// @encrypted', 'last String /// @encrypted', '@@unique([first, last])']
    expect(await refusals(model('id Int @id', ...pair))).toHaveLength(1)
  })

  it('a document cannot be a key', async () => {
    expect(await refusals(model('id Int @id', 'data Json @unique /// @encrypted'))).toEqual([
      expect.stringContaining('Write what identifies the row into a field of its own, without `@encrypted`'),
    ])
  })
})

describe('advice about types leads to a schema that is accepted', () => {
  it.each([
    ['an enum', 'postgresql', 'kind Kind /// @encrypted', 'kind String /// @encrypted'],
    [
      'an enum with a default',
      'postgresql',
      'kind Kind @default(A) /// @encrypted',
      'kind String @default("A") /// @encrypted',
    ],
    ['an enum on MySQL', 'mysql', 'kind Kind /// @encrypted', 'kind String @db.Text /// @encrypted'],
    ['a text on MySQL', 'mysql', 'kind String /// @encrypted', 'kind String @db.Text /// @encrypted'],
    ['a number on MySQL', 'mysql', 'kind Int /// @encrypted', 'kind String @db.Text /// @encrypted'],
    [
      'a text that ignores case',
      'postgresql',
      'kind String @db.Citext /// @encrypted',
      'kind String @db.Text /// @encrypted\n  kindIndex Bytes? /// @encrypted.index(kind, normalize: [lowercase])',
    ],
    [
      'an index column on MySQL',
      'mysql',
      'kind String @db.Text /// @encrypted\n  kindIndex String? @unique /// @encrypted.index(kind)',
      'kind String @db.Text /// @encrypted\n  kindIndex Bytes? @db.VarBinary(16) @unique /// @encrypted.index(kind)',
    ],
  ])('%s', async (_, provider, before, after) => {
    const enumeration = '\nenum Kind {\n  A\n  B\n}'
    const [message = '', ...more] = await refusals(model('id Int @id', before) + enumeration, { provider })
    expect(more).toEqual([])
    // What is written instead stands in the message.
    const types = [...after.matchAll(/String @db\.\w+|@db\.\w+(?:\(\d+\))?|@default\("A"\)|normalize: \[lowercase\]/g)]
    for (const [type] of types) if (!before.includes(type)) expect(message).toContain(type.replace('String ', ''))
    await expect(compilePsl(model('id Int @id', after) + enumeration, { provider })).resolves.toBeDefined()
  })

  it('an index column without a database index on MySQL', async () => {
    const blocks = (type: string, more = ''): string =>
      model('id Int @id', 'email String @db.Text /// @encrypted', `i ${type} /// @encrypted.index(email)`, more)
    const { warnings } = await compilePsl(blocks('Bytes?'), { provider: 'mysql' })
    expect(warnings).toEqual([
      expect.stringContaining(
        'Write `@unique` on it or `@@index([i])` as well, and the type `Bytes? @db.VarBinary(16)`',
      ),
    ])
    const followed = await compilePsl(blocks('Bytes? @db.VarBinary(16)', '@@index([i])'), { provider: 'mysql' })
    expect(followed.warnings).toEqual([])
  })
})

describe('a default that a function makes', () => {
  it.each([
    ['uuid()', { function: 'uuid', args: [4] }],
    ['uuid(7)', { function: 'uuid', args: [7] }],
    ['cuid()', { function: 'cuid', args: [1] }],
    ['cuid(2)', { function: 'cuid', args: [2] }],
    ['ulid()', { function: 'ulid', args: [] }],
    ['nanoid()', { function: 'nanoid', args: [] }],
    ['nanoid(12)', { function: 'nanoid', args: [12] }],
  ] satisfies [string, EncryptedEntry['default']][])('%s', async (text, expected) => {
    const { map, warnings } = await compilePsl(model('id Int @id', `token String @default(${text}) /// @encrypted`))
    const token = map.models.Token?.fields.token
    expect(token).toMatchObject({ kind: 'scalar', default: 'client', encrypted: { default: expected } })
    expect(warnings).toEqual([])
  })
})

describe('a token that identifies a row', () => {
  it('is the key only where no other is', async () => {
    const token = ['token String /// @encrypted', 'tokenIndex Bytes @unique /// @encrypted.index(token)']
    expect((await compilePsl(model(...token))).map.models.Token?.key).toEqual(['tokenIndex'])
    expect((await compilePsl(model(...token, 'number Int @unique'))).map.models.Token?.key).toEqual(['number'])
    const pair = await compilePsl(model(...token, 'a Int', 'b Int', '@@unique([a, b])'))
    expect(pair.map.models.Token?.key).toEqual(['a', 'b'])
  })
})
