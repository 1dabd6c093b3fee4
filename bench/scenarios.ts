import { CHILDREN, PARENTS, patients, ROWS, steps, TENANT } from './rows.js'
import type { Subject } from './subjects/subject.js'
import { type BenchClient, own, SEED } from './subjects/subject.js'

/** One thing that is measured, on every subject alike. */
export interface Scenario {
  readonly name: string
  /** How many calls are measured together, in one turn. */
  readonly calls: number
  /** How many calls are made and not counted, until V8 has optimized what is hot. */
  readonly warmUp: number
  /** Whether the keys are dropped before every call, outside of what is measured. */
  readonly cold: boolean
  /** Whether it leaves rows in `Intake` behind. */
  readonly writes: boolean
  /** Whether it looks for a row by an encrypted value. */
  readonly searches: boolean
  /** Whether its rows have their tenant through relations. */
  readonly steps: boolean
  /** Prepares what is written, which is not measured, and returns the call. */
  prepare(subject: Subject, turn: number): Promise<Call> | Call
}

type Call = (i: number) => PromiseLike<unknown>

type Kind = Pick<Scenario, 'name' | 'prepare'> &
  Partial<Pick<Scenario, 'writes' | 'searches' | 'steps'>> & {
    bulk?: boolean
    /** How many queries a call consists of. */
    queries?: number
  }

/** Of what reads the seeded rows, and has nothing to ready. */
function calling(call: (client: Subject['client'], i: number) => PromiseLike<unknown>): Kind['prepare'] {
  return ({ client }) =>
    (i) =>
      call(client, i)
}

/** Of what reads one of the seeded rows, in each turn others than in the one before. */
function callingOne(
  call: (client: BenchClient, row: { id: string; tenantId: string; email: string }) => PromiseLike<unknown>,
): Kind['prepare'] {
  return ({ clientOf, tenantOf }, turn) =>
    (i) => {
      const place = (turn * SHORT + i) % ROWS
      const { id, email } = at(SEED, place)
      return call(clientOf(place), { id, email, tenantId: tenantOf(place) })
    }
}

/** How many short calls a turn has: one is told from the next by many of them. */
const SHORT = 40
const SHORT_COLD = 10
const WARM_UP = { bulk: 8, short: 5_000, cold: 500 }

/** What a bound client adds by itself. */
const TWO_STEPS = { document: { folder: { tenantId: TENANT } } }
const IN_A_TICK = 20
const PAGES = steps().pages

function page(at: number): string {
  return PAGES[at % PAGES.length]?.id ?? ''
}

const kinds: readonly Kind[] = [
  {
    name: 'create',
    writes: true,
    prepare(subject, turn) {
      const rows = own(subject, patients(turn))
      return (i) => {
        const place = (turn * SHORT + i) % ROWS
        return subject.clientOf(place).intake.create({ data: at(rows, place) })
      }
    },
  },
  {
    name: `createMany ${ROWS} x 2`,
    bulk: true,
    writes: true,
    prepare(subject, turn) {
      const data = own(subject, patients(turn))
      return () => subject.client.intake.createMany({ data })
    },
  },
  {
    name: 'findUnique',
    prepare: callingOne((client, { id, tenantId }) => client.patient.findUnique({ where: { id, tenantId } })),
  },
  {
    name: `findMany ${ROWS} x 2`,
    bulk: true,
    prepare: calling((client) =>
      client.patient.findMany({
        where: { tenantId: TENANT },
        select: { id: true, email: true, ssn: true },
        take: ROWS,
      }),
    ),
  },
  {
    name: `findMany ${PARENTS} with a list of ${CHILDREN}`,
    bulk: true,
    prepare: calling((client) =>
      client.patient.findMany({
        where: { tenantId: TENANT },
        select: { id: true, email: true, visits: { select: { id: true, reason: true } } },
        orderBy: { id: 'asc' },
        take: PARENTS,
      }),
    ),
  },
  {
    name: `list of ${ROWS} by a filter of two steps`,
    bulk: true,
    steps: true,
    prepare: ({ client, bound }) => {
      const where = bound ? {} : TWO_STEPS
      return () => client.page.findMany({ where, select: { id: true, number: true } })
    },
  },
  {
    name: `list of ${ROWS} x 1 by a filter of two steps`,
    bulk: true,
    steps: true,
    prepare: ({ client, bound }) => {
      const where = bound ? {} : TWO_STEPS
      return () => client.page.findMany({ where, select: { id: true, text: true } })
    },
  },
  {
    name: `${IN_A_TICK} findUnique in a tick, two steps`,
    steps: true,
    queries: IN_A_TICK,
    prepare: calling((client, i) =>
      Promise.all(PAGES.slice(0, IN_A_TICK).map((_, at) => client.page.findUnique({ where: { id: page(i + at) } }))),
    ),
  },
  {
    name: `${PARENTS} rows one step away, with a list of ${CHILDREN}`,
    bulk: true,
    steps: true,
    prepare: ({ client, bound }) => {
      const where = bound ? {} : { folder: { tenantId: TENANT } }
      return () =>
        client.document.findMany({ where, select: { id: true, pages: { select: { id: true, number: true } } } })
    },
  },
  {
    name: 'search by equality',
    searches: true,
    prepare: callingOne((client, { tenantId, email }) => client.patient.findFirst({ where: { tenantId, email } })),
  },
  {
    name: 'update',
    writes: true,
    async prepare(subject, turn) {
      const texts = own(subject, patients(turn))
      // A row for each call where each has a tenant of its own, otherwise one for all of them.
      const rows = subject.manyTenants ? SHORT : 1
      const first = subject.manyTenants ? (turn * SHORT) % ROWS : 0
      await subject.client.intake.createMany({ data: texts.slice(first, first + rows) })
      return (i) => {
        const place = first + (i % rows)
        const where = { id: at(texts, place).id, tenantId: subject.tenantOf(place) }
        return subject.clientOf(place).intake.update({ where, data: { ssn: at(texts, i).ssn } })
      }
    },
  },
]

/** Each once with the keys in memory, and once without. */
export const scenarios: readonly Scenario[] = [false, true].flatMap((cold) =>
  kinds.map(({ name, bulk = false, writes = false, searches = false, steps = false, queries = 1, prepare }) => ({
    name: cold ? `${name}, cold keys` : name,
    calls: bulk ? 1 : cold ? SHORT_COLD : SHORT,
    // With cold keys, everything but the making of keys is already warm from the scenarios before.
    warmUp: bulk ? WARM_UP.bulk : Math.ceil((cold ? WARM_UP.cold : WARM_UP.short) / queries),
    cold,
    writes,
    searches,
    steps,
    prepare,
  })),
)

/** Those of the names, or else those whose names contain one of the texts; all where there is no text. */
export function chosenScenarios(only: readonly string[], cold: boolean): Scenario[] {
  const all = scenarios.filter((one) => cold || !one.cold)
  if (only.length === 0) return all
  const chosen = new Set<Scenario>()
  for (const text of only) {
    const exact = all.filter(({ name }) => name === text)
    const found = exact.length > 0 ? exact : all.filter(({ name }) => name.includes(text))
    if (found.length === 0) throw new TypeError(`no scenario is named like ${text}: ${all.map(({ name }) => name)}`)
    for (const scenario of found) chosen.add(scenario)
  }
  return all.filter((scenario) => chosen.has(scenario))
}

/** Whether a subject can do it at all; with cold keys, whether it has a KMS that keys come from. The plain one has all. */
export function takesPart(subject: Subject, { calls, searches, steps, cold }: Scenario): boolean {
  if (steps && !subject.knowsSteps) return false
  if (searches && !subject.searches) return false
  // A call of many rows would be one call for many tenants, not each for another.
  if (calls === 1 && subject.manyTenants) return false
  return !cold || !subject.encrypts || subject.forgetKeys !== undefined
}

function at<T>(values: readonly T[], i: number): T {
  const value = values[i % values.length]
  if (value === undefined) throw new Error('there are no values')
  return value
}
