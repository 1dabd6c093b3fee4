import { describe, expect, test } from 'vitest'
import { assertSameSchema } from '../../src/prisma/same-schema.js'
import { schemaDigest } from '../../src/schema/digest.js'
import type { ModelMap } from '../../src/schema/model-map.js'

const column = { kind: 'scalar', type: 'String', column: 'x' } as const
const map: ModelMap = {
  version: 2,
  provider: 'sqlite',
  models: { Patient: { table: 'Patient', key: ['id'], compounds: {}, fields: { id: column, email: column } } },
}
const client = (models: Record<string, string[]>) => ({
  _runtimeDataModel: {
    models: Object.fromEntries(
      Object.entries(models).map(([name, fields]) => [name, { fields: fields.map((field) => ({ name: field })) }]),
    ),
  },
})

test('a map of the same schema is accepted', () => {
  expect(() => assertSameSchema(client({ Patient: ['id', 'email'] }), map)).not.toThrow()
})

test.each([
  ['a model that the map does not know', { Patient: ['id'], Visit: ['id'] }, 'Visit'],
  ['a field that the map does not know', { Patient: ['id', 'ssn'] }, 'Patient.ssn'],
  ['a field named like what every object has', { Patient: ['constructor'] }, 'Patient.constructor'],
])('%s is noticed when the client is extended', (_what, models, named) => {
  expect(() => assertSameSchema(client(models), map)).toThrow(
    expect.objectContaining({ code: 'ENVELOPE_CONFIG_INVALID', message: expect.stringContaining(named) }),
  )
})

test('a client that does not show its schema is not refused', () => {
  expect(() => assertSameSchema({}, map)).not.toThrow()
})

describe('a client that carries its schema', () => {
  const schema = `generator client {
  provider = "prisma-client"
}

model Patient {
  id    Int    @id
  email String @default("a // b") /// Mail. @encrypted
}

model Visit {
  id Int @id
}
`
  const digest = schemaDigest(schema)
  const carrying = (inlineSchema: unknown) => ({
    ...client({ Patient: ['id', 'email'] }),
    _engineConfig: { inlineSchema },
  })
  const refused = expect.objectContaining({
    code: 'ENVELOPE_CONFIG_INVALID',
    message: expect.stringContaining('Run `prisma generate` without `--generator`'),
  })

  test.each<[string, (text: string) => string]>([
    ['an annotation more', (text) => text.replace('@id\n  email', '@id /// @encrypted\n  email')],
    ['an annotation less', (text) => text.replace(' @encrypted', '')],
    ['an option more', (text) => text.replace('@encrypted', '@encrypted(as: "a.b")')],
    ['an annotation on the line below', (text) => text.replace('/// Mail', '\n/// Mail')],
    ['an annotation in another comment', (text) => text.replace('///', '//')],
    ['another default', (text) => text.replace('a // b', 'a // c')],
    ['another type', (text) => text.replace('email String', 'email Bytes')],
    ['another column', (text) => text.replace('/// Mail', '@map("x") /// Mail')],
    ['a model less', (text) => text.replace(/model Visit[^}]*\}/, '')],
  ])('is refused a map of %s', (_what, change) => {
    expect(change(schema)).not.toBe(schema)
    expect(() => assertSameSchema(carrying(change(schema)), { ...map, digest })).toThrow(refused)
  })

  test.each<[string, (text: string) => string]>([
    ['the same text', (text) => text],
    ['other white space and line ends', (text) => text.replaceAll('\n', '\r\n').replace('email ', 'email     ')],
    [
      'blank lines and prose',
      (text) => text.replace('  id ', '\n  /// The number.\n  id ').replace('@id\n}', '@id // x\n}'),
    ],
    [
      'another generator and datasource',
      (text) => `datasource db {\n  url = "x"\n}\n${text.replace('-client', '-client-js')}`,
    ],
    [
      'its files in another order',
      (text) => text.replace(/(model Patient[^}]*\}\n)\n(model Visit[^}]*\}\n)/, '$2\n$1'),
    ],
  ])('accepts a map of %s', (_what, change) => {
    expect(() => assertSameSchema(carrying(change(schema)), { ...map, digest })).not.toThrow()
  })

  test('is not refused where the map has no digest, or the schema is not text', () => {
    expect(() => assertSameSchema(carrying('model X {\n}'), map)).not.toThrow()
    expect(() => assertSameSchema(carrying(undefined), { ...map, digest })).not.toThrow()
  })
})
