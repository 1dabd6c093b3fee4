import { cases, scoped } from './cases.js'
import { peopleOf } from './people.js'

/** How many rows there are, and how many times people are drawn: of few, chance says much. */
export const SIZES = [
  { rows: 100, draws: 100 },
  { rows: 1_000, draws: 30 },
  { rows: 10_000, draws: 5 },
  { rows: 100_000, draws: 1 },
] as const

/** The share that is named, in percent, with a digit behind the point, so that every machine has the same. */
export interface Line {
  readonly field: string
  readonly index: string
  readonly lengths: string
  readonly attack: string
  readonly named: string
  readonly isRefused?: true
  /** By {@link SIZES}. */
  readonly shares: readonly number[]
  /** What the command says without knowing the values. */
  readonly estimated?: readonly number[]
}

export interface Study {
  readonly lines: readonly Line[]
  /** First names of 100,000 people, by how many of them are one tenant's. */
  readonly scopes: readonly { readonly rows: number; readonly padded: number; readonly exact: number }[]
}

export type Log = (text: string) => void

/** Runs every attack on people who do not exist. */
export function study(log: Log, sizes: readonly { rows: number; draws: number }[] = SIZES): Study {
  const shares = cases.map((): number[] => [])
  const estimates = cases.map((): number[] => [])
  for (const { rows, draws } of sizes) {
    const sums = cases.map(() => [0, 0])
    for (let draw = 0; draw < draws; draw++) {
      const people = peopleOf(rows, rows + draw)
      for (const [i, one] of cases.entries()) {
        const { share, estimated = 0 } = one.run(people)
        const sum = sums[i]
        if (sum !== undefined) sums[i] = [(sum[0] ?? 0) + share, (sum[1] ?? 0) + estimated]
      }
    }
    for (const [i, [share = 0, estimated = 0]] of sums.entries()) {
      shares[i]?.push(percent(share / draws))
      estimates[i]?.push(percent(estimated / draws))
    }
    log(`${rows.toLocaleString('en-US')} rows: ${draws} times`)
  }
  return {
    lines: cases.map(({ run: _, ...one }, i) => ({
      ...one,
      shares: shares[i] ?? [],
      ...((one.attack === 'rank' || one.attack === 'length') && { estimated: estimates[i] ?? [] }),
    })),
    scopes: sizes.length < SIZES.length ? [] : scopes(),
  }
}

function scopes(): Study['scopes'] {
  const people = peopleOf(100_000, 7)
  return [100, 1_000, 10_000, 100_000].map((rows) => ({
    rows,
    padded: percent(scoped(rows, 'padded')(people)),
    exact: percent(scoped(rows, 'exact')(people)),
  }))
}

function percent(share: number): number {
  return Math.round(share * 1_000) / 10
}
