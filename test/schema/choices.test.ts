import { describe, expect, it } from 'vitest'
import { isModelMap } from '../../src/schema/is-model-map.js'
import { compilePsl, refusals } from './compile-psl.js'

const org = 'model Org {\n id String @id /// @encrypted.tenant\n docs Doc[]\n}'
const note = (relation: string): string =>
  `model Note {\n id Int @id\n text String /// @encrypted\n docId Int${relation.includes('Doc?') ? '?' : ''}\n ${relation}\n}`
const toDoc = 'doc Doc @relation(fields: [docId], references: [id]) /// @encrypted.tenant'
const doc = (fields: string): string => `model Doc {\n id Int @id\n notes Note[]\n ${fields}\n}`
const owned = doc('orgId String /// @encrypted.tenant')

async function tenantOf(blocks: string, model: string, sharedTenant?: string): Promise<unknown> {
  const { map } = await compilePsl(blocks, { ...(sharedTenant === undefined ? {} : { sharedTenant }) })
  expect(isModelMap(map)).toBe(true)
  return map.models[model]?.tenant
}

describe('which tenant owns a row', () => {
  it('a column that may be empty', async () => {
    const blocks = 'model Key {\n id Int @id\n secret String /// @encrypted\n orgId Int? /// @encrypted.tenant\n}'
    expect(await tenantOf(blocks, 'Key', 'main')).toEqual({
      from: 'column',
      field: 'orgId',
      type: 'Int',
      optional: true,
    })
  })

  it('a relation to a model with a tenant column', async () => {
    expect(await tenantOf(`${note(toDoc)}\n${owned}`, 'Note')).toEqual({ from: 'relation', field: 'doc' })
  })

  it('several steps, through models that are not encrypted', async () => {
    const step = doc('orgId String\n org Org @relation(fields: [orgId], references: [id]) /// @encrypted.tenant')
    const blocks = `${note(toDoc)}\n${step}\n${org}`
    expect(await tenantOf(blocks, 'Note')).toEqual({ from: 'relation', field: 'doc' })
    expect(await tenantOf(blocks, 'Doc')).toEqual({ from: 'relation', field: 'org' })
  })

  it('the model itself', async () => {
    const blocks = `/// People.\n/// @encrypted.shared\n${doc('')}\n/// @encrypted.bound\nmodel Note {\n id Int @id\n docId Int\n doc Doc @relation(fields: [docId], references: [id])\n}`
    expect(await tenantOf(blocks, 'Doc', 'main')).toEqual({ from: 'shared' })
    expect(await tenantOf(blocks, 'Note', 'main')).toEqual({ from: 'bound' })
  })

  it('a relation to a shared model', async () => {
    expect(await tenantOf(`${note(toDoc)}\n/// @encrypted.shared\n${doc('')}`, 'Note', 'main')).toEqual({
      from: 'relation',
      field: 'doc',
    })
  })
})

describe('a relation that says nothing', () => {
  it.each([
    [
      'a list',
      `${note('doc Doc @relation(fields: [docId], references: [id])')}\nmodel Doc {\n id Int @id\n notes Note[] /// @encrypted.tenant\n}`,
      /^Doc\.notes: it is a list.*write `@encrypted\.tenant` on Note\.doc instead\. Write it on a column of Doc/,
    ],
    [
      'a list on both sides',
      'model A {\n id Int @id\n bs B[] /// @encrypted.tenant\n}\nmodel B {\n id Int @id\n as A[]\n}',
      /^A\.bs: it is a list on both sides.*Write `@encrypted\.tenant` on a column of A instead/,
    ],
    [
      'the foreign key is on the other model',
      'model A {\n id Int @id\n b B? /// @encrypted.tenant\n}\nmodel B {\n id Int @id\n orgId Int /// @encrypted.tenant\n aId Int @unique\n a A @relation(fields: [aId], references: [id])\n}',
      /^A\.b: its foreign key is on B.*Write `@encrypted\.tenant` on a column of A instead, or move the foreign key to A\./,
    ],
    [
      'to a model that does not say',
      `${note(toDoc)}\n${doc('')}`,
      /^Note\.doc: Doc does not say.*Write `\/\/\/ @encrypted\.tenant` on its.*write the annotation on Note\.docId instead/,
    ],
    [
      'to a model whose rows say nothing',
      `${note(toDoc)}\n/// @encrypted.bound\n${doc('')}`,
      /^Note\.doc: Doc is `@encrypted\.bound`.*Write `@encrypted\.tenant` on a column of Note/,
    ],
    [
      'of which only a part can be NULL',
      'model Doc {\n id Int\n orgId String /// @encrypted.tenant\n notes Note[]\n @@id([orgId, id])\n}\nmodel Note {\n id Int @id\n orgId String\n docId Int?\n doc Doc? @relation(fields: [orgId, docId], references: [orgId, id]) /// @encrypted.tenant\n}',
      /^Note\.doc: docId can be NULL and orgId cannot.*Write `@encrypted\.tenant` on a column such as orgId instead, or make docId required/,
    ],
    [
      'to its own model',
      'model A {\n id Int @id\n upId Int\n up A @relation("a", fields: [upId], references: [id]) /// @encrypted.tenant\n downs A[] @relation("a")\n}',
      /^A\.up: it refers to A itself.*Write `@encrypted\.tenant` on a column of A/,
    ],
    [
      'around in a circle, once for all models on it',
      'model A {\n id Int @id\n bId Int\n b B @relation("x", fields: [bId], references: [id]) /// @encrypted.tenant\n bs B[] @relation("y")\n}\n' +
        'model B {\n id Int @id\n aId Int\n a A @relation("y", fields: [aId], references: [id]) /// @encrypted.tenant\n as A[] @relation("x")\n}',
      /^A\.b: the tenant is passed around in a circle \(A → B → A\)\. Write `@encrypted\.tenant` on a column/,
    ],
    [
      'with an option that is about columns',
      `${note(`${toDoc}(collation: binary)`)}\n${owned}`,
      /^Note\.doc: `collation` is about a tenant column.*Write `@encrypted\.tenant` without it/,
    ],
  ])('%s', async (_, blocks, expected) => {
    const lines = await refusals(blocks)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(expected)
  })
})

describe('an annotation of a model', () => {
  it.each([
    [
      'on a field',
      'model A {\n id Int @id\n a String /// @encrypted.shared\n}',
      /^A\.a: `@encrypted\.shared` is about all rows of A\. Write `\/\/\/ @encrypted\.shared` on a line of its own above `model A \{`/,
    ],
    [
      'beside a tenant column',
      '/// @encrypted.shared\nmodel A {\n id Int @id\n t String /// @encrypted.tenant\n}',
      /^A\.t: `@encrypted\.shared` above the model already says.*Write one of the two/,
    ],
    [
      'beside another',
      '/// @encrypted.shared\n/// @encrypted.bound\nmodel A {\n id Int @id\n}',
      /^A: `@encrypted\.shared` above the model already says.*Write one of the two/,
    ],
    [
      'with an option',
      '/// @encrypted.shared(tenant: x)\nmodel A {\n id Int @id\n}',
      /^A: .*no option `tenant`.*Write/,
    ],
  ])('%s', async (_, blocks, expected) => {
    const lines = await refusals(blocks, { sharedTenant: 'main' })
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(expected)
  })

  it('with two slashes, which Prisma drops', async () => {
    const blocks = '// @encrypted.shared\nmodel A {\n id Int @id\n}'
    const [line] = await refusals(blocks, { withSource: true })
    expect(line).toMatch(/^A: .*Write `\/\/\/ @encrypted\.shared` with three slashes/)
  })
})

describe('an annotation that does not reach its model', () => {
  it.each([
    ['above a blank line', '/// @encrypted.shared\n\nmodel A {\n id Int @id\n}'],
    ['behind the name', 'model A { /// @encrypted.shared\n id Int @id\n}'],
    ['at the end', 'model A {\n id Int @id\n\n /// @encrypted.shared\n}'],
  ])('%s', async (_, blocks) => {
    expect(await refusals(blocks, { withSource: true })).toEqual([
      expect.stringMatching(/^A: Prisma drops the annotation.*Write it on the line before `model A \{` instead/),
    ])
  })

  it('is refused above one that the client does not know', async () => {
    const blocks = '/// @encrypted.shared\nmodel A {\n id Int @id\n @@ignore\n}\nmodel B {\n id Int @id\n}'
    expect(await refusals(blocks, { withSource: true })).toEqual([
      expect.stringMatching(/^A: the client does not know this model, which is `@@ignore`d.*Write the model without/),
    ])
  })
})

describe('the shared tenant', () => {
  const optional = 'model Key {\n id Int @id\n orgId String? /// @encrypted.tenant\n}'
  const number = 'model Key {\n id Int @id\n orgId Int? /// @encrypted.tenant\n}'

  it.each([
    ['a shared model', '/// @encrypted.shared\nmodel Key {\n id Int @id\n}', 'Key'],
    ['an optional tenant column', optional, 'Key'],
    [
      'an optional step',
      `${note('doc Doc? @relation(fields: [docId], references: [id], onDelete: Cascade) /// @encrypted.tenant')}\n${owned}`,
      'Note',
    ],
  ])('must have a name with %s', async (_, blocks, model) => {
    expect(await refusals(blocks)).toEqual([
      `generator: rows of ${model} can belong to no tenant, and are then sealed for the shared tenant, which needs a name. ` +
        'Write `sharedTenant = "main"` in the block of this generator as well, or another name that no tenant has.',
    ])
    const { map } = await compilePsl(blocks, { sharedTenant: 'main' })
    expect(map.sharedTenant).toBe('main')
    expect(isModelMap(map)).toBe(true)
    const { sharedTenant, ...without } = map
    expect(isModelMap(without)).toBe(false)
  })

  it.each([
    ['is empty', '', optional, 'postgresql', /it is empty.*Write/],
    ['contains a line break', 'a\nb', optional, 'postgresql', /control character.*Write/],
    ['is too long', 'x'.repeat(256), optional, 'postgresql', /longer than 255 bytes.*Write/],
    ['could be the same as a tenant to the database', 'Main', optional, 'mysql', /ignore case and accents.*Write/],
    ['could be the number of a tenant', '7', number, 'postgresql', /tenants are integers.*Write a word/],
  ])('is refused if it %s', async (_, sharedTenant, blocks, provider, expected) => {
    const lines = await refusals(blocks, { sharedTenant, provider })
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(/^generator: `sharedTenant` cannot be ".*"/)
    expect(lines[0]).toMatch(expected)
  })

  it.each([
    ['Main', optional, 'postgresql'],
    ['main', optional, 'mysql'],
    ['7', optional, 'postgresql'],
    ['main', number, 'postgresql'],
    ['Main', number, 'mysql'],
  ])('%s is accepted', async (sharedTenant, blocks, provider) => {
    const { map } = await compilePsl(blocks, { sharedTenant, provider })
    expect(map.sharedTenant).toBe(sharedTenant)
  })
})
