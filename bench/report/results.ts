import type { Samples } from '../measure.js'
import type { Scenario } from '../scenarios.js'
import { difference, ratio, type Sample, type Summary, summarize } from '../statistics.js'
import { BEFORE, floorOf, withOneTenant } from '../subjects/names.js'

/** Of times, and of processor times. */
export interface Ratios {
  readonly wall: Summary
  readonly cpu: Summary
}

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
  /** Microseconds of processor time of a call above the plain client's, turn by turn. */
  readonly cpuAbove: Summary
  /** To the floor of the same placement, turn by turn. */
  readonly toFloor?: Ratios
  /** Where each call is for another tenant: to the same with one tenant, turn by turn. */
  readonly toOneTenant?: Ratios
  /** To the same subject in the code of before, turn by turn, where that was measured, too. */
  readonly toBefore?: Ratios
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
    cpuAbove: difference(turns, baseline),
    ...named('toFloor', turns, byName.get(floorOf(name) ?? '')),
    ...named('toOneTenant', turns, byName.get(withOneTenant(name) ?? '')),
    ...named('toBefore', turns, byName.get(`${BEFORE}${name}`)),
    bytesPerValue: bytes.get(name) ?? Number.NaN,
  }))
}

function named<K extends string>(
  key: K,
  turns: readonly Sample[],
  others: readonly Sample[] | undefined,
): { [_ in K]?: Ratios } {
  if (others === undefined) return {}
  // One of the two may have been slow while warming up, and so have had fewer turns.
  const rounds = new Set(others.map(({ round }) => round))
  const both = turns.filter(({ round }) => rounds.has(round))
  return { [key]: { wall: ratio(both, others, 'wallMs'), cpu: ratio(both, others, 'cpuMs') } } as { [_ in K]: Ratios }
}

/** For `--json`: medians in milliseconds, and the medians of what each turn is compared with in the same round. */
export function toJson(results: readonly Result[]): object[] {
  return results.map((result) => ({
    scenario: result.scenario,
    subject: result.subject,
    median_ms: rounded(result.wallMs.median),
    cpu_ms: rounded(result.cpuMs.median),
    ratio_to_plain: rounded(result.wallRatio.median),
    cpu_ratio_to_plain: rounded(result.cpuRatio.median),
    cpu_us_above_plain: rounded(result.cpuAbove.median),
    ...(result.toFloor !== undefined && {
      ratio_to_floor: rounded(result.toFloor.wall.median),
      cpu_ratio_to_floor: rounded(result.toFloor.cpu.median),
    }),
    bytes_per_value: rounded(result.bytesPerValue),
  }))
}

function rounded(value: number): number {
  return Number(value.toPrecision(5))
}
