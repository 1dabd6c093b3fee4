import { describe, expect, it } from 'vitest'
import { quantile, ratio, type Sample, shuffled, summarize } from '../../bench/statistics.js'

describe('quantile', () => {
  it('is the middle value, or the mean of the two in the middle, in whatever order they come', () => {
    expect(quantile([3, 1, 2], 0.5)).toBe(2)
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5)
    expect(quantile([10, 9], 0.5)).toBe(9.5)
  })

  it('lies between the two nearest values, in proportion', () => {
    expect(quantile([1, 2, 3, 4, 5], 0.25)).toBe(2)
    expect(quantile([1, 2, 3, 4], 0.25)).toBe(1.75)
    expect(quantile([1, 2, 3, 4], 0.75)).toBe(3.25)
    expect(quantile([7], 0.75)).toBe(7)
  })

  it('leaves the values in their order', () => {
    const values = [3, 1, 2]
    quantile(values, 0.5)
    expect(values).toEqual([3, 1, 2])
  })

  it('is not there for no values', () => {
    expect(() => quantile([], 0.5)).toThrow('no values')
  })
})

it('summarizes by the median and the quartiles', () => {
  expect(summarize([5, 1, 4, 2, 3])).toEqual({ lower: 2, median: 3, upper: 4 })
})

describe('ratio', () => {
  const turns = (...times: [round: number, wallMs: number, cpuMs: number][]): Sample[] =>
    times.map(([round, wallMs, cpuMs]) => ({ round, wallMs, cpuMs }))

  it('compares turns of the same round, so that a round in which all is slow changes nothing', () => {
    const plain = turns([0, 10, 1], [1, 100, 1], [2, 10, 1])
    const other = turns([0, 20, 3], [1, 200, 3], [2, 20, 3])
    expect(ratio(other, plain, 'wallMs')).toEqual({ lower: 2, median: 2, upper: 2 })
    expect(ratio(other, plain, 'cpuMs').median).toBe(3)
  })

  it('is of the rounds in which a subject had a turn', () => {
    const plain = turns([0, 10, 1], [1, 1, 1], [5, 20, 1])
    expect(ratio(turns([0, 40, 1], [5, 40, 1]), plain, 'wallMs').median).toBe(3)
  })

  it('refuses a turn without anything to compare with', () => {
    expect(() => ratio(turns([1, 1, 1]), turns([0, 1, 1]), 'wallMs')).toThrow('round 1')
  })
})

describe('shuffled', () => {
  const values = [1, 2, 3, 4, 5, 6, 7, 8]

  it('keeps every value, and returns the same order for the same round', () => {
    const first = shuffled(values, 1)
    expect([...first].sort((a, b) => a - b)).toEqual(values)
    expect(shuffled(values, 1)).toEqual(first)
  })

  it('puts every value into the first place about equally often', () => {
    const rounds = 4_000
    const firsts = new Map<number, number>()
    for (let round = 0; round < rounds; round++) {
      const first = shuffled(values, round)[0] ?? 0
      firsts.set(first, (firsts.get(first) ?? 0) + 1)
    }
    for (const value of values) {
      expect(firsts.get(value)).toBeGreaterThan((rounds / values.length) * 0.7)
      expect(firsts.get(value)).toBeLessThan((rounds / values.length) * 1.3)
    }
  })
})
