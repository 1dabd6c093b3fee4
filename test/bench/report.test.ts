import { describe, expect, it } from 'vitest'
import { parseArguments } from '../../bench/arguments.js'
import { beforeTable } from '../../bench/report/before-table.js'
import { replacePart } from '../../bench/report/document.js'
import { type Result, resultsOf, toJson } from '../../bench/report/results.js'
import { overview, scenarioTable } from '../../bench/report/scenario-table.js'
import { targetTable } from '../../bench/report/targets.js'
import { chosenScenarios, type Scenario } from '../../bench/scenarios.js'
import { BEFORE, MANY } from '../../bench/subjects/names.js'
import type { Subject } from '../../bench/subjects/subject.js'

const exactly = (value: number) => ({ lower: value, median: value, upper: value })

function result(subject: string, times: number, scenario = 'findUnique'): Result {
  return {
    ...{ scenario, subject, turns: 31, bytesPerValue: 580 },
    ...{ wallMs: exactly(0.4 * times), cpuMs: exactly(0.3 * times) },
    ...{ wallRatio: exactly(times), cpuRatio: exactly(times), cpuAbove: exactly(100 * (times - 1)) },
  }
}

const accelerated = 'aes-256-gcm, accelerator, table'
const results = [result('plain', 1), result(accelerated, 1.25), result('aes-256-gcm, node:crypto, table', 1.6)]

describe('the report of the benchmark', () => {
  it('compares two versions in the rounds in which both had a turn', () => {
    const turns = (...rounds: number[]) => rounds.map((round) => ({ round, wallMs: round + 1, cpuMs: 1 }))
    const subject = (name: string) => ({ name }) as Subject
    const samples = new Map([
      [subject('plain'), turns(0, 1, 2)],
      [subject('ours'), turns(0, 1, 2)],
      [subject(`${BEFORE}ours`), turns(0)],
    ])
    const [, ours] = resultsOf({ name: 'findUnique' } as Scenario, samples, new Map())
    expect(ours?.toBefore?.wall).toEqual(exactly(1))
  })

  it('writes as JSON what was measured, and nothing else', () => {
    expect(toJson(results.slice(1, 2))).toEqual([
      {
        scenario: 'findUnique',
        subject: accelerated,
        median_ms: 0.5,
        cpu_ms: 0.375,
        ratio_to_plain: 1.25,
        cpu_ratio_to_plain: 1.25,
        cpu_us_above_plain: 25,
        bytes_per_value: 580,
      },
    ])
    const [floored] = toJson([{ ...result(accelerated, 2), toFloor: { wall: exactly(1.5), cpu: exactly(1.4) } }])
    expect(floored).toMatchObject({ ratio_to_floor: 1.5, cpu_ratio_to_floor: 1.4 })
  })

  it('reports nothing for a subject that did not take part', () => {
    const lines = scenarioTable(results, ['plain', 'a peer']).split('\n')
    expect(lines).toHaveLength(4)
    expect(lines[3]).toMatch(/^\| a peer +(\| +n\/a ){8}\|$/)
    expect(overview(results, ['findUnique'], ['plain', 'a peer'])).toContain('| a peer         |        n/a |')
  })

  it('says by how much a target is missed, and which was not measured', () => {
    const [lines = []] = targetTable(results).map((text) => text.split('\n'))
    expect(lines[2]).toMatch(
      /^\| findUnique, CPU µs above plain: aes-256-gcm, accelerator, table .* 35 .* - .* 25 .* met \|$/,
    )
    expect(lines[3]).toMatch(/xchacha20-poly1305, wasm, table .* 40 .* - .* - .* not measured \|$/)
    expect(lines[4]).toMatch(/node:crypto, table .* 45 .* - .* 60 .* missed by 15 in CPU \|$/)
    expect(lines.find((line) => /characters .*: aes-256-gcm, accelerator, table/.test(line))).toMatch(
      /missed by 488 \|$/,
    )
  })

  it('says whether a target is missed in time, in processor time, or in both', () => {
    const cell = (wall: number, cpu: number) => {
      const measured = {
        ...result(accelerated, 1, 'findMany 1000 x 2'),
        wallRatio: exactly(wall),
        cpuRatio: exactly(cpu),
      }
      return targetTable([measured])[0]?.split('\n')[2]
    }
    expect(cell(2.004, 2)).toMatch(/missed by 0\.004 in time \|$/)
    expect(cell(2, 2)).toMatch(/met \|$/)
    expect(cell(2.25, 2)).toMatch(/missed by 0\.25 in time \|$/)
    expect(cell(2, 2.5)).toMatch(/missed by 0\.50 in CPU \|$/)
  })

  it('compares in the same round with the floor of the placement, and many tenants with one', () => {
    const turns = (cpuMs: number, ...walls: number[]) => walls.map((wallMs, round) => ({ round, wallMs, cpuMs }))
    const samples = new Map([
      [{ name: 'plain' } as Subject, turns(1, 1, 1)],
      [{ name: 'floor' } as Subject, turns(1, 2, 4)],
      [{ name: 'floor, inline' } as Subject, turns(1, 8, 16)],
      [{ name: accelerated } as Subject, turns(1.5, 4, 8)],
      [{ name: 'aes-256-gcm, accelerator, inline' } as Subject, turns(2, 8, 16)],
      [{ name: `${accelerated}${MANY}` } as Subject, turns(3, 5, 10)],
    ])
    const all = resultsOf({ name: 'findUnique' } as Scenario, samples, new Map())
    expect(all.map(({ toFloor }) => toFloor?.wall.median)).toEqual([undefined, undefined, undefined, 2, 1, 2.5])
    expect(all.map(({ cpuAbove }) => cpuAbove.median)).toEqual([0, 0, 0, 500, 1000, 2000])
    expect(all.map(({ toOneTenant }) => toOneTenant?.cpu.median)).toEqual([...Array(5).fill(undefined), 2])
    expect(targetTable(all)[0]).toMatch(
      /findUnique, 1,000 tenants to one .* 1\.05 .* 1\.25 .* 2\.00 .* missed by 0\.20 in time, 0\.95 in CPU \|/,
    )
  })

  it('has no targets for scenarios that have none', () => {
    expect(targetTable(results.map((one) => ({ ...one, scenario: 'another' })))).toEqual([])
  })

  it('compares with the code of before only where that was measured, too', () => {
    expect(beforeTable(results)).toEqual([])
    const [lines] = beforeTable([{ ...result('ours', 1.5), toBefore: { wall: exactly(1.04), cpu: exactly(0.97) } }])
    expect(lines?.split('\n')).toHaveLength(3)
    expect(lines).toMatch(/findUnique .* ours .* 1\.040 .* 0\.970/)
  })

  it('replaces its own part of a document, and fails if there is none', () => {
    const document = 'before\n<!-- bench: a -->\n\nold\n\n<!-- bench: end of a -->\nafter\n'
    expect(replacePart(document, 'a', 'new')).toBe(
      'before\n<!-- bench: a -->\n\nnew\n\n<!-- bench: end of a -->\nafter\n',
    )
    expect(() => replacePart(document, 'b', 'new')).toThrow('no part')
  })
})

describe('the command line of the benchmark', () => {
  it('accepts what its usage says', () => {
    expect(
      parseArguments([
        '--rounds',
        '3',
        '--only',
        'create',
        '--no-cold',
        '--no-peers',
        '--json',
        'x.json',
        '--write-docs',
      ]),
    ).toEqual({
      rounds: 3,
      only: ['create'],
      cold: false,
      peers: false,
      against: undefined,
      json: 'x.json',
      writeDocs: true,
      leakage: false,
      limits: false,
      profile: false,
      sweeps: false,
      search: false,
    })
    expect(parseArguments(['--against', '../before'])).toMatchObject({ against: '../before' })
    expect(parseArguments([])).toMatchObject({ rounds: 31, only: [], cold: true, peers: true, limits: false })
  })

  it('refuses what it does not know', () => {
    expect(() => parseArguments(['--fast'])).toThrow('--fast')
    expect(() => parseArguments(['--rounds', '0'])).toThrow('--rounds')
    expect(() => parseArguments(['--rounds', '2.5'])).toThrow('--rounds')
  })

  it('runs the scenario of a name, or else those whose names contain it', () => {
    const names = (only: string[], cold = true) => chosenScenarios(only, cold).map(({ name }) => name)
    expect(names(['create'])).toEqual(['create'])
    expect(names(['createM'])).toEqual(['createMany 1000 x 2', 'createMany 1000 x 2, cold keys'])
    expect(names(['update', 'createM'], false)).toEqual(['createMany 1000 x 2', 'update'])
    expect(() => names(['delete'])).toThrow('delete')
  })

  it('warms up with at least 5,000 short calls', () => {
    const short = chosenScenarios([], false).filter(({ calls, steps }) => calls > 1 && !steps)
    expect(short.map(({ warmUp }) => warmUp)).toEqual([5000, 5000, 5000, 5000])
  })
})
