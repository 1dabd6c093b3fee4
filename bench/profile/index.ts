import type { Server } from '../database.js'
import { milliseconds, table } from '../report/table.js'
import { ROWS } from '../rows.js'
import { type Scenario, scenarios } from '../scenarios.js'
import { prepareSubjects, type Subject } from '../subjects/index.js'
import { cpuProfile } from './cpu-profile.js'
import { PLACES, type Spent, spentIn } from './places.js'

const WARM_UP = 30
const CALLS = 60
const FUNCTIONS = 10

/** Where the time of bulk reads and writes goes, with warm keys. Gives the tables. */
export async function profile(server: Server, log: (text: string) => void): Promise<string> {
  const { subjects, leftOut, close } = await prepareSubjects(server, { peers: false })
  const parts = [...leftOut]
  try {
    for (const name of [`findMany ${ROWS} x 2`, `createMany ${ROWS} x 2`]) {
      const scenario = scenarios.find((one) => one.name === name)
      if (scenario === undefined) throw new Error(`there is no scenario ${name}`)
      const spent: [subject: string, spent: Spent][] = []
      for (const subject of subjects) spent.push([subject.name, await profileOf(subject, scenario)])
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
  // Rows of turns that the other scenario has not written.
  const calls: Awaited<ReturnType<Scenario['prepare']>>[] = []
  for (let turn = 0; turn < WARM_UP + CALLS; turn++) calls.push(await scenario.prepare(subject, turn))
  for (const call of calls.splice(0, WARM_UP)) await call(0)
  const spent = spentIn(
    await cpuProfile(async () => {
      for (const call of calls) await call(0)
    }),
  )
  if (scenario.writes) await subject.database.query('TRUNCATE "Intake"')
  return spent
}

function byPlace(spent: readonly [subject: string, spent: Spent][]): string {
  const rows = PLACES.map((place) => [place, ...spent.map(([, { places }]) => perCall(places.get(place)))])
  return table(['ms a call', ...spent.map(([subject]) => subject)], rows)
}

/** The functions of this library that most is spent in, for each of its subjects. */
function byFunction(spent: readonly [subject: string, spent: Spent][]): string {
  return spent
    .filter(([, { functions }]) => functions.size > 0)
    .map(([subject, { functions }]) => {
      const most = [...functions].sort(([, a], [, b]) => b - a).slice(0, FUNCTIONS)
      return `${subject}: ${most.map(([name, time]) => `\`${name}\` ${perCall(time)}`).join(', ')} ms`
    })
    .join('\n\n')
}

function perCall(total = 0): string {
  const time = total / CALLS
  return time < 0.005 ? '0' : milliseconds(Number(time.toFixed(2)))
}
