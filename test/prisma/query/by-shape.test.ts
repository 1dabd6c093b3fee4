import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { fitting } from '../../../src/prisma/query/by-shape/fits.js'
import { PlanCache } from '../../../src/prisma/query/by-shape/plan-cache.js'
import { type Model, type Plain, type PlanContext, planCall } from '../../../src/prisma/query/index.js'
import { skip } from './markers.js'
import { newContext } from './new-context.js'
import { clinic } from './plan-clinic.js'

const bound = newContext(clinic, { bound: 'acme', filtersTenant: true, searchable: true })
const patient = clinic.get('Patient')

/** Whether a call is planned by a shape, which it learns if need be. */
function learnt(cache: PlanCache, operation: string, args: Plain, context: PlanContext = bound, model = patient) {
  const known = cache.find(context, model, operation, args) ?? cache.learn(context, model, operation, args)
  return known?.plan() !== undefined
}

/** Whether two calls have one shape. */
function share(operation: string, first: Plain, second: Plain, context: PlanContext = bound, model: Model = patient) {
  const cache = new PlanCache()
  cache.learn(context, model, operation, first)
  return cache.find(context, model, operation, second) !== undefined
}

describe('calls that differ in values only have one shape', () => {
  test.each<[string, Plain, Plain]>([
    ['findUnique', { where: { id: 'p1' } }, { where: { id: 'p2' } }],
    ['findMany', { where: { age: { gt: 3 } }, take: 10 }, { where: { age: { gt: 4 } }, take: 20 }],
    ['findMany', { where: { id: { in: ['p1'] } } }, { where: { id: { in: ['p2', 'p3'] } } }],
    ['findFirst', { where: { email: 'a@example.org' } }, { where: { email: 'b@example.org' } }],
    ['create', { data: { email: 'a', createdAt: new Date(0) } }, { data: { email: 'b', createdAt: new Date(1) } }],
    ['create', { data: { notes: { a: 1 } } }, { data: { notes: ['b', { c: null }] } }],
    ['createMany', { data: [{ email: 'a' }] }, { data: [{ email: 'b' }, { email: 'c' }] }],
    [
      'update',
      { where: { id: 'p1' }, data: { age: { increment: 1 } } },
      { where: { id: 'p2' }, data: { age: { increment: 2 } } },
    ],
  ])('%s %j', (operation, first, second) => {
    expect(share(operation, first, second)).toBe(true)
  })
})

describe('calls that are planned in two ways have two shapes', () => {
  test.each<[string, string, Plain, Plain]>([
    ['a key more', 'findFirst', { where: { id: 'p' } }, { where: { id: 'p', age: 3 } }],
    ['a key less', 'findFirst', { where: { id: 'p', age: 3 } }, { where: { id: 'p' } }],
    ['another order of keys', 'findFirst', { where: { id: 'p', age: 3 } }, { where: { age: 3, id: 'p' } }],
    ['NULL', 'create', { data: { email: null } }, { data: { email: 'a' } }],
    ['a value for NULL', 'create', { data: { email: 'a' } }, { data: { email: null } }],
    ['nothing', 'create', { data: { email: 'a' } }, { data: { email: undefined } }],
    ['Prisma.skip', 'create', { data: { email: 'a' } }, { data: { email: skip } }],
    ['an operator', 'findFirst', { where: { email: 'a' } }, { where: { email: { equals: 'a' } } }],
    ['another operator', 'findFirst', { where: { age: { gt: 3 } } }, { where: { age: { lt: 3 } } }],
    ['a list', 'findFirst', { where: { AND: { age: 3 } } }, { where: { AND: [{ age: 3 }] } }],
    ['a longer list', 'findFirst', { where: { AND: [{ age: 3 }] } }, { where: { AND: [{ age: 3 }, { age: 4 }] } }],
    ['a number', 'findFirst', { where: { id: 'p' } }, { where: { id: 3 } }],
    ['the tenant', 'findFirst', { where: { id: 'p' } }, { where: { id: 'acme' } }],
    ['another tenant', 'findFirst', { where: { tenantId: 'acme' } }, { where: { tenantId: 'globex' } }],
    ['false', 'findFirst', { select: { id: true, email: true } }, { select: { id: true, email: false } }],
    ['an object for true', 'findFirst', { include: { visits: true } }, { include: { visits: { take: 3 } } }],
    ['another direction', 'findMany', { orderBy: { id: 'asc' } }, { orderBy: { id: 'desc' } }],
    ['another field', 'findMany', { distinct: ['id'] }, { distinct: ['age'] }],
    ['skipDuplicates', 'createMany', { data: [{ email: 'a' }] }, { data: [{ email: 'a' }], skipDuplicates: true }],
    ['another row', 'createMany', { data: [{ email: 'a' }] }, { data: [{ email: 'a' }, { age: 3 }] }],
    ['no rows', 'createMany', { data: [{ email: 'a' }] }, { data: [] }],
    ['an empty document', 'create', { data: { notes: { a: 1 } } }, { data: { notes: skip } }],
  ])('%s', (_, operation, first, second) => {
    expect(share(operation, first, second)).toBe(false)
  })

  test('by what they are planned with', () => {
    const args = { where: { id: 'p', tenantId: 'acme' } }
    const contexts = [
      bound,
      newContext(clinic, { ...bound, rewraps: true }),
      newContext(clinic, { ...bound, bound: undefined, fallback: 'acme' }),
      newContext(clinic, { ...bound, bound: undefined }),
      newContext(clinic, { ...bound, bound: undefined, sharedOnly: true }),
      newContext(clinic, { ...bound, fluent: true }),
    ]
    for (const one of contexts) {
      for (const other of contexts) {
        const cache = new PlanCache()
        cache.learn(one, patient, 'findFirst', args)
        expect(cache.find(other, patient, 'findFirst', args) !== undefined).toBe(one === other)
      }
    }
  })

  test('by their operation, and by their model', () => {
    const cache = new PlanCache()
    const args = { where: { id: 'p' } }
    cache.learn(bound, patient, 'findFirst', args)
    expect(cache.find(bound, patient, 'findUnique', args)).toBeUndefined()
    expect(cache.find(bound, clinic.get('Visit'), 'findFirst', args)).toBeUndefined()
  })

  test('once other fields are computed', () => {
    const cache = new PlanCache()
    const needing = (state: number) => newContext(clinic, { ...bound, computed: { state, need: () => false } })
    cache.learn(needing(1), patient, 'findFirst', {})
    expect(cache.find(needing(2), patient, 'findFirst', {})).toBeUndefined()
    expect(cache.entries).toEqual([])
  })
})

describe('what goes by a value is planned from nothing', () => {
  test.each<[string, string, Plain]>([
    ['another tenant', 'findFirst', { where: { tenantId: 'globex' } }],
    ['an upsert', 'upsert', { where: { id: 'p' }, create: { id: 'p', email: 'a' }, update: {} }],
    [
      'a nested upsert',
      'update',
      { where: { id: 'p' }, data: { visits: { upsert: { where: { id: 1 }, create: { reason: 'a' }, update: {} } } } },
    ],
    ['a list of values that are searched for', 'findMany', { where: { email: { in: ['a', 'b'] } } }],
    [
      'a text that is searched in others',
      'findMany',
      { orderBy: { _relevance: { fields: ['id'], search: 'a', sort: 'asc' } } },
    ],
  ])('%s', (_, operation, args) => {
    expect(learnt(new PlanCache(), operation, args)).toBe(false)
  })

  test('a number that no tenant can be, where its arguments name the tenant', () => {
    const context = newContext(clinic, { ...bound, bound: undefined })
    expect(learnt(new PlanCache(), 'findFirst', { where: { tenantId: 7 } }, context)).toBe(true)
    expect(learnt(new PlanCache(), 'findFirst', { where: { tenantId: 1.5 } }, context)).toBe(false)
  })

  test('a call of the shared tenant', () => {
    const context = newContext(
      { ...clinic, sharedTenant: 'acme' },
      { ...bound, models: { ...clinic, sharedTenant: 'acme' } },
    )
    expect(learnt(new PlanCache(), 'findFirst', {}, context)).toBe(false)
  })

  test('a default that is made anew for each row', () => {
    const model = clinic.get('Ticket')
    expect(learnt(new PlanCache(), 'create', { data: {} }, bound, model)).toBe(false)
  })
})

test('a filter by a part of a value has no shape: which index has it, the value says', () => {
  const login = clinic.get('Login')
  for (const [email, other] of [
    [{ startsWith: 'ann' }, { startsWith: 'bob' }],
    [
      { endsWith: '@x.io', not: null },
      { endsWith: '@y.io', not: null },
    ],
  ] as const) {
    expect(share('findMany', { where: { email } }, { where: { email: other } }, bound, login)).toBe(false)
  }
  expect(share('create', { data: { email: 'ann' } }, { data: { email: 'b' } }, bound, login)).toBe(true)
})

test('a plan by shape has the tenant of its call', () => {
  const cache = new PlanCache()
  for (const tenant of ['acme', 'globex', 'initech']) {
    const context = newContext(clinic, { ...bound, bound: tenant })
    const args: Plain = { data: { email: 'a', tenantId: tenant } }
    const known = cache.find(context, patient, 'create', args) ?? cache.learn(context, patient, 'create', args)
    expect(known?.plan()?.seals).toMatchObject([{ tenant }])
    const read: Plain = {}
    const list = cache.find(context, patient, 'findMany', read) ?? cache.learn(context, patient, 'findMany', read)
    list?.plan()
    expect(read).toEqual({ where: { tenantId: tenant } })
  }
  expect(cache.entries).toHaveLength(2)
})

test('no value is kept, and no tenant', () => {
  const cache = new PlanCache()
  const secret = 'a-secret-value'
  const calls: [string, Plain][] = [
    [
      'create',
      { data: { email: secret, notes: { secret }, tenantId: 'acme', visits: { create: [{ reason: secret }] } } },
    ],
    ['createMany', { data: [{ email: secret, age: 271828 }] }],
    ['findFirst', { where: { email: secret, id: { in: [secret] }, AND: [{ age: { gt: 271828 } }] }, take: 271828 }],
    ['update', { where: { id: secret }, data: { email: { set: secret }, createdAt: new Date(271828) } }],
  ]
  for (const [operation, args] of calls) expect(learnt(cache, operation, args)).toBe(true)
  const kept = inspect(cache.entries, { depth: Number.POSITIVE_INFINITY, showHidden: true })
  expect(cache.entries).toHaveLength(calls.length)
  expect(kept).toContain('emailIndex')
  for (const value of [secret, 'acme', '271828', new Date(271828).toISOString()]) expect(kept).not.toContain(value)
})

describe('how many shapes are kept', () => {
  const fields = [...patient.fields].filter(([, entry]) => entry.kind === 'scalar').map(([name]) => name)
  const selection = (number: number): Plain => ({
    select: Object.fromEntries(fields.map((field, at) => [field, ((number >> at) & 1) === 1])),
  })

  test('of one operation: the eight that were used last', () => {
    const cache = new PlanCache()
    for (let number = 1; number <= 8; number++) learnt(cache, 'findFirst', selection(number))
    learnt(cache, 'findFirst', selection(1))
    learnt(cache, 'findFirst', selection(9))
    const kept = (number: number) => cache.find(bound, patient, 'findFirst', selection(number)) !== undefined
    expect([1, 2, 3, 9].map(kept)).toEqual([true, false, true, true])
    expect(cache.entries).toHaveLength(8)
  })

  test('of all: a thousand', () => {
    const cache = new PlanCache()
    // Models of the same fields, as many as it takes.
    for (let number = 0; number < 150; number++) {
      const model = { ...patient }
      for (let shape = 1; shape <= 8; shape++) learnt(cache, 'findFirst', selection(shape), bound, model)
      expect(cache.entries.length).toBeLessThanOrEqual(1000)
    }
  })

  test('where they hardly come again, few are learnt', () => {
    const cache = new PlanCache()
    let learns = 0
    for (let number = 1; number <= 500; number++) {
      if (cache.learn(bound, patient, 'findFirst', selection(number)) !== undefined) learns += 1
    }
    expect(learns).toBeLessThan(100)
  })
})

test('rows are compared one by one with the shape of the first', () => {
  const row = { kind: 'object' as const, keys: ['email'], parts: [{ kind: 'text' as const }] }
  const root = { kind: 'object' as const, keys: ['data'], parts: [{ kind: 'rows' as const, row }] }
  expect(fitting(root, { data: [{ email: 'a' }, { email: 'b' }] }, undefined)).toMatchObject({ rows: 2, perRow: 1 })
  expect(fitting(root, { data: [{ email: 'a' }, { email: null }] }, undefined)).toBeUndefined()
})

test('a call that is refused is refused again', () => {
  const cache = new PlanCache()
  const args = { where: { email: { contains: 'a' } } }
  for (let time = 0; time < 2; time++) {
    expect(learnt(cache, 'findFirst', args)).toBe(false)
    expect(() => planCall(bound, patient, 'findFirst', args)).toThrow(/is encrypted/)
  }
})
