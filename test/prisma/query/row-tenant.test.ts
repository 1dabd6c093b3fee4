import { describe, expect, test } from 'vitest'
import { type PlanOptions, plan, refusal } from './plan-clinic.js'

const ACME: PlanOptions = { bound: 'acme' }
const sealed = (...args: Parameters<typeof plan>): string[] => plan(...args).seals.map(({ of }) => of)

describe('the tenant of a created row', () => {
  test('is its tenant column', () => {
    const data = { tenantId: 'acme', email: 'x' }
    expect(sealed('Patient', 'create', { data })).toEqual(['Patient.email acme'])
  })

  test('is the tenant of the row that its foreign key is connected to', () => {
    for (const connect of [{ tenantId_id: { tenantId: 'acme', id: 'c' } }, { id: 'c', tenantId: 'acme' }]) {
      const data = { email: 'x', clinic: { connect } }
      expect(sealed('Patient', 'create', { data })).toEqual(['Patient.email acme'])
    }
  })

  test('is the tenant of the row that is created with it, for its foreign key', () => {
    const data = { email: 'x', clinic: { create: { name: 'North', tenantId: 'acme' } } }
    expect(sealed('Patient', 'create', { data })).toEqual(['Patient.email acme'])
  })

  test('is said several links along, by the first row that is there or says its own', () => {
    for (const clinic of [
      { create: { name: 'North', tenantId: 'acme' } },
      { connect: { id: 'c', tenantId: 'acme' } },
    ]) {
      const data = { reason: 'x', patient: { create: { email: 'y', clinic } } }
      expect(sealed('Visit', 'create', { data })).toEqual(['Visit.reason acme', 'Patient.email acme'])
    }
  })

  test('is inherited by the foreign key to the row it is nested in', () => {
    const data = { tenantId: 'acme', email: 'x', visits: { create: { reason: 'y' } } }
    expect(sealed('Patient', 'create', { data })).toEqual(['Patient.email acme', 'Visit.reason acme'])
  })

  test('is that of the row it is nested in, where the model has no tenant column', () => {
    const data = { notes: { create: { body: 'x' } }, patients: { create: { tenantId: 'acme', email: 'y' } }, name: 't' }
    expect(sealed('Tag', 'create', { data }, { fallback: 'all' })).toEqual(['Note.body all', 'Patient.email acme'])
  })

  test('is the bound tenant, where the row does not say', () => {
    expect(sealed('Note', 'create', { data: { body: 'x' } }, ACME)).toEqual(['Note.body acme'])
  })

  test('is the constant tenant, where neither says', () => {
    expect(sealed('Note', 'create', { data: { body: 'x' } }, { fallback: 'only' })).toEqual(['Note.body only'])
  })

  test('is each row’s own in createMany', () => {
    const data = [
      { tenantId: 'acme', email: 'x' },
      { tenantId: 'globex', email: 'y' },
    ]
    expect(sealed('Patient', 'createMany', { data })).toEqual(['Patient.email acme', 'Patient.email globex'])
  })

  test('may be a number', () => {
    expect(sealed('Account', 'create', { data: { orgId: 7, number: 1, iban: 'x' } })).toEqual(['Account.iban 7'])
  })

  test('is an error that names the model, if nothing sets it', () => {
    expect(refusal('Note', 'create', { data: { body: 'x' } })).toBe('ENVELOPE_TENANT_REQUIRED')
    expect(refusal('Patient', 'create', { data: { email: 'x' } })).toBe('ENVELOPE_TENANT_REQUIRED')
  })

  test('is not asked for where nothing is sealed', () => {
    expect(sealed('Patient', 'update', { where: { id: 'p' }, data: { age: 3, ssn: null } })).toEqual([])
  })

  test.each(['', null, {}, 1.5, 'x'.repeat(256), '\ud800'])('cannot be %j', (tenantId) => {
    expect(refusal('Patient', 'create', { data: { tenantId, email: 'x' } })).toBe('ENVELOPE_TENANT_INVALID')
  })
})

describe('the tenant of updated rows', () => {
  const data = () => ({ ssn: 'x' })

  test.each([
    { name: 'an equality on the tenant column', where: { id: 'p', tenantId: 'acme' } },
    { name: 'the same with equals', where: { id: 'p', tenantId: { equals: 'acme' } } },
    { name: 'a compound unique', where: { tenantId_id: { tenantId: 'acme', id: 'p' } } },
    { name: 'AND', where: { id: 'p', AND: { tenantId: 'acme' } } },
    { name: 'AND with several', where: { id: 'p', AND: [{ age: 1 }, { AND: [{ tenantId: 'acme' }] }] } },
  ])('is read from $name', ({ where }) => {
    expect(sealed('Patient', 'update', { where, data: data() })).toEqual(['Patient.ssn acme'])
    expect(sealed('Patient', 'updateMany', { where, data: data() })).toEqual(['Patient.ssn acme'])
  })

  test.each([
    { name: 'OR', where: { OR: [{ tenantId: 'acme' }] } },
    { name: 'NOT', where: { NOT: { tenantId: 'acme' } } },
    { name: 'a list', where: { tenantId: { in: ['acme'] } } },
    { name: 'an exclusion', where: { tenantId: { not: 'acme' } } },
  ])('is not read from $name, which several tenants may meet', ({ where }) => {
    expect(refusal('Patient', 'updateMany', { where, data: data() })).toBe('ENVELOPE_TENANT_REQUIRED')
  })

  test('is the bound one, or the constant one', () => {
    expect(sealed('Patient', 'update', { where: { id: 'p' }, data: data() }, ACME)).toEqual(['Patient.ssn acme'])
    const constant = { fallback: 'only' }
    expect(sealed('Patient', 'update', { where: { id: 'p' }, data: data() }, constant)).toEqual(['Patient.ssn only'])
  })

  test('holds for both halves of upsert', () => {
    const args = {
      where: { id: 'p', tenantId: 'acme' },
      create: { tenantId: 'acme', email: 'x' },
      update: { email: 'y' },
    }
    expect(sealed('Patient', 'upsert', args)).toEqual(['Patient.email acme', 'Patient.email acme'])
  })
})

describe('a row and a call that disagree are refused', () => {
  test.each([
    ['create', { data: { tenantId: 'globex', email: 'x' } }],
    ['create', { data: { email: 'x', clinic: { connect: { tenantId_id: { tenantId: 'globex', id: 'c' } } } } }],
    ['create', { data: { email: 'x', clinic: { create: { tenantId: 'globex', name: 'y' } } } }],
    [
      'createMany',
      {
        data: [
          { tenantId: 'acme', email: 'x' },
          { tenantId: 'globex', email: 'x' },
        ],
      },
    ],
    ['update', { where: { id: 'p', tenantId: 'globex' }, data: { ssn: 'x' } }],
    ['update', { where: { tenantId_id: { tenantId: 'globex', id: 'p' } }, data: { ssn: 'x' } }],
    ['update', { where: { id: 'p' }, data: { mentees: { create: { tenantId: 'globex', email: 'x' } } } }],
  ])('%s %j', (operation, args) => {
    expect(refusal('Patient', operation, args, ACME)).toBe('ENVELOPE_TENANT_CONFLICT')
  })

  test('also if a nested row’s foreign key takes its tenant from another row', () => {
    const data = { email: 'x', tenantId: 'globex', visits: { create: { reason: 'y' } } }
    expect(refusal('Patient', 'create', { data }, ACME)).toBe('ENVELOPE_TENANT_CONFLICT')
  })
})

describe('an update that would move a row to another tenant is refused', () => {
  const where = { id: 'p', tenantId: 'acme' }

  test.each([
    { tenantId: 'globex' },
    { tenantId: { set: 'globex' } },
    { clinic: { connect: { tenantId_id: { tenantId: 'globex', id: 'c' } } } },
    {
      clinic: {
        connectOrCreate: { where: { id: 'c', tenantId: 'globex' }, create: { tenantId: 'globex', name: 'x' } },
      },
    },
  ])('%j', (data) => {
    expect(refusal('Patient', 'update', { where, data })).toBe('ENVELOPE_TENANT_CHANGED')
  })

  test('by arithmetic too', () => {
    const change = (data: object): unknown => refusal('Account', 'updateMany', { where: { orgId: 1 }, data })
    expect(change({ orgId: { increment: 1 } })).toBe('ENVELOPE_TENANT_CHANGED')
    expect(change({ orgId: { set: undefined, increment: 1 } })).toBe('ENVELOPE_TENANT_CHANGED')
  })

  test('also where no tenant is known', () => {
    expect(refusal('Patient', 'update', { where: { id: 'p' }, data: { tenantId: 'globex' } })).toBe(
      'ENVELOPE_TENANT_CHANGED',
    )
  })

  test('and passes where it says the same tenant', () => {
    const data = { tenantId: 'acme', ssn: 'x' }
    expect(sealed('Patient', 'update', { where, data })).toEqual(['Patient.ssn acme'])
  })

  test('and a connection by id alone is kept to the tenant', () => {
    const { args } = plan('Patient', 'update', { where, data: { clinic: { connect: { id: 'c' } } } })
    expect(args.data).toEqual({ clinic: { connect: { id: 'c', tenantId: 'acme' } } })
  })
})
