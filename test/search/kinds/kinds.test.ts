import { describe, expect, it } from 'vitest'
import { type IndexKindName, indexKindNames } from '../../../src/search/kinds/names.js'
import { isLengthOf, LONGEST_PART } from '../../../src/search/kinds/part-text.js'
import { indexKindOf } from '../../../src/search/kinds/table.js'

const LENGTHS: Readonly<Record<IndexKindName, number | undefined>> = {
  equality: undefined,
  first: 3,
  last: 4,
  domain: undefined,
}

describe('the kinds of index', () => {
  it('are those that a model map may name', () => {
    for (const name of indexKindNames) expect(indexKindOf(name, LENGTHS[name]).name).toBe(name)
  })

  it('answer different operators, each by what Prisma gives it', () => {
    expect(indexKindOf('equality').operators).toEqual({
      equals: 'a value',
      not: 'a value',
      in: 'a list of values',
      notIn: 'a list of values',
    })
    expect(indexKindOf('first', 3).operators).toEqual({ startsWith: 'a value' })
    expect(indexKindOf('last', 3).operators).toEqual({ endsWith: 'a value' })
    expect(indexKindOf('domain').operators).toEqual({ endsWith: 'a value' })
  })

  it('say what they can be asked for', () => {
    expect(indexKindOf('equality').needles).toBeUndefined()
    expect(indexKindOf('first', 3).needles).toBe('3 characters')
    expect(indexKindOf('last', 1).needles).toBe('1 character')
    expect(indexKindOf('domain').needles).toBe('"@" and a whole domain')
  })

  it('have a length or none', () => {
    expect(isLengthOf('equality', undefined)).toBe(true)
    expect(isLengthOf('domain', undefined)).toBe(true)
    expect(isLengthOf('first', 1)).toBe(true)
    expect(isLengthOf('last', LONGEST_PART)).toBe(true)
    for (const [name, length] of [
      ['equality', 3],
      ['domain', 3],
      ['first', undefined],
      ['last', 0],
      ['first', 1.5],
      ['first', '3'],
      ['last', LONGEST_PART + 1],
    ] as const) {
      expect(isLengthOf(name, length)).toBe(false)
    }
  })
})
