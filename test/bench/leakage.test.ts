import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { commandsAttack, fingerprintAttack, known, orderAttack } from '../../bench/leakage/attacks.js'
import { firstNames, lastNames, peopleOf } from '../../bench/leakage/people.js'
import results from '../../bench/leakage/results.json' with { type: 'json' }
import { SIZES, type Study, study } from '../../bench/leakage/study.js'
import { estimates, tables } from '../../bench/leakage/tables.js'

const page = readFileSync('docs/leakage.md', 'utf8')
const recorded = results as Study

describe('docs/leakage.md', () => {
  it('has the tables of the recorded study', () => {
    expect(page).toContain(`<!-- bench: leakage -->\n\n${tables(recorded)}\n\n<!-- bench: end of leakage -->`)
    expect(page).toContain(`<!-- bench: estimates -->\n\n${estimates(recorded)}\n\n<!-- bench: end of estimates -->`)
  })

  it('is what the command finds: 100,000 rows, once more', { timeout: 120_000 }, () => {
    const last = SIZES.length - 1
    const { lines } = study(() => undefined, SIZES.slice(last))
    expect(lines.map(({ field, index, attack, named }) => [field, index, attack, named])).toEqual(
      recorded.lines.map(({ field, index, attack, named }) => [field, index, attack, named]),
    )
    for (const [i, { shares, estimated }] of lines.entries()) {
      // Another release of Node may round another last digit.
      expect(shares[0]).toBeCloseTo(recorded.lines[i]?.shares[last] ?? -1, 0)
      if (estimated !== undefined) expect(estimated[0]).toBeCloseTo(recorded.lines[i]?.estimated?.[last] ?? -1, 0)
    }
  })

  const shareOf = (field: string, index: string, lengths: string, rows = 10_000): string => {
    const at = SIZES.findIndex((size) => size.rows === rows)
    const line = recorded.lines.find((one) => one.field === field && one.index === index && one.lengths === lengths)
    return `${Math.round(line?.shares[at] ?? -1)} %`
  }

  it('is what the other pages quote', () => {
    const search = readFileSync('docs/search.md', 'utf8').replaceAll('\n', ' ')
    const first = [shareOf('first name', 'equality', 'padded'), shareOf('first name', 'equality', 'exact')]
    const domain = 'domain of an e-mail address'
    const domains = [shareOf(domain, 'equality', 'padded'), shareOf(domain, 'equality', 'exact')]
    expect(search).toContain(
      `${first[0]} of the first names by tokens alone, and ${first[1]} by tokens and exact lengths`,
    )
    expect(search).toContain(`of e-mail domains, which are few, ${domains[0]} and ${domains[1]}`)
    expect(page.replaceAll(/\s+/g, ' ')).toContain(
      `gives away ${first[0]} of the first names in a table of 10,000 rows`,
    )
  })
})

describe('the people', () => {
  it('are the same in every run, and others with another seed', () => {
    expect(peopleOf(20, 1)).toEqual(peopleOf(20, 1))
    expect(peopleOf(20, 1)).not.toEqual(peopleOf(20, 2))
  })

  it('have names as often as the lists say', () => {
    const people = peopleOf(50_000, 3)
    for (const [list, of] of [
      [firstNames, ({ firstName }) => firstName],
      [lastNames, ({ lastName }) => lastName],
    ] as const satisfies [typeof firstNames, (person: (typeof people)[number]) => string][]) {
      const [commonest] = list
      const share = (commonest?.weight ?? 0) / list.reduce((sum, { weight }) => sum + weight, 0)
      const found = people.filter((person) => of(person) === commonest?.value).length
      expect(Math.abs(found - share * people.length)).toBeLessThan(5 * Math.sqrt(share * people.length))
    }
  })
})

/** Four values that are equally common, and of which each has a length of its own. */
const apart = ['al', 'bob', 'carl', 'david'].map((value) => ({ value, weight: 1 }))
const whole = (value: string) => value
const rowsOf = (...values: string[]) => values.map((value) => ({ token: value, whole: value }))

describe('the attacks, where it is known what they find', () => {
  it('name every value that has a length of its own, unless it is padded', () => {
    const rows = rowsOf('al', 'bob', 'carl', 'david')
    expect(commandsAttack(rows, known(apart, 1, whole), 1, 'byLength').tokens).toBe(1)
    const padded = commandsAttack(rows, known(apart, 16, whole), 16, 'byLength')
    expect(padded).toEqual(commandsAttack(rows, known(apart, 16, whole), 16, 'byRank'))
    expect(padded.estimated?.tokens).toBeCloseTo(1 / 4, 9)
  })

  it('name all where ranks are as they are known, and none where they are the other way round', () => {
    const list = [9, 4, 1].map((weight, i) => ({ value: `v${i}`, weight }))
    const guesses = known(list, 16, whole)
    expect(commandsAttack(rowsOf('v0', 'v0', 'v0', 'v1', 'v1', 'v2'), guesses, 16, 'byRank').tokens).toBe(1)
    expect(commandsAttack(rowsOf('v2', 'v2', 'v2', 'v0', 'v0', 'v1'), guesses, 16, 'byRank').tokens).toBe(0)
  })

  it('see each tenant by itself', () => {
    const list = [9, 4].map((weight, i) => ({ value: `v${i}`, weight }))
    const rows = [
      ...rowsOf('v0', 'v0', 'v1').map((row) => ({ ...row, tenant: 'a' })),
      { ...rowsOf('v1')[0], tenant: 'b' },
    ]
    const { tokens } = commandsAttack(
      rows as typeof rows & { token: string; whole: string }[],
      known(list, 16, whole),
      16,
      'byRank',
    )
    // The one row of the second tenant is taken for the commonest.
    expect(tokens).toBe(3 / 4)
  })

  it('of several tokens: know a value by how often its parts occur with others', () => {
    const list = ['abcx', 'abcy', 'defx'].map((value, i) => ({ value, weight: [6, 3, 1][i] ?? 0 }))
    const values = [...Array(6).fill('abcx'), ...Array(3).fill('abcy'), 'defx']
    const tokensOf = (value: string) => [value.slice(0, 3), value]
    expect(fingerprintAttack(values, list, tokensOf, true).tokens).toBe(1)
    // Nobody is named of whom nothing like it is known.
    expect(fingerprintAttack(['zzz'], [], tokensOf, true).tokens).toBe(0)
  })

  it('by order: name everybody where there is one of each', () => {
    const days = Array.from({ length: 1_000 }, (_, day) => day)
    expect(orderAttack(days, (day) => day / 1_000, 1_000).days).toBe(1)
    expect(orderAttack([999, 999, 999], (day) => day / 1_000, 1_000).days).toBe(0)
  })
})
