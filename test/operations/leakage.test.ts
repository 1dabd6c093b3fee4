import { describe, expect, it } from 'vitest'
import { expectedNamed, Guesser, type TokenClass } from '../../src/operations/leakage/attack.js'
import { figuresOf } from '../../src/operations/leakage/figures.js'
import { attackWith } from '../../src/operations/leakage/index-figures.js'
import { guessesFor } from '../../src/operations/leakage/indexed-values.js'
import { guessesOf } from '../../src/operations/leakage/value-list.js'
import { equality } from '../../src/search/kinds/equality.js'
import { text } from '../../src/values/text.js'

const guesser = (...weights: number[]) =>
  new Guesser(guessesOf(weights.map((weight, i) => ({ token: `v${i}`, whole: `v${i}`, length: 2, weight }))).all)
const counts = (...rows: number[]): TokenClass[] => rows.map((n) => ({ rows: n, tokens: 1 }))
const namedIn = (classes: TokenClass[], guesses: Guesser) =>
  expectedNamed(
    classes,
    classes.reduce((sum, { rows, tokens }) => sum + rows * tokens, 0),
    guesses,
  ).tokens

describe('how many rows the rank attack is expected to name', () => {
  it('is all of them where frequencies leave no doubt', () => {
    expect(namedIn(counts(900, 95, 5), guesser(900, 95, 5))).toBeCloseTo(1000, 0)
    expect(namedIn(counts(10), guesser(1))).toBe(10)
  })

  it('is one of as many as are alike', () => {
    expect(namedIn(counts(1, 1, 1, 1), guesser(5, 5, 5, 5))).toBeCloseTo(1, 9)
    expect(namedIn([{ rows: 7, tokens: 4 }], guesser(1, 1, 1, 1))).toBeCloseTo(7, 9)
  })

  it('is the probability of the guess, where there are two and little to go by', () => {
    // 0.6^2 × 0.4 against 0.4^2 × 0.6, for the token with two of three rows; and for the other.
    expect(namedIn(counts(2, 1), guesser(6, 4))).toBeCloseTo(3 * (0.144 / 0.24), 9)
  })

  it('names no more tokens than values are known, and none where none is', () => {
    expect(namedIn(counts(5, 4, 3), guesser(1))).toBeCloseTo(5, 9)
    expect(namedIn(counts(5, 4, 3), guesser())).toBe(0)
    expect(namedIn([], guesser(1, 2))).toBe(0)
  })

  it('is never more than there is, or less than nothing, with shares of any size', () => {
    for (const rows of [1, 10, 1_000_000]) {
      const named = namedIn(counts(rows, rows, 1), guesser(1e9, 1, 1e-9))
      expect(named).toBeGreaterThanOrEqual(0)
      expect(named).toBeLessThanOrEqual(2 * rows + 1)
    }
  })

  it('takes the order of its classes for nothing', () => {
    expect(namedIn(counts(1, 5, 30), guesser(30, 5, 1))).toBe(namedIn(counts(30, 5, 1), guesser(30, 5, 1)))
  })
})

describe('values as an index sees them', () => {
  const field = { pad: 4 } as Parameters<typeof guessesFor>[0]
  const definition = { field: 'a.b', index: 'a.c', type: text, normalize: ['trim', 'lowercase'] as const }
  const index = { kind: equality, definition } as unknown as Parameters<typeof guessesFor>[1]

  it('are normalized, their weights added up, and told apart by the length that is sealed', () => {
    const guesses = guessesFor(field, index, [
      { value: 'Ann', weight: 1 },
      { value: 'BOBBY', weight: 5 },
      { value: '  ann  ', weight: 8 },
      { value: '   ', weight: 100 },
      { value: 'é', weight: 1 },
    ])
    expect(guesses.without).toBe(1)
    expect(guesses.all.map(({ token, share }) => [token, share])).toEqual([
      ['ann', 0.6],
      ['bobby', 1 / 3],
      ['é', 1 / 15],
    ])
    expect(guesses.of(4).map(({ token }) => token)).toEqual(['ann', 'é'])
    expect(guesses.of(8).map(({ token, share }) => [token, share])).toEqual([
      ['ann', 8 / 15],
      ['bobby', 1 / 3],
    ])
    expect(guesses.of(12)).toEqual([])
  })

  it('are as many as have one token, of which the most common is the guess: an index of a part', () => {
    const kind = { ...equality, canonical: (_: unknown, value: unknown) => String(value).slice(0, 2) }
    const part = { ...index, kind } as typeof index
    const guesses = guessesFor({} as typeof field, part, [
      { value: 'anna', weight: 3 },
      { value: 'andy', weight: 1 },
      { value: 'bob', weight: 2 },
    ])
    expect(guesses.all).toEqual([
      { token: 'an', whole: 'anna', share: 4 / 6, wholeShare: 3 / 4 },
      { token: 'bo', whole: 'bob', share: 2 / 6, wholeShare: 1 },
    ])
    const { byRank } = attackWith(guesses)({ tokens: counts(6), byLength: new Map() })
    expect(byRank.wholes / byRank.tokens).toBeCloseTo(3 / 4, 9)
  })
})

describe('what classes of rows show', () => {
  it('counts rows, not classes: those that are alone, and in classes of fewer than five', () => {
    const classes = [
      { rows: 1, tokens: 3 },
      { rows: 4, tokens: 2 },
      { rows: 5, tokens: 1 },
    ]
    expect(figuresOf(classes)).toEqual({ classes: 6, largest: 5, alone: 3, few: 11 })
    expect(figuresOf([])).toEqual({ classes: 0, largest: 0, alone: 0, few: 0 })
  })
})
