import type { Server } from '../database.js'
import { table } from '../report/table.js'
import { ROWS } from '../rows.js'
import { chosenScenarios, type Scenario, takesPart } from '../scenarios.js'
import { prepareSubjects } from '../subjects/index.js'
import { floorOf } from '../subjects/names.js'
import type { Subject } from '../subjects/subject.js'
import { cpuProfile } from './cpu-profile.js'
import { PLACES, type Spent, spentIn } from './places.js'

const SCENARIOS = [`findMany ${ROWS} x 2`, `createMany ${ROWS} x 2`, 'findUnique', 'create']
/** Turns that are not counted, those that are, and the calls of each: of bulk calls, and of short ones. */
const BULK = { warmUp: 30, turns: 60, calls: 1 }
const SHORT = { warmUp: 4, turns: 6, calls: 500 }
const FUNCTIONS = 10

/** Where the time of reads and writes goes, with warm keys: of some scenarios, if none is asked for. Returns the tables. */
export async function profile(server: Server, only: readonly string[], log: (text: string) => void): Promise<string> {
  const { subjects, leftOut, close } = await prepareSubjects(server, { peers: false })
  const parts = [...leftOut]
  try {
    for (const scenario of chosenScenarios(only.length === 0 ? SCENARIOS : only, false)) {
      const { name } = scenario
      const spent: [subject: string, spent: Spent][] = []
      for (const subject of subjects) {
        if (takesPart(subject, scenario)) spent.push([subject.name, await profileOf(subject, scenario)])
      }
      parts.push(`### Where the time goes: ${name}`, byPlace(spent), byFunction(spent))
      log(`\n${parts.slice(-3).join('\n\n')}`)
    }
    return parts.join('\n\n')
  } finally {
    await close()
  }
}

/** Of one call, on average. */
async function profileOf(subject: Subject, scenario: Scenario): Promise<Spent> {
  const { warmUp, turns, calls } = scenario.calls === 1 ? BULK : SHORT
  // Readied before: that is not to be in the profile.
  const ready: Awaited<ReturnType<Scenario['prepare']>>[] = []
  for (let turn = 0; turn < warmUp + turns; turn++) ready.push(await scenario.prepare(subject, turn))
  const work = async (part: typeof ready) => {
    for (const call of part) for (let i = 0; i < calls; i++) await call(i)
  }
  await work(ready.splice(0, warmUp))
  const { places, functions, inPrisma } = spentIn(await cpuProfile(() => work(ready)))
  if (scenario.writes) await subject.database.query('TRUNCATE "Intake"')
  const each = <K>(times: ReadonlyMap<K, number>) => new Map([...times].map(([k, ms]) => [k, ms / (turns * calls)]))
  return { places: each(places), functions: each(functions), inPrisma: each(inPrisma) }
}

function byPlace(spent: readonly [subject: string, spent: Spent][]): string {
  const rows = PLACES.map((place) => [place, ...spent.map(([, { places }]) => shown(places.get(place)))])
  return table(['ms a call', ...spent.map(([subject]) => subject)], rows)
}

/** The functions of this library that most is spent in, for each of its subjects; for the others, those of Prisma. */
function byFunction(spent: readonly [subject: string, spent: Spent][]): string {
  return spent
    .map(([subject, { functions, inPrisma }]) => {
      const isOurs = floorOf(subject) !== undefined
      const shownOnes = isOurs ? functions : inPrisma
      const most = [...shownOnes].sort(([, a], [, b]) => b - a).slice(0, FUNCTIONS)
      return `${subject}${isOurs ? '' : ', in Prisma'}: ${most.map(([name, time]) => `\`${name}\` ${shown(time)}`).join(', ')} ms`
    })
    .join('\n\n')
}

function shown(time = 0): string {
  if (time < 0.0005) return '0'
  return time < 1 ? time.toPrecision(2) : time.toFixed(1)
}
