import { describe, expect, it } from 'vitest'
import { indexKindNames } from '../../../src/search/kinds/names.js'
import { indexKinds } from '../../../src/search/kinds/table.js'

describe('the kinds of index', () => {
  it('are those that a model map may name', () => {
    expect(Object.keys(indexKinds)).toEqual([...indexKindNames])
    for (const name of indexKindNames) expect(indexKinds[name].name).toBe(name)
  })

  it('answer equality alone, each by what Prisma gives the operator', () => {
    expect(indexKinds.equality.operators).toEqual({
      equals: 'a value',
      not: 'a value',
      in: 'a list of values',
      notIn: 'a list of values',
    })
  })
})
