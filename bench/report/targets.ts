import { ROWS } from '../rows.js'
import { CIPHERS, MANY, ourName, PLACEMENTS, type Placement } from '../subjects/names.js'
import type { Ratios, Result } from './results.js'
import { microseconds, table } from './table.js'

/** One for each of the ciphers, in their order. */
type OfEach = readonly [accelerator: number, wasm: number, node: number]
type Measure = (result: Result) => Measured | undefined
interface Measured {
  /** The targets that are set for time hold for processor time, too. */
  readonly time?: number
  readonly cpu?: number
  /** Of what is no time. */
  readonly value?: number
}

interface Target {
  /** `undefined` for what is the same in all scenarios. */
  readonly scenario: string | undefined
  readonly what: string
  readonly measure: Measure
  readonly most: Readonly<Record<Placement, OfEach>>
  readonly shown: (value: number) => string
}

const ratioToPlain: Measure = ({ wallRatio, cpuRatio }) => ({ time: wallRatio.median, cpu: cpuRatio.median })
const ratioToFloor: Measure = ({ toFloor }) => medians(toFloor)
const cpuAbove: Measure = ({ cpuAbove: { median } }) => ({ cpu: median })
const characters: Measure = ({ bytesPerValue }) => ({ value: bytesPerValue })

/** What the project has set itself, with warm keys. A target that is missed is reported as missed. */
const targets: readonly Target[] = [
  ratio(`findMany ${ROWS} x 2`, 'ratio to plain', ratioToPlain, [2.0, 3.0, 6.3], [3.0, 3.0, 6.3]),
  ratio(`findMany ${ROWS} x 2`, 'ratio to the floor', ratioToFloor, [1.35, 2.0, 4.2]),
  ratio(`createMany ${ROWS} x 2`, 'ratio to plain', ratioToPlain, [1.3, 1.35, 1.5]),
  ratio(`list of ${ROWS} by a filter of two steps`, 'ratio to plain', ratioToPlain, [1.25, 1.25, 1.25]),
  above('findUnique', [35, 40, 45]),
  above('create', [60, 70, 75]),
  above('update', [45, 55, 60]),
  above('search by equality', [60, 65, 70]),
  {
    ...{ scenario: undefined, what: 'characters for a text of 20', measure: characters },
    most: { table: [92, 108, 92], inline: [400, 416, 400] },
    shown: (value) => value.toFixed(0),
  },
]
/** With a tenant for each call, at most how many times as much as with one. */
const MANY_TENANTS = 1.05

function ratio(scenario: string, what: string, measure: Measure, inTable: OfEach, inline = inTable): Target {
  return { scenario, what, measure, most: { table: inTable, inline }, shown: (value) => value.toFixed(2) }
}

function above(scenario: string, most: OfEach): Target {
  const what = 'CPU µs above plain'
  return { scenario, what, measure: cpuAbove, most: { table: most, inline: most }, shown: microseconds }
}

/** Each target of the scenarios that ran beside what was measured, if any did. Of a subject that was left out it says so. */
export function targetTable(results: readonly Result[]): string[] {
  const set = targets.filter(({ scenario }) => results.some((one) => one.scenario === scenario))
  const everywhere = results.length === 0 ? [] : targets.filter(({ scenario }) => scenario === undefined)
  if (set.length === 0) return []
  const rows = [...set, ...everywhere].flatMap((target) => rowsOf(target, results))
  return [table(['target', 'at most', 'time', 'CPU', ''], [...rows, ...rowsOfManyTenants(results)])]
}

function rowsOf({ scenario, what, measure, most, shown }: Target, results: readonly Result[]): string[][] {
  return PLACEMENTS.flatMap((placement) =>
    CIPHERS.map((cipher, i) => {
      const subject = ourName(cipher, placement)
      const result = results.find(
        (one) => one.subject === subject && (one.scenario === scenario || scenario === undefined),
      )
      const name = [scenario, what].filter((part) => part !== undefined).join(', ')
      return row(`${name}: ${subject}`, most[placement][i] ?? Number.NaN, result && measure(result), shown)
    }),
  )
}

function rowsOfManyTenants(results: readonly Result[]): string[][] {
  return results
    .filter(({ subject }) => subject.endsWith(MANY))
    .map(({ scenario, toOneTenant }) =>
      row(`${scenario}, 1,000 tenants to one`, MANY_TENANTS, medians(toOneTenant), (value) => value.toFixed(2)),
    )
}

function medians(ratios: Ratios | undefined): Measured | undefined {
  return ratios && { time: ratios.wall.median, cpu: ratios.cpu.median }
}

function row(name: string, most: number, measured: Measured | undefined, shown: (value: number) => string): string[] {
  const { time, cpu, value } = measured ?? {}
  const cell = (one: number | undefined) => (one === undefined ? '-' : shown(one))
  const missed = [missedBy(time, ' in time'), missedBy(cpu, ' in CPU'), missedBy(value, '')].filter(
    (text) => text !== '',
  )
  const verdict =
    measured === undefined ? 'not measured' : missed.length === 0 ? 'met' : `missed by ${missed.join(', ')}`
  return [name, shown(most), cell(time ?? value), cell(cpu), verdict]

  function missedBy(one: number | undefined, what: string): string {
    if (one === undefined || one <= most) return ''
    const by = shown(one - most)
    return `${Number(by) === 0 ? (one - most).toPrecision(1) : by}${what}`
  }
}
