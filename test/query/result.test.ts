import { describe, expect, test } from 'vitest'
import { collectLeaves, type OpenLeaf } from '../../src/query/index.js'
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
