import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { fieldEncryption } from '../../src/prisma/extension.js'
import { changedModels, withSsnIndex } from '../support/changed-models.js'
import type { encryptedModels } from '../support/client.js'
import { testOptions } from '../support/encrypted-client.js'
import { openStage, refusal } from '../support/stage.js'

const { database, kms, plain, statements } = await openStage()

const folds = database.provider === 'mysql'
const legacy = { legacy: { until: '2999-12-31', ...(folds && { folds: true as const }) } }
const legacyModels = withSsnIndex(changedModels({ 'Patient.ssn': legacy, 'Patient.email': legacy }))
const clientOf = (models: typeof encryptedModels, options: object = {}) =>
  plain.$extends(fieldEncryption({ models, ...testOptions(kms), ...options }))
const prisma = clientOf(legacyModels)
const acme = prisma.$forTenant('acme')
/** The same index over rows that are all sealed: what search means. */
const sealed = clientOf(withSsnIndex(changedModels({}))).$forTenant('globex')

/** Filters, which Prisma's types of an indexed field would accept. */
type Where = NonNullable<NonNullable<Parameters<typeof acme.patient.findMany>[0]>['where']>
const of = (where: object): Where => where as Where
const ssn = (filter: unknown): Where => of({ ssn: filter })

const VALUES = ['a', 'A', 'ab', 'pe', 'PE1:x', 'é', 'é'.normalize('NFD'), ' a', 'a ', 'a%', 'zz', null]
const agesOf = (rows: readonly { age: number }[]): number[] => rows.map(({ age }) => age)

/** Each value in plaintext and sealed; sealed without a token; and in plaintext over what was another value. */
beforeAll(async () => {
  let age = 0
  const twice = async (value: string | null, plant: (id: string) => unknown): Promise<void> => {
    age += 1
    const { id } = await acme.patient.create({ data: { email: 'e', age, ssn: value } })
    await sealed.patient.create({ data: { email: 'e', age, ssn: value } })
    await plant(id)
  }
  const written = (id: string, data: object) => plain.patient.update({ where: { id }, data })
  for (const value of VALUES) {
    await twice(value, () => undefined)
    await twice(value, (id) => written(id, { ssn: value, photo: null }))
    // The token of what was there before: the column says what the row is.
    await twice(value, async (id) => {
      await acme.patient.update({ where: { id }, data: { ssn: 'stale' } })
      await written(id, { ssn: value })
    })
    age += 1
    // From before the index: to it, such a row has no value.
    for (const client of [acme, sealed]) {
      const { id } = await client.patient.create({ data: { email: 'e', age, ssn: value } })
      await written(id, { photo: null })
    }
  }
})

/** Longer than the lists that are searched for as such. */
const MANY = ['a', 'zz', ...Array.from({ length: 20 }, (_, i) => `nobody ${i}`)]

const filters: unknown[] = [
  { in: MANY },
  { notIn: MANY },
  { not: { in: MANY } },
  { not: { notIn: MANY } },
  { not: { not: { in: MANY }, equals: 'A' } },
  { not: { not: { notIn: MANY } }, in: ['A', 'ab'] },
  { in: MANY, not: 'zz' },
  { notIn: MANY, not: { notIn: ['A'], equals: null } },
  ...VALUES.flatMap((value) => [value, { equals: value }, { not: value }]),
  'stale',
  'nobody',
  'pe1:',
  { equals: 'a', mode: undefined },
  { in: ['a', 'zz', 'nobody'] },
  { in: [] },
  { notIn: ['a', 'zz'] },
  { notIn: [] },
  { not: { equals: 'a' } },
  { not: { not: 'a' } },
  { not: { in: ['a', 'A'] } },
  { not: { notIn: ['a', 'A'] } },
  { not: { equals: 'a', not: null } },
  { not: null, notIn: ['a'] },
  { equals: 'a', not: 'zz' },
  { not: { not: { equals: null, in: ['a'] } } },
]

describe.skipIf(folds)('a search finds what it would find if all rows were sealed', () => {
  test.each(filters)('%j', async (filter) => {
    for (const where of [
      ssn(filter),
      of({ NOT: ssn(filter) }),
      of({ NOT: { NOT: ssn(filter) } }),
      of({ OR: [ssn(filter), { age: 1 }] }),
      of({ AND: [ssn(filter), { age: { gt: 3 } }], ssn: { not: 'ab' } }),
    ]) {
      const args = (): object => ({ where: structuredClone(where), orderBy: { age: 'asc' }, select: { age: true } })
      const expected = agesOf(await sealed.patient.findMany(args()))
      expect(agesOf(await acme.patient.findMany(args()))).toEqual(expected)
      expect(await acme.patient.count({ where: structuredClone(where) })).toBe(expected.length)
    }
  })

  test('through a relation, and of rows that are changed and deleted', async () => {
    const mentor = { email: 'e', age: 900, ssn: 'mentor' }
    const { id } = await acme.patient.create({ data: mentor })
    await plain.patient.update({ where: { id }, data: { ssn: 'mentor', photo: null } })
    await acme.patient.create({ data: { email: 'e', age: 901, mentorId: id } })
    const where = of({ mentor: { is: { ssn: 'mentor' } } })
    expect(agesOf(await acme.patient.findMany({ where }))).toEqual([901])
    expect(
      agesOf(await acme.patient.findMany({ where: of({ mentees: { some: { mentor: { ssn: 'mentor' } } } }) })),
    ).toEqual([900])
    expect(await acme.patient.updateMany({ where: ssn('mentor'), data: { status: 'ARCHIVED' } })).toEqual({ count: 1 })
    expect(await acme.patient.deleteMany({ where })).toEqual({ count: 1 })
    expect(await acme.patient.deleteMany({ where: ssn({ in: ['mentor'] }) })).toEqual({ count: 1 })
  })

  test('beside a unique field, and again and again', async () => {
    const { id } = await acme.patient.create({ data: { email: 'e', age: 902, ssn: 'x' } })
    await plain.patient.update({ where: { id }, data: { ssn: 'x', photo: null } })
    for (const value of ['x', 'y', 'x']) {
      const found = await acme.patient.findUnique({ where: of({ id, ssn: value }) as { id: string } })
      expect(found?.age).toBe(value === 'x' ? 902 : undefined)
    }
    await acme.patient.update({ where: of({ id, ssn: 'x' }) as { id: string }, data: { ssn: 'y' } })
    expect(await acme.patient.findFirst({ where: ssn('y') })).toMatchObject({ id, ssn: 'y' })
    await acme.patient.delete({ where: { id } })
  })

  test('of the tenant of the call, where no filter keeps it to its rows', async () => {
    await plain.patient.create({ data: { tenantId: 'globex', email: 'e', age: 950, ssn: 'shared word' } })
    await plain.patient.create({ data: { tenantId: 'acme', email: 'e', age: 951, ssn: 'shared word' } })
    const where = ssn('shared word')
    for (const client of [
      acme,
      clientOf(legacyModels, { tenant: 'acme' }),
      clientOf(legacyModels, { scope: false }).$forTenant('acme'),
    ]) {
      expect(agesOf(await client.patient.findMany({ where }))).toEqual([951])
    }
    expect(agesOf(await prisma.patient.findMany({ where: of({ tenantId: 'globex', ssn: 'shared word' }) }))).toEqual([
      950,
    ])
    expect(await refusal(prisma.patient.findMany({ where }))).toMatchObject({ code: 'ENVELOPE_TENANT_REQUIRED' })
    const models = withSsnIndex(changedModels({ 'Patient.ssn': legacy, 'Patient.email': legacy }), { scope: 'global' })
    const all = await clientOf(models).patient.findMany({ where, orderBy: { age: 'asc' } })
    expect(agesOf(all)).toEqual([950, 951])
  })
})

describe('after the last day', () => {
  afterEach(() => void vi.useRealTimers())
  const ending = { legacy: { ...legacy.legacy, until: '2027-03-01' } }
  const models = withSsnIndex(changedModels({ 'Patient.ssn': ending }), {}, true)
  const where = ssn('planted')

  test.skipIf(folds)(
    'plaintext that somebody put into the column is not found any more, by plans made before',
    async () => {
      await acme.patient.create({ data: { email: 'e', age: 960, ssn: 'planted' } })
      await plain.patient.create({ data: { tenantId: 'acme', email: 'e', age: 961, ssn: 'planted' } })
      const client = clientOf(models).$forTenant('acme')
      const found = () => client.patient.findMany({ where, orderBy: { age: 'asc' }, select: { age: true } })
      vi.useFakeTimers({ toFake: ['Date'] })
      vi.setSystemTime('2027-03-01T23:59:59.999Z')
      for (let time = 0; time < 3; time++) expect(agesOf(await found())).toEqual([960, 961])
      vi.setSystemTime('2027-03-02T00:00:00Z')
      expect(agesOf(await found())).toEqual([960])
      expect(await client.patient.count({ where })).toBe(1)
      expect(await client.patient.updateMany({ where, data: { status: 'ARCHIVED' } })).toEqual({ count: 1 })
      expect(await client.patient.deleteMany({ where })).toEqual({ count: 1 })
      expect(await plain.patient.deleteMany({ where: { age: 961 } })).toEqual({ count: 1 })
    },
  )

  test('nothing is refused that an index answers', async () => {
    const client = clientOf(models).$forTenant('acme')
    const { id } = await client.patient.create({ data: { email: 'e', age: 962, ssn: 'late' } })
    const find = () =>
      client.patient.findMany({ distinct: ['photo' as 'age'], where: ssn('late'), select: { id: true } })
    vi.useFakeTimers({ toFake: ['Date'] })
    vi.setSystemTime('2027-03-01T12:00:00Z')
    expect(await refusal(find())).toMatchObject({ code: 'ENVELOPE_FILTER_UNSUPPORTED' })
    vi.setSystemTime('2027-03-02T12:00:00Z')
    expect(await find()).toEqual([{ id }])
    await plain.patient.delete({ where: { id } })
  })
})

describe('what cannot be answered exactly is refused before SQL, and says why', () => {
  const unique = clientOf(withSsnIndex(changedModels({ 'Patient.ssn': legacy }), {}, true)).$forTenant('acme')
  const nothingSent = async (call: () => unknown, why: RegExp, code = 'ENVELOPE_FILTER_UNSUPPORTED'): Promise<void> => {
    statements.length = 0
    const error = await refusal(call)
    expect(error).toMatchObject({ code, model: 'Patient' })
    expect(error.message).toMatch(why)
    expect(error.message).not.toContain('the value')
    expect(statements).toEqual([])
  }

  test('a normalizer', async () => {
    await nothingSent(
      () => acme.patient.findFirst({ where: { email: 'the value' } }),
      folds ? /two spellings/ : /normalizers of its index emailIndex \(trim, lowercase\)/,
    )
    const noCase = withSsnIndex(changedModels({ 'Patient.ssn': legacy }), { normalize: ['lowercase'] })
    await nothingSent(
      () =>
        clientOf(noCase)
          .$forTenant('acme')
          .patient.count({ where: ssn({ equals: 'the value', mode: 'insensitive' }) }),
      folds ? /two spellings/ : /normalizers/,
    )
  })

  test.runIf(folds)('a collation', async () => {
    await nothingSent(() => acme.patient.findFirst({ where: ssn('the value') }), /two spellings of a text as equal/)
  })

  const why = folds ? /two spellings/ : /Use findFirst\(\{ where: \{ ssn \} \}\)/
  const where = of({ ssn: 'the value' }) as { id: string }
  test.each<[string, () => unknown]>([
    ['findUnique', () => unique.patient.findUnique({ where })],
    ['findUniqueOrThrow', () => unique.patient.findUniqueOrThrow({ where })],
    ['update', () => unique.patient.update({ where, data: { age: 1 } })],
    ['delete', () => unique.patient.delete({ where })],
    ['upsert', () => unique.patient.upsert({ where, create: { email: 'e' }, update: {} })],
    ['connect', () => unique.patient.create({ data: { email: 'e', mentor: { connect: where } } })],
    [
      'connectOrCreate',
      () =>
        unique.patient.create({ data: { email: 'e', mentor: { connectOrCreate: { where, create: { email: 'e' } } } } }),
    ],
    ['cursor', () => unique.patient.findMany({ cursor: where })],
    [
      'cursor beside an id',
      () => unique.patient.findMany({ cursor: of({ id: 'x', ssn: 'the value' }) as { id: string } }),
    ],
  ])('a unique input: %s', async (_, call) => {
    await nothingSent(call, why)
  })

  const token = new Uint8Array(16)
  test.each<[string, () => unknown]>([
    ['a filter', () => acme.patient.findMany({ where: of({ photo: token }) })],
    ['a filter with an operator', () => acme.patient.findMany({ where: of({ photo: { in: [token] } }) })],
    ['a unique input', () => unique.patient.findUnique({ where: of({ photo: token }) as { id: string } })],
    ['distinct', () => acme.patient.findMany({ distinct: ['photo'] as never })],
    ['groups', () => acme.patient.groupBy({ by: ['photo'] as never })],
  ])('the index column itself: %s', async (_, call) => {
    await nothingSent(call, /photo is the index of ssn, which is legacy/)
  })

  test('but for NULL', async () => {
    expect(await acme.patient.count({ where: of({ photo: null }) })).toBeGreaterThanOrEqual(0)
    expect(await acme.patient.count({ where: of({ photo: { not: null } }) })).toBeGreaterThanOrEqual(0)
    expect(await acme.patient.count({ where: ssn({ not: null }) })).toBeGreaterThanOrEqual(0)
  })

  test('bytes, which a filter cannot tell from an envelope', async () => {
    const map = structuredClone(withSsnIndex(changedModels({ 'Patient.ssn': legacy })))
    const fields = map.models.Patient.fields as Record<string, { type?: string; encrypted?: { type: string } }>
    if (fields.ssn?.encrypted !== undefined) {
      fields.ssn.type = 'Bytes'
      fields.ssn.encrypted.type = 'bytes'
    }
    await nothingSent(
      () =>
        clientOf(map)
          .$forTenant('acme')
          .patient.count({ where: ssn(new Uint8Array([1])) }),
      /Bytes column/,
    )
  })
})
