import { describe, expect, it } from 'vitest'
import type { EncryptedEntry } from '../../src/schema/model-map.js'
import { compilePsl, refusals } from './compile-psl.js'

/** A model, and what it is called in the advice: each is refused, and accepted as the advice says. */
type Case = [about: string, blocks: string, provider?: string]

const model = (...lines: string[]): string => `model Token {\n  ${lines.join('\n  ')}\n}`

/** Does to a schema what a refusal of a key or an index says, to the letter. */
function apply(blocks: string, message: string): string {
  const columns = [...message.matchAll(/`(\w+ Bytes[^`]*)` with `(\/\/\/ [^`]*)`/g)].map(
    ([, column, note]) => `${column} ${note}`,
  )
  const field = /^Token\.(\w+):/.exec(message)?.[1] ?? ''
  const [, written = '', former = ''] = /`(@@\w+\(\[[^`]*)`.* in place of `(@@\w+\(\[[^\]]*\])\)`/.exec(message) ?? []
  let changed = blocks
  if (written !== '') {
    const line = changed.split('\n').find((one) => one.trim().startsWith(former)) ?? 'no such line'
    changed = changed.replace(line, `  ${written}`)
  } else if (message.includes('the model without it')) {
    changed = changed
      .split('\n')
      .filter((line) => !/@@(index|fulltext)/.test(line))
      .join('\n')
  } else if (columns.length > 0) {
    changed = changed.replace(new RegExp(`(\n  ${field} .*?) (@id|@unique)`), '$1')
  }
  const fresh = columns.filter((column) => !changed.includes(`\n  ${column.split(' ')[0]} `))
  return changed.replace('{\n', `{\n  ${[...fresh, ''].join('\n  ')}`)
}

async function followed(blocks: string, provider = 'postgresql'): Promise<string> {
  let changed = blocks
  const lines = await refusals(blocks, { provider })
  for (const line of lines) changed = apply(changed, line)
  expect(changed, lines.join('\n')).not.toBe(blocks)
  await expect(compilePsl(changed, { provider }), lines.join('\n')).resolves.toBeDefined()
  return changed
}

describe('advice about keys and indexes leads to a schema that is accepted', () => {
  const cases: Case[] = [
    ['a unique', model('id Int @id', 'email String @unique /// @encrypted')],
    ['a unique that may be empty', model('id Int @id', 'email String? @unique /// @encrypted')],
    [
      'a unique on MySQL',
      model('id Int @id', 'email String @unique @db.Text /// @encrypted').replace(' @db.Text', ' @db.VarChar(2000)'),
      'mysql',
    ],
    ['a unique with few possible values', model('id Int @id', 'ssn String @unique /// @encrypted')],
    ['a unique that ignores case', model('id Int @id', 'email String @unique @db.VarChar(2000) /// @encrypted')],
    ['the only key', model('token String @unique /// @encrypted')],
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
        '@@unique([identifier, token(length: 20)])'.replace('(length: 20)', ''),
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
