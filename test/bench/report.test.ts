import { describe, expect, it } from 'vitest'
import { parseArguments } from '../../bench/arguments.js'
import { beforeTable } from '../../bench/report/before-table.js'
import { replacePart } from '../../bench/report/document.js'
import { type Result, resultsOf, toJson } from '../../bench/report/results.js'
import { overview, scenarioTable } from '../../bench/report/scenario-table.js'
import { targetTable } from '../../bench/report/targets.js'
import type { Scenario } from '../../bench/scenarios.js'
import { BEFORE } from '../../bench/subjects/before.js'
import type { Subject } from '../../bench/subjects/subject.js'

const exactly = (value: number) => ({ lower: value, median: value, upper: value })

function result(subject: string, times: number, scenario = 'findUnique'): Result {
  return {
    ...{ scenario, subject, turns: 31, bytesPerValue: 580 },
    ...{ wallMs: exactly(0.4 * times), cpuMs: exactly(0.3 * times) },
    ...{ wallRatio: exactly(times), cpuRatio: exactly(times) },
  }
}

const results = [result('plain', 1), result('aes-256-gcm, accelerator', 1.05), result('aes-256-gcm, node:crypto', 1.2)]

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
        subject: 'aes-256-gcm, accelerator',
        median_ms: 0.42,
        ratio_to_plain: 1.05,
        bytes_per_value: 580,
      },
    ])
  })

  it('reports nothing for a subject that did not take part', () => {
    const lines = scenarioTable(results, ['plain', 'a peer']).split('\n')
    expect(lines).toHaveLength(4)
    expect(lines[3]).toMatch(/^\| a peer +(\| +n\/a ){7}\|$/)
    expect(overview(results, ['findUnique'], ['plain', 'a peer'])).toContain('| findUnique     |  1.00 |    n/a |')
  })

  it('says by how much a target is missed, and which was not measured', () => {
    const [lines = []] = targetTable(results).map((text) => text.split('\n'))
    expect(lines).toHaveLength(5)
    expect(lines[2]).toMatch(/accelerator .* 1\.08 .* 1\.05 .* met \|$/)
    expect(lines[3]).toMatch(/xchacha20-poly1305 .* 1\.08 .* - .* not measured \|$/)
    expect(lines[4]).toMatch(/node:crypto .* 1\.10 .* 1\.20 .* missed by 0\.10 \|$/)
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
      parseArguments(['--rounds', '3', '--only', 'create', '--no-peers', '--json', 'x.json', '--write-docs']),
    ).toEqual({
      rounds: 3,
      only: 'create',
      peers: false,
      against: undefined,
      json: 'x.json',
      writeDocs: true,
      limits: false,
      profile: false,
    })
    expect(parseArguments(['--against', '../before'])).toMatchObject({ against: '../before' })
    expect(parseArguments([])).toMatchObject({ rounds: 31, only: undefined, peers: true, limits: false })
  })

  it('refuses what it does not know', () => {
    expect(() => parseArguments(['--fast'])).toThrow('--fast')
    expect(() => parseArguments(['--rounds', '0'])).toThrow('--rounds')
    expect(() => parseArguments(['--rounds', '2.5'])).toThrow('--rounds')
  })
})
