import { describe, expect, test } from 'vitest'
import { collectLeaves, guardRows, type OpenLeaf, stripAdded } from '../../src/query/index.js'
import { clinic } from './plan-clinic.js'

const collect = (model: string, result: unknown, bound?: string, fallback?: string): string[] => {
  const leaves: OpenLeaf[] = []
  collectLeaves({ models: clinic, bound, fallback }, clinic.get(model), result, leaves)
  return leaves.map(
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

  test('the constant tenant, where nothing else says', () => {
    expect(collect('Note', { body: '1' }, undefined, 'only')).toEqual(['Note.body only 1'])
  })

  test('nobody, where nothing says', () => {
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

  test('other columns of a row', () => {
    const seen = new Set<PropertyKey>()
    const row = new Proxy(
      { orgId: 7, number: 1, iban: '1' },
      {
        get(target, key) {
          seen.add(key)
          return Reflect.get(target, key)
        },
      },
    )
    expect(collect('Account', [row])).toEqual(['Account.iban 7 1'])
    expect([...seen].sort()).toEqual(['iban', 'orgId'])
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
    expect(
      guardRows({ models: clinic, bound: 'acme', fallback: undefined }, clinic.get('Patient'), nothing, rows),
    ).toBe(rows)
    stripAdded(nothing, rows)
  })
})
