import { collectYoung } from './memory.js'
import { type Scenario, takesPart } from './scenarios.js'
import { type Sample, shuffled } from './statistics.js'
import type { Subject } from './subjects/subject.js'

export type Samples = ReadonlyMap<Subject, readonly Sample[]>

/**
 * A subject that takes this many times the processor time of the plain client has a turn only in every fifth round. Not the time:
 * by that, whoever had to wait for a processor once would be slow.
 */
const SLOW = 30
const SLOW_STEP = 5

/**
 * Measures a scenario: in each round every subject has one turn, in shuffled order, so that a machine that grows slower or
 * faster does so for all of them.
 */
export async function measure(scenario: Scenario, subjects: readonly Subject[], rounds: number): Promise<Samples> {
  const taking = subjects.filter((subject) => takesPart(subject, scenario))
  const samples = new Map<Subject, Sample[]>(taking.map((subject) => [subject, []]))
  const slow = new Set<Subject>()
  const warmUp = Math.ceil(scenario.warmUp / scenario.calls)
  for (let round = -warmUp; round < rounds; round++) {
    const due = taking.filter((subject) => !slow.has(subject) || round % SLOW_STEP === 0)
    const turns = new Map<Subject, Sample>()
    for (const subject of shuffled(due, round + warmUp)) {
      const sample = await takeTurn(subject, scenario, round)
      turns.set(subject, sample)
      if (round >= 0) samples.get(subject)?.push(sample)
    }
    if (round < 0) for (const subject of slowOnes(turns, taking[0])) slow.add(subject)
  }
  return samples
}

function slowOnes(turns: ReadonlyMap<Subject, Sample>, baseline: Subject | undefined): Subject[] {
  const base = baseline === undefined ? undefined : turns.get(baseline)
  const bound = SLOW * (base?.cpuMs ?? Number.POSITIVE_INFINITY)
  return [...turns].filter(([, { cpuMs }]) => cpuMs > bound).map(([subject]) => subject)
}

let lastTurn = 0

async function takeTurn(subject: Subject, scenario: Scenario, round: number): Promise<Sample> {
  // Of its own rows, which are unlike those of all turns before; those of turn 0 were seeded.
  lastTurn += 1
  const call = await scenario.prepare(subject, lastTurn)
  // Nobody pays for the garbage of the one before.
  collectYoung()
  let wallMs = 0
  let cpuMs = 0
  // With cold keys each call is timed by itself, or dropping them would be in the time.
  const [times, callsEach] = scenario.cold ? [scenario.calls, 1] : [1, scenario.calls]
  for (let i = 0; i < times; i++) {
    if (scenario.cold) subject.forgetKeys?.()
    const cpu = process.cpuUsage()
    const start = performance.now()
    for (let j = 0; j < callsEach; j++) await call(i * callsEach + j)
    wallMs += performance.now() - start
    const { user, system } = process.cpuUsage(cpu)
    cpuMs += (user + system) / 1_000
  }
  if (scenario.writes) await subject.database.query('TRUNCATE "Intake"')
  return { round, wallMs: wallMs / scenario.calls, cpuMs: cpuMs / scenario.calls }
}
