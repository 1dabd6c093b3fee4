import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Literal, literal } from '../../src/generator/literal.js'

const evaluate = (text: string): unknown => new Function(`'use strict'; return (${text})`)()

describe('a literal', () => {
  it('evaluates to what it was written from', () => {
    const { value } = fc.letrec<{ value: Literal }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.string({ unit: 'binary' }),
        fc.boolean(),
        fc.integer(),
        fc.array(tie('value')),
        fc.dictionary(fc.oneof(fc.string(), fc.constant('__proto__')), tie('value'), { noNullPrototype: true }),
      ),
    }))
    fc.assert(
      fc.property(value, (data) => {
        expect(evaluate(literal(data))).toEqual(data)
      }),
    )
  })

  it('writes a key named __proto__ as an own key', () => {
    const data = JSON.parse('{"__proto__": ["a"]}')
    const back = evaluate(literal(data))
    expect(Object.keys(back as object)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype)
  })

  it('is on one line if it fits, and breaks if it does not', () => {
    const entry = { kind: 'scalar', type: 'String' }
    expect(literal({ entry })).toBe("{ entry: { kind: 'scalar', type: 'String' } }")
    const long = { ['x'.repeat(60)]: entry, ['y'.repeat(60)]: [entry] }
    expect(literal(long).split('\n')).toEqual([
      '{',
      `  ${'x'.repeat(60)}: { kind: 'scalar', type: 'String' },`,
      `  ${'y'.repeat(60)}: [{ kind: 'scalar', type: 'String' }],`,
      '}',
    ])
  })

  it('quotes as source text does', () => {
    expect(literal(`it's "so"\\\n\u2028`)).toBe(`'it\\'s "so"\\\\\\n\\u2028'`)
  })
})
