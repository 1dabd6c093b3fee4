import { describe, expect, test } from 'vitest'
import { putAt } from '../../../src/leaves/index.js'
import { ownRows } from '../../../src/prisma/query/index.js'
import { leavesOf } from '../../support/open-columns.js'
import { newWalk } from './new-walk.js'
import { clinic } from './plan-clinic.js'

const collect = (model: string, result: unknown, bound?: string, fallback?: string): string[] => {
  const walk = newWalk({ bound, fallback })
  ownRows(walk, clinic.get(model), undefined, result)
  return leavesOf(walk.leaves).map(
    ({ field, tenant, holder, key }) => `${field.model}.${field.field} ${tenant} ${Reflect.get(holder, key)}`,
  )
}

describe('an envelope in a result is opened for', () => {
  test('the tenant of its own row', () => {
    const rows = [
      { tenantId: 'acme', email: '1', visits: [{ tenantId: 'globex', reason: '2' }] },
      { tenantId: 'globex', email: '3' },
    ]
    expect(collect('Patient', rows)).toEqual([
      'Patient.email acme 1',
      'Visit.reason globex 2',
      'Patient.email globex 3',
    ])
    expect(collect('Account', { orgId: 7, iban: '1' })).toEqual(['Account.iban 7 1'])
  })

  test('the bound tenant, where rows do not say theirs', () => {
    expect(collect('Note', { body: '1' }, 'acme')).toEqual(['Note.body acme 1'])
    expect(collect('Patient', { tenantId: '', email: '1' }, 'acme')).toEqual(['Patient.email acme 1'])
  })

  test('the tenant of the row above, where a model has no tenant column', () => {
    const patient = { tenantId: 'acme', tags: [{ name: 't', notes: [{ body: '1' }] }] }
    expect(collect('Patient', patient, undefined, 'only')).toEqual(['Note.body acme 1'])
  })

  test('the constant tenant, if nothing else sets one', () => {
    expect(collect('Note', { body: '1' }, undefined, 'only')).toEqual(['Note.body only 1'])
  })

  test('nobody, if nothing sets one', () => {
    expect(() => collect('Note', { body: '1' })).toThrow(expect.objectContaining({ code: 'ENVELOPE_TENANT_REQUIRED' }))
  })
})

test('a row of another tenant than the bound one is refused where it holds envelopes', () => {
  const mismatch = expect.objectContaining({ code: 'ENVELOPE_TENANT_MISMATCH', model: 'Visit' })
  const patient = (reason: string | null) => ({
    tenantId: 'acme',
    email: '1',
    visits: [{ tenantId: 'globex', reason }],
  })
  expect(() => collect('Patient', patient('2'), 'acme')).toThrow(mismatch)
  expect(collect('Patient', patient(null), 'acme')).toEqual(['Patient.email acme 1'])
})

test('NULL, absent fields and results without rows are left alone', () => {
  expect(collect('Patient', { tenantId: 'acme', ssn: null, visits: [], record: null })).toEqual([])
  for (const result of [null, undefined, 3, [], [null]]) expect(collect('Patient', result)).toEqual([])
})

describe('what cannot hold envelopes is not looked at:', () => {
  const refuse = (): never => {
    throw new Error('it was looked at')
  }
  const untouchable = new Proxy({}, { get: refuse, has: refuse, ownKeys: refuse, getPrototypeOf: refuse })

  test('other columns of a row without any', () => {
    const seen = new Set<PropertyKey>()
    const row = new Proxy(
      { orgId: 7, number: 1, iban: null },
      {
        get(target, key) {
          seen.add(key)
          return Reflect.get(target, key)
        },
      },
    )
    expect(collect('Account', [row])).toEqual([])
    expect([...seen]).toEqual(['iban'])
  })

  test('rows of models that lead to no encrypted field', () => {
    expect(clinic.get('Tenant').reaches).toBe(false)
    // Not even the list of them.
    expect(collect('Tenant', new Proxy([untouchable], { get: refuse }))).toEqual([])
    expect(collect('Tenant', untouchable)).toEqual([])
  })

  test('rows that nothing was added to, and that need no guard', () => {
    const nothing = { added: [], relations: new Map() }
    const rows = [untouchable]
    const walk = newWalk({ bound: 'acme' })
    expect(ownRows(walk, clinic.get('Tenant'), nothing, rows)).toBe(rows)
    expect(walk.added).toEqual([])
  })
})

describe('what was returned is never changed:', () => {
  const own = (model: string, result: unknown) => {
    const walk = newWalk()
    const taken = ownRows(walk, clinic.get(model), undefined, result)
    for (const { holder, key } of leavesOf(walk.leaves)) putAt(holder, key, 'opened')
    // Of any shape, as results are.
    return taken as never
  }

  test('rows with envelopes are copied, and what leads to them; the others are passed on', () => {
    const plain = { tenantId: 'acme', email: null, visits: [{ tenantId: 'acme', reason: null }] }
    const record = { id: 1 }
    const sealed = { tenantId: 'acme', email: null, visits: [{ tenantId: 'acme', reason: 'pe1:' }], record }
    const given = [plain, sealed]
    const taken: unknown[] = own('Patient', given)
    expect(taken).not.toBe(given)
    expect(taken[0]).toBe(plain)
    expect(taken[1]).toEqual({ ...sealed, visits: [{ tenantId: 'acme', reason: 'opened' }] })
    expect(Reflect.get(taken[1] as object, 'record')).toBe(record)
    expect(sealed.visits[0]).toEqual({ tenantId: 'acme', reason: 'pe1:' })
    expect(own('Patient', [plain])).toEqual([plain])
  })

  test('a result without envelopes is the very one that was returned', () => {
    const given = [{ tenantId: 'acme', email: null, visits: [] }]
    expect(own('Patient', given)).toBe(given)
  })

  test('a copy has the properties of its row in their order, and its prototype', () => {
    class Kept {
      tenantId = 'acme'
      email = 'pe1:'
      ward = 4
    }
    const bare = Object.assign(Object.create(null), { ward: 4, email: 'pe1:', tenantId: 'acme' })
    for (const row of [new Kept(), bare, { ward: 4, email: 'pe1:', tenantId: 'acme' }]) {
      const taken: object = own('Patient', Object.freeze(row))
      expect(Object.getPrototypeOf(taken)).toBe(Object.getPrototypeOf(row))
      expect(Object.keys(taken)).toEqual(Object.keys(row))
      expect(taken).toMatchObject({ ward: 4, email: 'opened' })
    }
  })

  test('a row that is there twice is opened in both places', () => {
    const row = Object.freeze({ tenantId: 'acme', email: 'pe1:' })
    expect(own('Patient', Object.freeze([row, row]))).toEqual([
      { tenantId: 'acme', email: 'opened' },
      { tenantId: 'acme', email: 'opened' },
    ])
  })
})

describe('a row of another tenant that no filter could keep out', () => {
  const guarded = (guard: 'absent' | 'error') => {
    const mentor = { added: [], relations: new Map(), guard }
    const row = { tenantId: 'acme', email: null, mentor: { tenantId: 'globex', email: null } }
    const plan = { added: [], relations: new Map([['mentor', mentor]]) }
    return ownRows(newWalk({ bound: 'acme' }), clinic.get('Patient'), plan, row)
  }

  test('is made absent where there may be none', () => {
    expect(guarded('absent')).toEqual({ tenantId: 'acme', email: null, mentor: null })
  })

  test('is an error where there must be one', () => {
    expect(() => guarded('error')).toThrow(expect.objectContaining({ code: 'ENVELOPE_TENANT_MISMATCH' }))
  })
})
