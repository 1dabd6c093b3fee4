import { describe, expect, it } from 'vitest'
import type { ModelEntry } from '../../src/schema/model-map.js'
import { compilePsl, patient } from './compile-psl.js'

async function modelOf(blocks: string, name = 'Patient', provider = 'postgresql'): Promise<ModelEntry> {
  const { map } = await compilePsl(blocks, { provider })
  const model = map.models[name]
  if (model === undefined) throw new Error(`no model ${name}`)
  return model
}

describe('the model map', () => {
  it('holds every model, also without annotations', async () => {
    const { map } = await compilePsl('model A {\n id Int @id\n}\nmodel B {\n id Int @id\n}')
    expect(map).toEqual({
      version: 2,
      provider: 'postgresql',
      models: {
        A: {
          table: 'A',
          key: ['id'],
          compounds: {},
          fields: { id: { kind: 'scalar', type: 'Int', column: 'id', unique: true } },
        },
        B: {
          table: 'B',
          key: ['id'],
          compounds: {},
          fields: { id: { kind: 'scalar', type: 'Int', column: 'id', unique: true } },
        },
      },
    })
  })

  it('calls the provider "postgres" by its other name', async () => {
    const { map } = await compilePsl(patient(''), { provider: 'postgres' })
    expect(map.provider).toBe('postgresql')
  })

  it('names tables and columns as the database does', async () => {
    const model = await modelOf(patient('eMail String @map("e_mail") /// @encrypted\n@@map("patients")'))
    expect(model.table).toBe('patients')
    expect(model.fields.eMail).toEqual({
      kind: 'scalar',
      type: 'String',
      column: 'e_mail',
      encrypted: { type: 'text', as: 'Patient.eMail' },
    })
  })

  it("marks views, which only the schema's text tells from models", async () => {
    const view = 'view List {\n id Int @unique\n}'
    const hidden =
      '// view Patient {\n/* \nview Patient {\n} */\nmodel B {\n view String @id @map("\\"\\n view B {") // view B {\n}'
    const { map } = await compilePsl(`${patient('')}\n${view}\n${hidden}`, { withSource: true })
    expect(map.models).toMatchObject({ Patient: {}, List: { view: true }, B: {} })
    expect(map.models.Patient).not.toHaveProperty('view')
    expect(map.models.B).not.toHaveProperty('view')
  })

  it('marks lists, optional fields, enums and encrypted types', async () => {
    const { fields } = await modelOf(
      `${patient('tags String[]\nname String?\nkind Kind\ndoc Json? /// @encrypted\nraw Bytes /// @encrypted')}\nenum Kind {\n A\n}`,
    )
    expect(fields).toMatchObject({
      tags: { kind: 'scalar', type: 'String', list: true },
      name: { kind: 'scalar', type: 'String', optional: true },
      kind: { kind: 'scalar', type: 'Kind' },
      doc: { kind: 'scalar', type: 'Json', optional: true, encrypted: { type: 'json', as: 'Patient.doc' } },
      raw: { kind: 'scalar', type: 'Bytes', encrypted: { type: 'bytes', as: 'Patient.raw' } },
    })
    expect(fields.tags).not.toHaveProperty('optional')
    expect(fields.name).not.toHaveProperty('encrypted')
  })

  it('accepts an index with its options, and without', async () => {
    const { fields } = await modelOf(
      patient(
        'email String /// @encrypted\n' +
          'a Bytes? @unique /// @encrypted.index(email)\n' +
          'b Bytes? /// @encrypted.index(email, normalize: [nfkc, lowercase], scope: global, lowEntropy: accepted, as: "p.b")',
      ),
    )
    expect(fields.a).toMatchObject({
      unique: true,
      index: { kind: 'equality', source: 'email', normalize: [], scope: 'tenant', as: 'Patient.a' },
    })
    expect(fields.b).toMatchObject({
      index: {
        kind: 'equality',
        source: 'email',
        normalize: ['nfkc', 'lowercase'],
        scope: 'global',
        as: 'p.b',
        lowEntropy: true,
      },
    })
  })

  it('tells who makes a default', async () => {
    const { fields } = await modelOf(
      `${patient(`
        literal String @default("a")
        literals String[] @default(["a"])
        bool Boolean @default(false)
        json Json @default("{}")
        kind Kind @default(A)
        uuid String @default(uuid(7))
        cuid String @default(cuid(2))
        ulid String @default(ulid())
        nanoid String @default(nanoid(8))
        now DateTime @default(now())
        updated DateTime @updatedAt
        serial Int @default(autoincrement())
        generated String @default(dbgenerated("gen_random_uuid()"))
        none String
        list String[]`)}\nenum Kind {\n A\n}`,
    )
    const origins = Object.entries(fields).map(([name, field]) => [
      name,
      field.kind === 'scalar' ? field.default : 'relation',
    ])
    expect(Object.fromEntries(origins)).toEqual({
      id: undefined,
      literal: 'literal',
      literals: 'literal',
      bool: 'literal',
      json: 'literal',
      kind: 'literal',
      uuid: 'client',
      cuid: 'client',
      ulid: 'client',
      nanoid: 'client',
      now: 'client',
      updated: 'client',
      serial: 'database',
      generated: 'database',
      none: undefined,
      list: undefined,
    })
    const cockroach = await modelOf('model Patient {\n id Int @id @default(sequence())\n}', 'Patient', 'cockroachdb')
    expect(cockroach.fields.id).toMatchObject({ default: 'database' })
  })
})

describe('the key of a model', () => {
  it.each([
    ['the id', 'id Int @id\n a Int @unique', ['id']],
    ['a compound id', 'a Int\n b Int\n c Int @unique\n @@id([b, a])', ['b', 'a']],
    ['an id of one field as a block attribute', 'a Int\n @@id([a])', ['a']],
    ['without an id, the first required unique', 'a Int? @unique\n b Int @unique\n c Int @unique', ['b']],
    [
      'without a single unique, a compound one',
      'a Int\n b Int?\n c Int\n @@unique([a, b])\n @@unique([c, a])',
      ['c', 'a'],
    ],
    [
      'not an index column',
      'e String /// @encrypted\n i Bytes? @unique /// @encrypted.index(e)\n c Int @unique',
      ['c'],
    ],
  ])('is %s', async (_, fields, key) => {
    expect((await modelOf(`model Patient {\n ${fields}\n}`)).key).toEqual(key)
  })
})

describe('compound uniques', () => {
  it.each([
    ['are named by their fields', '@@unique([a, b])', { a_b: ['a', 'b'] }],
    ['are named by `name`', '@@unique([b, a], name: "pair")', { pair: ['b', 'a'] }],
    ['are not named by `map`', '@@unique([a, b], map: "a_b_key")', { a_b: ['a', 'b'] }],
    ['include the id', '@@id([a, b])\n@@unique([a, c])', { a_b: ['a', 'b'], a_c: ['a', 'c'] }],
    ['include a named id', '@@id([a, b], name: "pk")', { pk: ['a', 'b'] }],
    ['have at least two fields', '@@id([a], name: "one")\n@@unique([b], name: "two")', {}],
  ])('%s', async (_, attributes, compounds) => {
    const id = attributes.includes('@@id') ? '' : 'id Int @id\n'
    const model = await modelOf(`model Patient {\n${id}a Int\nb Int\nc Int\n${attributes}\n}`)
    expect(model.compounds).toEqual(compounds)
  })

  it('count a single-field attribute as unique', async () => {
    const { fields } = await modelOf('model Patient {\n a Int\n b Int\n @@id([a])\n @@unique([b])\n}')
    expect(fields).toMatchObject({ a: { unique: true }, b: { unique: true } })
  })

  it('do not make their fields unique', async () => {
    const { fields } = await modelOf('model Patient {\n a Int\n b Int\n @@id([a, b])\n}')
    expect(fields.a).not.toHaveProperty('unique')
  })
})

describe('relations', () => {
  it('know both ends', async () => {
    const blocks = `model Patient {\n a Int\n b Int\n notes Note[]\n @@id([a, b])\n}
model Note {\n id Int @id\n pa Int?\n pb Int?\n patient Patient? @relation(fields: [pa, pb], references: [a, b])\n}`
    expect((await modelOf(blocks)).fields.notes).toEqual({
      kind: 'relation',
      model: 'Note',
      list: true,
      opposite: 'patient',
    })
    expect((await modelOf(blocks, 'Note')).fields.patient).toEqual({
      kind: 'relation',
      model: 'Patient',
      optional: true,
      fields: ['pa', 'pb'],
      references: ['a', 'b'],
      opposite: 'notes',
    })
  })

  it('of a model with itself', async () => {
    const { fields } = await modelOf(
      patient(
        'parentId Int?\nparent Patient? @relation("tree", fields: [parentId], references: [id])\nchildren Patient[] @relation("tree")',
      ),
    )
    expect(fields.parent).toMatchObject({ fields: ['parentId'], references: ['id'], opposite: 'children' })
    expect(fields.children).toMatchObject({ list: true, opposite: 'parent' })
  })

  it('of a model with itself, many to many', async () => {
    const { fields } = await modelOf(patient('friends Patient[] @relation("f")\nfriendOf Patient[] @relation("f")'))
    expect(fields.friends).toEqual({ kind: 'relation', model: 'Patient', list: true, opposite: 'friendOf' })
    expect(fields.friendOf).toEqual({ kind: 'relation', model: 'Patient', list: true, opposite: 'friends' })
  })

  it('many to many without a join model', async () => {
    const blocks = `${patient('tags Tag[]')}\nmodel Tag {\n id Int @id\n patients Patient[]\n}`
    expect((await modelOf(blocks)).fields.tags).toEqual({
      kind: 'relation',
      model: 'Tag',
      list: true,
      opposite: 'patients',
    })
  })

  it('several between the same two models', async () => {
    const blocks = `model Patient {
      id Int @id
      doctorId Int
      nurseId Int
      doctor Staff @relation("d", fields: [doctorId], references: [id])
      nurse Staff @relation("n", fields: [nurseId], references: [id])
    }
    model Staff {
      id Int @id
      nursed Patient[] @relation("n")
      treated Patient[] @relation("d")
    }`
    const { fields } = await modelOf(blocks)
    expect(fields.doctor).toMatchObject({ opposite: 'treated' })
    expect(fields.nurse).toMatchObject({ opposite: 'nursed' })
  })

  it('one to one', async () => {
    const blocks = `${patient('file File?')}\nmodel File {\n id Int @id\n patientId Int @unique\n patient Patient @relation(fields: [patientId], references: [id])\n}`
    expect((await modelOf(blocks)).fields.file).toEqual({
      kind: 'relation',
      model: 'File',
      optional: true,
      opposite: 'patient',
    })
  })
})
