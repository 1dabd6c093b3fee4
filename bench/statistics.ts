/** A middle and the spread around it. */
export interface Summary {
  readonly median: number
  /** The first and the third quartile. */
  readonly lower: number
  readonly upper: number
}

/** One turn of one subject. */
export interface Sample {
  readonly round: number
  /** Milliseconds a call took. */
  readonly wallMs: number
  /** Milliseconds of processor time that this process took for it, in all of its threads. */
  readonly cpuMs: number
}

export function summarize(values: readonly number[]): Summary {
  return { lower: quantile(values, 0.25), median: quantile(values, 0.5), upper: quantile(values, 0.75) }
}

/** Between the two nearest values, in proportion (type 7 of Hyndman and Fan, as spreadsheets have it). */
export function quantile(values: readonly number[], q: number): number {
  if (values.length === 0) throw new Error('a quantile of no values')
  const sorted = [...values].sort((a, b) => a - b)
  const position = (sorted.length - 1) * q
  const below = sorted[Math.floor(position)] ?? Number.NaN
  const above = sorted[Math.ceil(position)] ?? Number.NaN
  return below + (above - below) * (position - Math.floor(position))
}

/**
 * How many times as much as the baseline, each turn compared with the baseline's in the same round. Other work on the
 * machine comes and goes in minutes, rounds take less: what slows a whole round cancels out, which it would not in the
 * ratio of two medians.
 */
export function ratio(samples: readonly Sample[], baseline: readonly Sample[], by: 'wallMs' | 'cpuMs'): Summary {
  const base = new Map(baseline.map((sample) => [sample.round, sample[by]]))
  const ratios = samples.map((sample) => {
    const other = base.get(sample.round)
    if (other === undefined) throw new Error(`the baseline has no turn in round ${sample.round}`)
    return sample[by] / other
  })
  return summarize(ratios)
}

/** Microseconds of processor time above the baseline's, each turn compared with the baseline's in the same round. */
export function difference(samples: readonly Sample[], baseline: readonly Sample[]): Summary {
  const base = new Map(baseline.map(({ round, cpuMs }) => [round, cpuMs]))
  return summarize(samples.map(({ round, cpuMs }) => (cpuMs - (base.get(round) ?? Number.NaN)) * 1_000))
}

/** In another order each round, but in the same one in every run: mulberry32 and Fisher-Yates. */
export function shuffled<T>(values: readonly T[], seed: number): T[] {
  const result = [...values]
  let state = seed >>> 0
  const random = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const swapped = result[i] as T
    result[i] = result[j] as T
    result[j] = swapped
  }
  return result
}
