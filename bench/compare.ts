import type { Server } from './database.js'
import { measure } from './measure.js'
import { type Result, resultsOf } from './report/results.js'
import { scenarioTable } from './report/scenario-table.js'
import { scenarios } from './scenarios.js'
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
  readonly only?: string | undefined
  readonly peers: boolean
  readonly against?: string | undefined
  readonly log: (text: string) => void
}

/** Runs the scenarios on all subjects, each of which must first be seen to work. */
export async function compare(
  server: Server,
  { rounds, only = '', peers, against, log }: ComparisonOptions,
): Promise<Comparison> {
  const chosen = scenarios.filter(({ name }) => name.includes(only))
  if (chosen.length === 0)
    throw new TypeError(`no scenario is named like ${only}: ${scenarios.map(({ name }) => name)}`)
  const { subjects, leftOut, close } = await prepareSubjects(server, { peers, against })
  const names = subjects.map(({ name }) => name)
  try {
    for (const subject of subjects) await verify(subject)
    const bytes = new Map<string, number>()
    for (const subject of subjects) bytes.set(subject.name, await bytesPerValue(subject))
    const results: Result[] = []
    for (const scenario of chosen) {
      const measured = resultsOf(scenario, await measure(scenario, subjects, rounds), bytes)
      log(`\n${scenario.name}\n\n${scenarioTable(measured, names)}`)
      results.push(...measured)
    }
    return { results, scenarios: chosen.map(({ name }) => name), subjects: names, leftOut }
  } finally {
    await close()
  }
}
