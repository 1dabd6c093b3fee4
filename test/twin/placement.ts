import type { KeyTableEvent } from '../../src/observers/index.js'
import type { Statement } from '../support/recording-adapter.js'
import { Difference } from './compare.js'
import { PROCESSES, type Process } from './place.js'
import type { Step } from './sequence.js'

/** The process that makes an operation of a step, by its position. */
export function processOf({ kind, place }: Step, at: number): Process {
  if (kind !== 'concurrent' || !place.spread) return place.process
  return PROCESSES[(PROCESSES.indexOf(place.process) + at) % PROCESSES.length] ?? place.process
}

/** For how long values are sealed inline after the key table gave no answer in time: a slow machine, and no fault. */
const REST_MS = 11_000
const restsUntil = new WeakMap<readonly Statement[], number>()

/** Throws where values of a step were sealed in another placement than its process has, or the key table was not as it is. */
export function checkPlacement(statements: readonly Statement[], events: readonly KeyTableEvent[], step: Step): void {
  const wrong = events.find(({ outcome }) => outcome !== 'sealed-inline')
  if (wrong !== undefined) throw new Difference('A row of the key table was not as it should be', { cause: wrong })
  const [late] = events
  // What is sealed inside of a transaction has nothing to wait for.
  if (late !== undefined && step.kind === 'interactive')
    throw new Difference('A transaction waited for the key table', { cause: late })
  if (late !== undefined) restsUntil.set(statements, performance.now() + REST_MS)
  const processes = new Set(step.operations.map((_, at) => processOf(step, at)))
  const inlineOnly = [...processes].every((process) => process === 'inline')
  const rests = performance.now() < (restsUntil.get(statements) ?? 0)
  const tableOnly = !processes.has('inline') && step.kind !== 'interactive' && !rests
  for (const { sql, params } of statements) {
    const placements = new Set(params.flat().flatMap((param) => placementIn(param)))
    if ((inlineOnly && placements.has('table')) || (tableOnly && placements.has('inline')))
      throw new Difference('A value was sealed in the other placement', { cause: { sql, place: step.place } })
  }
}

/** Of an envelope as text, the flags say it: the seventh character is A to D where the data key is in the table. */
function placementIn(param: unknown): ('inline' | 'table')[] {
  if (typeof param !== 'string') return []
  const [, , flags] = /^"?pe1:([\w+/-]{2})([\w+/-])[\w+/=-]{55,}"?$/.exec(param) ?? []
  return flags === undefined ? [] : [/[A-D]/.test(flags) ? 'table' : 'inline']
}

/** A transaction that begins or ends: without SQL, or as some adapters send it. */
const BOUNDARY = /^(BEGIN|SET TRANSACTION|$)/i

/** Whether a statement reaches rows. What another process does for the key table in the background does not. */
export function reachesRows({ sql }: Statement): boolean {
  return !BOUNDARY.test(sql) && !sql.includes('data_key')
}
