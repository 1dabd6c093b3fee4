import { describe, expect, test } from 'vitest'
import { planCall } from '../../../src/prisma/query/index.js'
import { ROOT_ARGUMENTS } from '../../../src/prisma/query/root-arguments.js'
import { newContext } from './new-context.js'
import { clinic } from './plan-clinic.js'

const patient = clinic.get('Patient')
const bound = newContext(clinic, { bound: 'acme', filtersTenant: true })

/** Arguments that each operation takes, without a word of the tenant. */
const ARGUMENTS: Record<string, () => Record<string, unknown>> = {
  findUnique: () => ({ where: { id: 'p' } }),
  findUniqueOrThrow: () => ({ where: { id: 'p' } }),
  update: () => ({ where: { id: 'p' }, data: {} }),
  updateMany: () => ({ data: {} }),
  updateManyAndReturn: () => ({ data: {} }),
  upsert: () => ({ where: { id: 'p' }, create: { email: 'x' }, update: {} }),
  delete: () => ({ where: { id: 'p' } }),
  groupBy: () => ({ by: ['age'] }),
}
const CREATES = ['create', 'createMany', 'createManyAndReturn']

describe('a bound call is kept to its tenant', () => {
  const filtered = [...ROOT_ARGUMENTS.keys()].filter((operation) => !CREATES.includes(operation))
  test.each(filtered)('by the filter of %s', (operation) => {
    const args = ARGUMENTS[operation]?.() ?? {}
    planCall(bound, patient, operation, args)
    expect(args.where).toMatchObject({ tenantId: 'acme' })
  })

  test.each(CREATES)('by the row of %s', (operation) => {
    const data: Record<string, unknown> = { email: 'x' }
    planCall(bound, patient, operation, { data })
    expect(data.tenantId).toBe('acme')
  })

  test.each<[string, Record<string, unknown>]>([
    ['connect', { id: 1 }],
    ['disconnect', { id: 1 }],
    ['delete', { id: 1 }],
    ['deleteMany', {}],
    ['update', { where: { id: 1 }, data: {} }],
    ['updateMany', { data: {} }],
    ['upsert', { where: { id: 1 }, create: {}, update: {} }],
    ['connectOrCreate', { where: { id: 1 }, create: {} }],
  ])('by the filter of a nested %s', (operation, item) => {
    planCall(bound, patient, 'update', { where: { id: 'p' }, data: { visits: { [operation]: item } } })
    expect(item.where ?? item).toMatchObject({ tenantId: 'acme' })
  })

  test('by the cursor of a list', () => {
    const args = { cursor: { id: 'p' } }
    planCall(bound, patient, 'findMany', args)
    expect(args.cursor).toEqual({ id: 'p', tenantId: 'acme' })
  })
})

test('a plan says what a call needs, and its context stays as it is', () => {
  const context = newContext(clinic, { bound: 'acme', filtersTenant: true, searchable: true })
  const before = { ...context }
  const data = { email: 'x', visits: { create: { reason: 'y' } } }
  const plan = planCall(context, patient, 'create', { data })
  expect(plan.seals.map(({ field }) => `${field.model}.${field.field}`)).toEqual(['Patient.email', 'Visit.reason'])
  expect(plan.created.map(({ model }) => model)).toEqual(['Visit', 'Patient'])
  expect(plan.read).toEqual({ added: [], relations: new Map() })
  expect({ ...context }).toEqual(before)
})

test('two calls with one context share nothing', () => {
  const one = planCall(bound, patient, 'create', { data: { email: 'x' } })
  const other = planCall(bound, patient, 'create', { data: { email: 'y' } })
  expect(one.seals).toHaveLength(1)
  expect(other.seals).toHaveLength(1)
  expect(other.created).toHaveLength(1)
})
