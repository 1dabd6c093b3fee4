/** What an attacker knows: that a field has such values, and how common each is. */
export interface ListedValue {
  readonly value: string
  readonly weight: number
}

/** A value of the list, as an index sees it. */
export interface IndexedValue {
  /** What its token stands for. */
  readonly token: string
  /** The value itself, normalized: of an index of a part it is more than the token stands for. */
  readonly whole: string
  /** How many bytes are sealed for it, padding included. */
  readonly length: number
  readonly weight: number
  /** Of an index of a part: whether the value has none, so that its token is that of all such values. */
  readonly isPartless?: boolean
}

/** One guess: what a token stands for. */
export interface Guess {
  readonly token: string
  /** The most common of the values that have this token. */
  readonly whole: string
  /** How common such values are among all. */
  readonly share: number
  /** How common the {@link whole} one is among these. */
  readonly wholeShare: number
}

/** The values that are known, the most common first: those of all lengths, and those of each. */
export interface Guesses {
  readonly all: readonly Guess[]
  of(length: number): readonly Guess[]
  /** How many values were left out, because they have no token: nothing is left of them. */
  readonly without: number
  /** How many values have no such part as the index is of, and their share by weight. */
  readonly partless: { readonly values: number; readonly share: number }
}

/** Values that are alike to the index are one, with the weights of all. `undefined` is a value that has no token. */
export function guessesOf(values: readonly (IndexedValue | undefined)[]): Guesses {
  const known = values.filter((value) => value !== undefined)
  const total = known.reduce((sum, { weight }) => sum + weight, 0)
  const lengths = new Map<number, IndexedValue[]>()
  for (const value of known) {
    const same = lengths.get(value.length)
    if (same === undefined) lengths.set(value.length, [value])
    else same.push(value)
  }
  const partless = known.filter(({ isPartless }) => isPartless === true)
  const byLength = new Map([...lengths].map(([length, same]) => [length, ranked(same, total)]))
  return {
    all: ranked(known, total),
    of: (length) => byLength.get(length) ?? [],
    without: values.length - known.length,
    partless: {
      values: partless.length,
      share: partless.reduce((sum, { weight }) => sum + weight, 0) / Math.max(total, Number.MIN_VALUE),
    },
  }
}

function ranked(values: readonly IndexedValue[], total: number): Guess[] {
  const byToken = new Map<string, Map<string, number>>()
  for (const { token, whole, weight } of values) {
    const wholes = byToken.get(token) ?? new Map<string, number>()
    byToken.set(token, wholes)
    wholes.set(whole, (wholes.get(whole) ?? 0) + weight)
  }
  const guesses = [...byToken].map(([token, wholes]): Guess => {
    const [[whole, most] = ['', 0]] = [...wholes].sort(([a, x], [b, y]) => y - x || byText(a, b))
    const weight = [...wholes.values()].reduce((sum, one) => sum + one, 0)
    return { token, whole, share: weight / total, wholeShare: most / weight }
  })
  return guesses.sort((a, b) => b.share - a.share || byText(a.token, b.token))
}

/** The same on every machine. */
function byText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
