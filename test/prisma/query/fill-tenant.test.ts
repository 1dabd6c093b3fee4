import { describe, expect, test } from 'vitest'
import { mean, type PlanOptions, plan, refusal } from './plan-clinic.js'

const ACME: PlanOptions = { bound: 'acme' }
const created = (model: string, data: Record<string, unknown>, options = ACME): unknown =>
  plan(model, 'create', { data }, options).args.data

// That Prisma takes each of these is shown in test/integration/fill-tenant.test.ts.
describe('the tenant column is filled in', () => {
  test('as a scalar, in the type of the column', () => {
    expect(created('Record', { data: 1, patientId: 'p' })).toMatchObject({ tenantId: 'acme' })
    expect(created('Account', { number: 1, iban: 'x' }, { bound: '7' })).toMatchObject({ orgId: 7 })
  })

  test('by connecting, where it is a foreign key by itself and another relation is written', () => {
    const data = { title: 'x', plain: { connect: { id: 1 } } }
    expect(created('Sheet', data, { ...ACME, models: mean })).toMatchObject({ org: { connect: { id: 'acme' } } })
  })

  test('in the filter of the row that is connected, where the foreign key holds it', () => {
    const data = { email: 'x', clinic: { connect: { id: 'c' } } }
    expect(created('Patient', data)).toEqual({ email: 'x', clinic: { connect: { id: 'c', tenantId: 'acme' } } })
    const other = { email: 'x', clinic: { connectOrCreate: { where: { id: 'c' }, create: { name: 'y' } } } }
    expect(created('Patient', other)).toEqual({
      email: 'x',
      clinic: { connectOrCreate: { where: { id: 'c', tenantId: 'acme' }, create: { name: 'y', tenantId: 'acme' } } },
    })
  })

  test('beside a filter of the caller’s that several tenants may meet', () => {
    const data = { email: 'x', clinic: { connect: { id: 'c', tenantId: { in: ['acme', 'globex'] } } } }
    expect(created('Patient', data)).toMatchObject({ clinic: { connect: { AND: [{ tenantId: 'acme' }] } } })
  })

  test('beside such a filter, also several links away', () => {
    const clinic = { connect: { id: 'c', tenantId: { in: ['acme', 'globex'] } } }
    const data = { reason: 'x', patient: { connectOrCreate: { where: { id: 'p' }, create: { email: 'y', clinic } } } }
    expect(created('Visit', data)).toMatchObject({
      patient: { connectOrCreate: { create: { clinic: { connect: { AND: [{ tenantId: 'acme' }] } } } } },
    })
  })

  test('nowhere, where the foreign key to the row it is nested in holds it', () => {
    const data = { tenantId: 'acme', email: 'x', visits: { create: { reason: 'y' } } }
    expect(created('Patient', data)).toEqual({ tenantId: 'acme', email: 'x', visits: { create: { reason: 'y' } } })
  })

  test('nowhere, where the row says it', () => {
    expect(created('Record', { tenantId: 'acme', data: 1 })).toEqual({ tenantId: 'acme', data: 1 })
  })

  test('for undefined and Prisma.skip as for nothing', () => {
    expect(created('Record', { tenantId: undefined, data: 1 })).toMatchObject({ tenantId: 'acme' })
  })

  test('and relations that are mentioned but not written leave the arguments', () => {
    expect(created('Patient', { email: 'x', clinic: {}, mentor: { connect: undefined } })).toEqual({
      email: 'x',
      tenantId: 'acme',
    })
  })
})

test('a tenant column that nothing could fill in is refused: Prisma would store its default', () => {
  const data = { email: 'x', mentor: { connect: { id: 'p' } } }
  expect(refusal('Patient', 'create', { data }, ACME)).toBe('ENVELOPE_TENANT_REQUIRED')
})

test('also where only another row of the list is written with a relation', () => {
  const create = [{ email: 'x', clinic: { connect: { id: 'c' } } }, { email: 'y' }]
  expect(refusal('Tag', 'create', { data: { name: 't', patients: { create } } }, ACME)).toBe('ENVELOPE_TENANT_REQUIRED')
})
