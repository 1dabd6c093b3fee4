import type { Samples } from '../measure.js'
import type { Scenario } from '../scenarios.js'
import { ratio, type Sample, type Summary, summarize } from '../statistics.js'
import { BEFORE } from '../subjects/before.js'

/** What one subject took in one scenario. */
export interface Result {
  readonly scenario: string
  readonly subject: string
  readonly turns: number
  readonly wallMs: Summary
  readonly cpuMs: Summary
  /** To the plain client, turn by turn. */
  readonly wallRatio: Summary
  readonly cpuRatio: Summary
  /** To the same subject in the code of before, turn by turn, where that was measured, too. */
  readonly toBefore?: { readonly wall: Summary; readonly cpu: Summary }
  readonly bytesPerValue: number
}

export function resultsOf(scenario: Scenario, samples: Samples, bytes: ReadonlyMap<string, number>): Result[] {
  const [baseline] = samples.values()
  if (baseline === undefined) throw new Error('nothing was measured')
  const byName = new Map([...samples].map(([{ name }, turns]) => [name, turns]))
  return [...samples].map(([{ name }, turns]) => ({
    scenario: scenario.name,
    subject: name,
    turns: turns.length,
    wallMs: summarize(turns.map(({ wallMs }) => wallMs)),
    cpuMs: summarize(turns.map(({ cpuMs }) => cpuMs)),
    wallRatio: ratio(turns, baseline, 'wallMs'),
    cpuRatio: ratio(turns, baseline, 'cpuMs'),
    ...toBefore(turns, byName.get(`${BEFORE}${name}`)),
    bytesPerValue: bytes.get(name) ?? Number.NaN,
  }))
}

function toBefore(turns: readonly Sample[], earlier: readonly Sample[] | undefined): Pick<Result, 'toBefore'> {
  if (earlier === undefined) return {}
  // One of the two may have been slow while warming up, and so have had fewer turns.
  const rounds = new Set(earlier.map(({ round }) => round))
  const both = turns.filter(({ round }) => rounds.has(round))
  return { toBefore: { wall: ratio(both, earlier, 'wallMs'), cpu: ratio(both, earlier, 'cpuMs') } }
}

/** For `--json`: medians in milliseconds, and the median of the ratios to the plain client of the same round. */
export function toJson(results: readonly Result[]): object[] {
  return results.map(({ scenario, subject, wallMs, wallRatio, bytesPerValue }) => ({
    scenario,
    subject,
    median_ms: rounded(wallMs.median),
    ratio_to_plain: rounded(wallRatio.median),
    bytes_per_value: rounded(bytesPerValue),
  }))
}

function rounded(value: number): number {
  return Number(value.toPrecision(5))
}
