import { beforeAll, describe, expect, test } from 'vitest'
import { asPlain } from '../support/stage.js'
import { openCrossedStage } from './tenant-filter-stage.js'

/**
 * Relation filters of a bound client, against plain Prisma in a database that holds the tenant's own rows only: what
 * stands where, the answers are the same. acme's rows are asked for first, with globex's beside them and linked to them;
 * then globex's are deleted, and the plain client is asked.
 */
const { acme, database, fill, plain } = await openCrossedStage()

type Filter = Record<string, unknown>

/** What own rows meet, what foreign rows meet, what a NULL leaves open, and what Prisma has readings of its own for. */
const ofPatient: Filter[] = [
  {},
  { age: 10 },
  { age: undefined },
  { age: { gte: 20 } },
  { tenantId: 'globex' },
  { NOT: { mentorId: 'pa' } },
  { OR: [] },
  { mentor: {} },
  { id: 'pa' },
  { OR: [{ id: 'ma' }] },
  { OR: [{ AND: [] }, {}] },
]

function toOne(relation: string, filters: readonly Filter[]): Filter[] {
  return [
    ...[null, { is: null }, { isNot: null }, { is: null, isNot: null }],
    ...filters.flatMap((one) => [one, { is: one }, { isNot: one }, { is: one, isNot: null }]),
  ].map((filter) => ({ [relation]: filter }))
}

function toMany(relation: string, filters: readonly Filter[]): Filter[] {
  return filters
    .flatMap((one) => [{ some: one }, { none: one }, { every: one }, { every: one, some: {} }])
    .map((filter) => ({ [relation]: filter }))
}

const FILTERS = [
  ...toOne('mentor', ofPatient),
  ...toMany('mentees', ofPatient),
  ...toOne('record', [{}, { set: 'a' }, { NOT: { set: 'g' } }]),
  ...toOne('clinic', [{}, { name: 'a' }, { NOT: { name: 'g' } }]),
  ...toMany('tags', [{}, { patients: { some: { age: 20 } } }, { patients: { every: { age: 10 } } }]),
]

const PLACES: [string, (filter: Filter) => Filter][] = [
  ['alone', (one) => one],
  ['under NOT', (one) => ({ NOT: one })],
  ['in an OR', (one) => ({ OR: [one, { id: 'pa' }] })],
  ['alone in an OR', (one) => ({ OR: [one] })],
  ['beside an AND', (one) => ({ ...one, AND: [{ age: { lt: 11 } }] })],
  ['under some', (one) => ({ mentees: { some: one } })],
  ['under NOT under every', (one) => ({ mentees: { every: { NOT: one } } })],
  ['under isNot', (one) => ({ mentor: { isNot: one } })],
]

const shown = (_key: string, value: unknown) => (value === undefined ? 'undefined' : value)
const name = (place: string, filter: Filter) => `${place}: ${JSON.stringify(filter, shown)}`
const answers = new Map<string, readonly string[]>()
const bySearch = new Map<string, readonly string[]>()

/** The same, by the index of a field that holds what the id does. */
function searched(filter: unknown): unknown {
  if (Array.isArray(filter)) return filter.map(searched)
  if (typeof filter !== 'object' || filter === null) return filter
  return Object.fromEntries(
    Object.entries(filter).map(([key, value]) => [key === 'id' ? 'email' : key, searched(value)]),
  )
}

async function ask(client: Pick<typeof plain, 'patient'>, where: Filter): Promise<string[]> {
  const rows = await client.patient.findMany({ where, select: { id: true }, orderBy: { id: 'asc' } })
  return rows.map(({ id }) => id)
}

beforeAll(async () => {
  await fill()
  await database.execute(`INSERT INTO "Tag" (id, name) VALUES (1, 'both'), (2, 'own')`)
  await database.execute(`INSERT INTO "_PatientToTag" ("A", "B") VALUES ('pa', 1), ('pg', 1), ('ma', 2)`)
  for (const [place, put] of PLACES) {
    for (const filter of FILTERS) answers.set(name(place, filter), await ask(asPlain(acme), put(filter)))
    for (const filter of FILTERS)
      bySearch.set(name(place, filter), await ask(asPlain(acme), searched(put(filter)) as Filter))
  }
  await database.execute(`DELETE FROM "Record" WHERE "tenantId" = 'globex' OR id = 'xr'`)
  await database.execute(`UPDATE patients SET mentor_id = NULL WHERE id IN ('xa', 'yg')`)
  await database.execute(`DELETE FROM patients WHERE tenant_id = 'globex'`)
  await database.execute(`DELETE FROM clinics WHERE tenant_id = 'globex'`)
}, 120_000)

describe.each(PLACES)('%s', (place, put) => {
  test('a relation filter answers as if there were no other tenant', async () => {
    const plainly = new Map<string, readonly string[]>()
    for (const filter of FILTERS) plainly.set(name(place, filter), await ask(plain, put(filter)))
    for (const given of [answers, bySearch]) {
      expect(new Map([...plainly.keys()].map((key) => [key, given.get(key)]))).toEqual(plainly)
    }
    // Answers that are all the same would show nothing.
    expect(new Set([...plainly.values()].map(String)).size).toBeGreaterThan(1)
  })
})
