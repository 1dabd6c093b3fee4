import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { emitModule } from '../../src/generator/emit.js'
import { type Literal, literal } from '../../src/generator/literal.js'
import { NotLiteral, readLiteral } from '../../src/generator/read-literal.js'
import { readModule } from '../../src/generator/read-module.js'
import { expectedModule } from './clinic-schema.js'

const read = (text: string): unknown => readLiteral(text, 0)

describe('reading a literal', () => {
  it('gives what it was written from', () => {
    const { data } = fc.letrec<{ data: Literal }>((tie) => ({
      data: fc.oneof(
        { maxDepth: 4 },
        fc.string({ unit: 'binary' }),
        fc.boolean(),
        fc.integer(),
        fc.array(tie('data')),
        fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'a1')), tie('data'), {
          noNullPrototype: true,
        }),
      ),
    }))
    fc.assert(
      fc.property(data, (value) => {
        expect(read(literal(value, 0, 120))).toEqual(value)
      }),
    )
  })

  it('takes what a formatter makes of it', () => {
    const text = `{ // a comment
      "a": ["x", 'it\\'s', "say \\"x\\"",], /* another */ b: { c: -1.5, d: true },
    };`
    expect(read(text)).toEqual({ a: ['x', "it's", 'say "x"'], b: { c: -1.5, d: true } })
  })

  it('never sets a prototype', () => {
    const value = read("{ ['__proto__']: { polluted: true }, __proto__: { polluted: true } }")
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    expect(Object.hasOwn(value as object, '__proto__')).toBe(true)
  })

  it.each([
    '{ a: process.exit(1) }',
    '{ a: `x` }',
    '{ [a]: 1 }',
    '{ a() {} }',
    '{ ...a }',
    '[,]',
    '[1 2]',
    '{ a 1 }',
    "'open",
    "'two\nlines'",
    'null',
    'truest',
    '1e3',
    '{ a: 1',
    '/* {} ',
    '',
  ])('refuses what is not plain data: %j', (text) => {
    expect(() => read(text)).toThrow(NotLiteral)
  })
})

describe('reading a generated module', () => {
  const map = readModule(expectedModule, 'index.ts')

  it('gives the map that was emitted, whatever the form', () => {
    expect(map.models.Patient?.compounds).toEqual({
      tenantId_id: ['tenantId', 'id'],
      byEmail: ['tenantId', 'emailIndex'],
    })
    for (const options of [
      { extension: 'ts', moduleFormat: 'esm' },
      { extension: 'js', moduleFormat: 'esm' },
      { extension: 'js', moduleFormat: 'cjs' },
    ] as const) {
      const [file] = emitModule(map, options)
      expect(readModule(file?.text ?? '', 'x')).toEqual(map)
    }
  })

  it.each<[string, string | ((text: string) => string), string]>([
    ['another module', 'export const other = {}', 'it exports no constant `encryptedModels`'],
    ['its declarations', 'export declare const encryptedModels: {}', 'it exports no constant `encryptedModels`'],
    ['code', 'export const encryptedModels = {\n  version: one,\n}', 'line 2 is not plain data'],
    ['a map of another version', (text) => text.replace('version: 1', 'version: 2'), 'not a model map of this release'],
    ['a map without models', 'export const encryptedModels = { version: 1, provider: "x" }', 'not a model map'],
    ['a field of another kind', (text) => text.replace("kind: 'scalar'", "kind: 'scaler'"), 'not a model map'],
    ['a column that is no text', (text) => text.replace("column: 'name'", 'column: 1'), 'not a model map'],
    ['a flag that is off', (text) => text.replace('unique: true', 'unique: false'), 'not a model map'],
    ['an unknown normalizer', (text) => text.replace("'trim'", "'shout'"), 'not a model map'],
  ])('refuses %s', (_, change, reason) => {
    const text = typeof change === 'string' ? change : change(expectedModule)
    expect(text).not.toBe(expectedModule)
    expect(() => readModule(text, 'x/index.ts')).toThrow(
      `x/index.ts is not the module that \`prisma generate\` writes: `,
    )
    expect(() => readModule(text, 'x/index.ts')).toThrow(reason)
  })
})
