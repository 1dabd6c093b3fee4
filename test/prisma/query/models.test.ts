import { describe, expect, it } from 'vitest'
import { compileModels } from '../../../src/prisma/query/models.js'
import { expectedMap } from '../../generator/clinic-schema.js'

/** Each is what a map of another release, or a damaged one, could hold. */
type Change = [string, (map: string) => string]
const changes: Change[] = [
  ['version 1', (map) => map.replace('"version":2', '"version":1')],
  ['a later version', (map) => map.replace('"version":2', '"version":3')],
  ['an unknown kind of index', (map) => map.replace('"kind":"equality"', '"kind":"prefix"')],
  ['an unknown type of values', (map) => map.replace('"type":"text"', '"type":"decimal"')],
  ['an unknown source of tenants', (map) => map.replace('"from":"column"', '"from":"relation"')],
  ...[
    { function: 'dbgenerated', args: [] },
    { function: 'uuid', args: [8] },
    { function: 'cuid', args: [3] },
    { function: 'ulid', args: [1] },
    { function: 'nanoid', args: [1] },
    { function: 'nanoid', args: [8, 8] },
    { function: 'nanoid', args: ['8'] },
    { function: 'uuid' },
    { function: 'uuid', args: [], at: 'create' },
  ].map(
    (given): Change => [
      `the default ${JSON.stringify(given)}`,
      (map) => map.replace('"type":"text"', `"type":"text","default":${JSON.stringify(given)}`),
    ],
  ),
  ['an index over nothing', (map) => map.replace('"source":"email"', '"source":"mail"')],
]

describe('a model map', () => {
  it('gives the planner the type of each encrypted field', () => {
    const { encrypted } = compileModels(expectedMap).get('Patient')
    expect([...encrypted].map(([name, { type }]) => [name, type.name])).toEqual([
      ['email', 'text'],
      ['ssn', 'text'],
      ['record', 'json'],
      ['scan', 'bytes'],
    ])
  })

  it.each(changes)('with %s is refused before any call: run prisma generate', (_, change) => {
    const text = JSON.stringify(expectedMap)
    expect(change(text)).not.toBe(text)
    const compile = () => compileModels(JSON.parse(change(text)))
    expect(compile).toThrow(expect.objectContaining({ code: 'ENVELOPE_CONFIG_INVALID' }))
    expect(compile).toThrow(/prisma generate/)
  })

  it.each([
    { function: 'uuid', args: [] },
    { function: 'uuid', args: [7] },
    { function: 'cuid', args: [1] },
    { function: 'nanoid', args: [255] },
    { function: 'ulid', args: [] },
  ])('may have the default %j', (given) => {
    const text = JSON.stringify(expectedMap)
    const changed = text.replace('"type":"text"', `"type":"text","default":${JSON.stringify(given)}`)
    expect(compileModels(JSON.parse(changed)).get('Patient').defaults.size).toBe(1)
  })

  it.each([undefined, null, 'models', {}, []])('is not %j: the message says what to pass', (value) => {
    expect(() => compileModels(value as never)).toThrow(
      '`models` (`encryptedModels` from the generated module) is not a model map',
    )
  })
})
