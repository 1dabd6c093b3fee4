import type { Guess } from './value-list.js'

/** So many tokens occur so often. */
export interface TokenClass {
  /** Rows that have one of them. */
  readonly rows: number
  /** How many such tokens there are. */
  readonly tokens: number
}

/** Rows that an attack names, on average. */
export interface Named {
  /** What the token stands for. */
  readonly tokens: number
  /** The whole value: of an index of a part this is less. */
  readonly wholes: number
}

/**
 * The rank attack (frequency analysis): the token that occurs most often is taken for the most common value, the next for the next. Of
 * tokens that occur equally often, any may be the first.
 *
 * This is how many rows it names *if* values are as common in the table as the list says: a token with `c` of `n` rows is then the value
 * with share `p` with a probability that is proportional to p^c (1 − p)^(n − c).
 *
 * @param classes in any order.
 * @param rows how many rows there are in which a value might have been: of one length, those of all.
 * @param guesses the most common first.
 */
export function expectedNamed(classes: readonly TokenClass[], rows: number, guesses: Guesser): Named {
  let [tokens, wholes, rank] = [0, 0, 0]
  for (const one of [...classes].sort((a, b) => b.rows - a.rows)) {
    if (rank >= guesses.length) break
    const all = guesses.logOfAll(one.rows, rows)
    for (const last = Math.min(rank + one.tokens, guesses.length); rank < last; rank++) {
      const guess = guesses.at(rank)
      const right = one.rows * Math.exp(logLikelihood(guess.share, one.rows, rows) - all)
      tokens += right
      wholes += right * guess.wholeShare
    }
  }
  return { tokens, wholes }
}

/** How many sums are kept: tenants of one size have the same. */
const KEPT = 100_000

/** Guesses, and how likely all of them together are to occur so often. */
export class Guesser {
  /** Shares, and how many values have each. */
  readonly #shares: readonly (readonly [share: number, values: number])[]
  readonly #kept = new Map<string, number>()

  constructor(private readonly guesses: readonly Guess[]) {
    const shares = new Map<number, number>()
    for (const { share } of guesses) shares.set(share, (shares.get(share) ?? 0) + 1)
    this.#shares = [...shares]
  }

  get length(): number {
    return this.guesses.length
  }

  at(rank: number): Guess {
    const guess = this.guesses[rank]
    if (guess === undefined) throw new Error('there is no such guess')
    return guess
  }

  /** The logarithm of the sum over all guesses. */
  logOfAll(count: number, rows: number): number {
    const name = `${count}/${rows}`
    const kept = this.#kept.get(name)
    if (kept !== undefined) return kept
    const logs = this.#shares.map(([share, values]) => logLikelihood(share, count, rows) + Math.log(values))
    const most = logs.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
    const sum = most + Math.log(logs.reduce((all, one) => all + Math.exp(one - most), 0))
    if (this.#kept.size >= KEPT) this.#kept.clear()
    this.#kept.set(name, sum)
    return sum
  }
}

/** Of a value with this share occurring in `count` of `rows` rows, but for a factor that is the same for all values. */
function logLikelihood(share: number, count: number, rows: number): number {
  const others = rows - count
  // A value that is all there is.
  return count * Math.log(share) + (others === 0 ? 0 : others * Math.log1p(-Math.min(share, 1 - Number.EPSILON)))
}
