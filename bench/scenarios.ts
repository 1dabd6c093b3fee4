import { CHILDREN, PARENTS, patients, ROWS, steps, TENANT } from './rows.js'
import type { Subject } from './subjects/subject.js'
import { own, SEED } from './subjects/subject.js'

/** One thing that is measured, on every subject alike. */
export interface Scenario {
  readonly name: string
  /** How many calls are measured together, in one turn. */
  readonly calls: number
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
  Partial<Pick<Scenario, 'writes' | 'searches' | 'steps'>> & { bulk?: boolean }

/** Of what reads the seeded rows, and has nothing to ready. */
function calling(call: (client: Subject['client'], i: number) => PromiseLike<unknown>): Kind['prepare'] {
  return ({ client }) =>
    (i) =>
      call(client, i)
}

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
      return (i) => subject.client.intake.create({ data: at(rows, i) })
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
    prepare: calling((client, i) => client.patient.findUnique({ where: { id: at(SEED, i).id, tenantId: TENANT } })),
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
    prepare: calling((client, i) =>
      client.patient.findFirst({ where: { tenantId: TENANT, email: at(SEED, i).email } }),
    ),
  },
  {
    name: 'update',
    writes: true,
    async prepare(subject, turn) {
      const [row] = patients(turn, 1)
      const texts = own(subject, patients(turn))
      await subject.client.intake.createMany({ data: texts.slice(0, 1) })
      const where = { id: row?.id ?? '', tenantId: TENANT }
      return (i) => subject.client.intake.update({ where, data: { ssn: at(texts, i).ssn } })
    },
  },
]

/** Each once with the keys in memory, and once without. */
export const scenarios: readonly Scenario[] = [false, true].flatMap((cold) =>
  kinds.map(({ name, bulk = false, writes = false, searches = false, steps = false, prepare }) => ({
    name: cold ? `${name}, cold keys` : name,
    // A short call is told from the next by many of them.
    calls: bulk ? 1 : cold ? 10 : 40,
    cold,
    writes,
    searches,
    steps,
    prepare,
  })),
)

/** Whether a subject can do it at all; with cold keys, whether it has a KMS that keys come from. The plain one has all. */
export function takesPart(subject: Subject, { searches, steps, cold }: Scenario): boolean {
  if (steps && !subject.knowsSteps) return false
  if (searches && !subject.searches) return false
  return !cold || !subject.encrypts || subject.forgetKeys !== undefined
}

function at<T>(values: readonly T[], i: number): T {
  const value = values[i % values.length]
  if (value === undefined) throw new Error('there are no values')
  return value
}
