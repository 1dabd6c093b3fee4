import { paddedLength } from '../../src/envelope/index.js'
import { attackWith } from '../../src/operations/leakage/index-figures.js'
import { type Guess, type Guesses, guessesOf } from '../../src/operations/leakage/value-list.js'
import type { Weighted } from './people.js'
import { scrambled } from './random.js'

/** A row, as far as an attack is concerned: what it holds, and what is made of that. */
export interface Row {
  readonly tenant?: string
  /** What the token stands for. */
  readonly token: string
  /** The value. */
  readonly whole: string
}

/** What a token of a value stands for: the value, or a part of it. */
export type TokenOf = (value: string) => string

/** Shares of the rows. */
export interface Result {
  readonly tokens: number
  readonly wholes: number
  /** What the command would have said of them, who does not know the values. */
  readonly estimated?: { readonly tokens: number; readonly wholes: number }
}

/** What is known, as the command knows it from a list. */
export function known(list: readonly Weighted[], pad: number, tokenOf: TokenOf): Guesses {
  return guessesOf(
    list.map(({ value, weight }) => ({
      token: tokenOf(value),
      whole: value,
      length: paddedLength(Buffer.byteLength(value), pad),
      weight,
    })),
  )
}

/** The command's attacks: by rank, or by rank among the rows of each length. */
export function commandsAttack(rows: readonly Row[], guesses: Guesses, pad: number, by: 'byRank' | 'byLength'): Result {
  const attack = attackWith(guesses)
  const tenants = groupsOf(rows)
  let [tokens, wholes, estimatedTokens, estimatedWholes] = [0, 0, 0, 0]
  for (const own of tenants.values()) {
    const lengthOf = (row: Row): number => paddedLength(Buffer.byteLength(row.whole), pad)
    const all = countsOf(own, ({ token }) => token)
    const byLength = new Map<number, Map<string, number>>()
    for (const row of own) {
      const counts = byLength.get(lengthOf(row)) ?? new Map<string, number>()
      byLength.set(lengthOf(row), counts)
      counts.set(row.token, (counts.get(row.token) ?? 0) + 1)
    }
    const right =
      by === 'byRank'
        ? new Map([[0, named(all, guesses.all)]])
        : new Map([...byLength].map(([length, counts]) => [length, named(counts, guesses.of(length))]))
    for (const row of own) {
      const guess = right.get(by === 'byRank' ? 0 : lengthOf(row))?.get(row.token)
      if (guess?.token === row.token) tokens += 1
      if (guess?.whole === row.whole) wholes += 1
    }
    const classes = (counts: ReadonlyMap<string, number>) => [...counts.values()].map((n) => ({ rows: n, tokens: 1 }))
    const estimate = attack({
      tokens: classes(all),
      byLength: new Map([...byLength].map(([length, counts]) => [length, classes(counts)])),
    })[by]
    estimatedTokens += estimate.tokens
    estimatedWholes += estimate.wholes
  }
  const n = rows.length
  return {
    tokens: tokens / n,
    wholes: wholes / n,
    estimated: { tokens: estimatedTokens / n, wholes: estimatedWholes / n },
  }
}

function groupsOf(rows: readonly Row[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const group = groups.get(row.tenant ?? '')
    if (group === undefined) groups.set(row.tenant ?? '', [row])
    else group.push(row)
  }
  return groups
}

function countsOf<T>(rows: readonly T[], of: (row: T) => string): Map<string, number> {
  const counts = new Map<string, number>()
  for (const row of rows) counts.set(of(row), (counts.get(of(row)) ?? 0) + 1)
  return counts
}

/** What each token is taken for. Of tokens that are equally frequent, any is the first. */
function named(counts: ReadonlyMap<string, number>, guesses: readonly Guess[]): Map<string, Guess> {
  const ranked = [...counts].sort(([a, x], [b, y]) => y - x || scrambled(a) - scrambled(b))
  return new Map(ranked.flatMap(([token], i) => (guesses[i] === undefined ? [] : [[token, guesses[i]] as const])))
}

/**
 * The fingerprint attack, on rows that have several tokens: each is taken for the value whose tokens would most likely be as
 * frequent as its own are, and whose tokens would most likely occur together as often.
 *
 * @param tokensOf of a value: in the order of their columns, or in none.
 * @param shows what else can be seen of a value, such as its length.
 */
export function fingerprintAttack(
  values: readonly string[],
  list: readonly Weighted[],
  tokensOf: (value: string) => readonly string[],
  isOrdered: boolean,
  shows: (value: string) => number = () => 0,
): Result {
  const n = values.length
  const total = list.reduce((sum, { weight }) => sum + weight, 0)
  const shares = new Map<string, number>()
  const together = new Map<
    string,
    { value: string; most: number; share: number; tokens: readonly string[]; sight: string }
  >()
  for (const { value, weight } of list) {
    const tokens = [...new Set(tokensOf(value))]
    const share = weight / total
    for (const token of tokens) shares.set(token, (shares.get(token) ?? 0) + share)
    const name = `${signature(tokens)} ${shows(value)}`
    const same = together.get(name)
    if (same === undefined)
      together.set(name, { value, most: share, share, tokens, sight: `${tokens.length} ${shows(value)}` })
    else {
      same.share += share
      if (share > same.most) Object.assign(same, { value, most: share })
    }
  }
  const counts = new Map<string, number>()
  const classes = new Map<string, SeenClass>()
  for (const value of values) {
    const tokens = [...new Set(tokensOf(value))]
    for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1)
    const name = `${signature(tokens)} ${shows(value)}`
    const sight = `${tokens.length} ${shows(value)}`
    const one = classes.get(name) ?? { count: 0, tokens, sight, values: new Map<string, number>() }
    classes.set(name, one)
    one.count += 1
    one.values.set(value, (one.values.get(value) ?? 0) + 1)
  }
  const sorted = (numbers: number[]): number[] => (isOrdered ? numbers : numbers.sort((a, b) => b - a))
  const bySight = new Map<string, { value: string; features: number[] }[]>()
  for (const { value, share, tokens, sight } of together.values()) {
    const features = [share, ...sorted(tokens.map((token) => shares.get(token) ?? 0))].flatMap((p) => [
      Math.log(p),
      Math.log1p(-Math.min(p, 1 - Number.EPSILON)),
    ])
    const same = bySight.get(sight)
    if (same === undefined) bySight.set(sight, [{ value, features }])
    else same.push({ value, features })
  }
  let right = 0
  for (const { count, tokens, sight, values: of } of classes.values()) {
    const seen = [count, ...sorted(tokens.map((token) => counts.get(token) ?? 0))]
    let [best, most]: [string | undefined, number] = [undefined, Number.NEGATIVE_INFINITY]
    for (const { value, features } of bySight.get(sight) ?? []) {
      let likely = 0
      for (let i = 0; i < seen.length; i++) {
        const c = seen[i] ?? 0
        likely += c * (features[2 * i] ?? 0) + (n - c) * (features[2 * i + 1] ?? 0)
      }
      if (likely > most) [best, most] = [value, likely]
    }
    right += best === undefined ? 0 : (of.get(best) ?? 0)
  }
  return { tokens: right / n, wholes: right / n }
}

/** Rows that look alike. */
interface SeenClass {
  count: number
  readonly tokens: readonly string[]
  /** What may be compared with them: values that show as many tokens, and the same beside these. */
  readonly sight: string
  readonly values: Map<string, number>
}

function signature(tokens: readonly string[]): string {
  return [...tokens].sort().join(' ')
}

/** Where order is revealed: a row is taken for what stands at its place among all people. */
export function orderAttack(
  days: readonly number[],
  before: (day: number) => number,
  last: number,
): { readonly days: number; readonly years: number } {
  const sorted = [...days].sort((a, b) => a - b)
  let [exact, years] = [0, 0]
  let day = 0
  for (const [i, truth] of sorted.entries()) {
    const place = (i + 0.5) / sorted.length
    while (day < last - 1 && before(day + 1) <= place) day += 1
    if (day === truth) exact += 1
    if (Math.floor(day / 365) === Math.floor(truth / 365)) years += 1
  }
  return { days: exact / days.length, years: years / days.length }
}
