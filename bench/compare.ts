import type { Server } from './database.js'
import { measure } from './measure.js'
import { type Result, resultsOf } from './report/results.js'
import { scenarioTable } from './report/scenario-table.js'
import { chosenScenarios } from './scenarios.js'
import { prepareSubjects } from './subjects/index.js'
import { bytesPerValue } from './subjects/subject.js'
import { verify } from './verify.js'

export interface Comparison {
  readonly results: readonly Result[]
  /** Names, in the order of the tables. */
  readonly scenarios: readonly string[]
  readonly subjects: readonly string[]
  readonly leftOut: readonly string[]
}

export interface ComparisonOptions {
  readonly rounds: number
  readonly only?: readonly string[]
  readonly cold: boolean
  readonly peers: boolean
  readonly against?: string | undefined
  readonly log: (text: string) => void
  /** Called after each scenario with all that was measured: a long run that is ended has not been for nothing. */
  readonly onScenario?: (soFar: Comparison) => void
}

/** Runs the scenarios on all subjects, each of which must first be seen to work. */
export async function compare(
  server: Server,
  { rounds, only = [], cold, peers, against, log, onScenario }: ComparisonOptions,
): Promise<Comparison> {
  const chosen = chosenScenarios(only, cold)
  const { subjects, leftOut, close } = await prepareSubjects(server, { peers, against })
  const names = subjects.map(({ name }) => name)
  try {
    for (const subject of subjects) await verify(subject)
    const bytes = new Map<string, number>()
    for (const subject of subjects) bytes.set(subject.name, await bytesPerValue(subject))
    const results: Result[] = []
    const done: string[] = []
    const soFar: Comparison = { results, scenarios: done, subjects: names, leftOut }
    for (const scenario of chosen) {
      const measured = resultsOf(scenario, await measure(scenario, subjects, rounds), bytes)
      log(`\n${scenario.name}\n\n${scenarioTable(measured, names)}`)
      results.push(...measured)
      done.push(scenario.name)
      onScenario?.(soFar)
    }
    return soFar
  } finally {
    await close()
  }
}
