import { expect, test } from 'vitest'
import type { IndexCheck } from '../../../src/leaves/index.js'
import { ownRows } from '../../../src/prisma/query/index.js'
import { newWalk } from './new-walk.js'
import { clinic } from './plan-clinic.js'

/** Which columns of a result are compared with which values, and for whom. */
function collect(model: string, result: unknown, bound?: string): string[] {
  const checks: IndexCheck[] = []
  ownRows(newWalk({ bound }, { checks }), clinic.get(model), undefined, result)
  return checks.map(
    ({ row, index, tenant }) => `${tenant} ${index.field} ${row[index.field]} ${row[index.source.field]}`,
  )
}

test('every index beside its value is compared with it, for the tenant of its row', () => {
  const rows = [
    { tenantId: 'acme', email: 'ann', emailIndex: 'e', loginIndex: 'l', phone: '1', phoneExact: 'p' },
    { tenantId: 'globex', email: 'bob', emailIndex: 'f' },
  ]
  expect(collect('Login', rows)).toEqual([
    'acme emailIndex e ann',
    'acme loginIndex l ann',
    'acme phoneExact p 1',
    'globex emailIndex f bob',
  ])
  expect(collect('Login', rows[1])).toEqual(['globex emailIndex f bob'])
})

test('NULL is compared too: it may have been put there, or left there', () => {
  const rows = [
    { email: 'ann', emailIndex: null },
    { email: null, emailIndex: 'e' },
  ]
  expect(collect('Login', rows, 'acme')).toEqual(['acme emailIndex null ann', 'acme emailIndex e null'])
})

test('what is not in the result is not compared', () => {
  expect(collect('Login', [{ email: 'ann' }, { emailIndex: 'e' }, { id: 1 }], 'acme')).toEqual([])
})

test('at every depth, for the tenant of the nearest row that says one', () => {
  const account = { email: 'm', emailIndex: 'i' }
  const tag = { name: 't', patients: [{ tenantId: 'globex', ...account, mentor: account }] }
  expect(collect('Note', { tags: [tag] })).toEqual(['globex emailIndex i m', 'globex emailIndex i m'])
})

test('results without rows are left alone', () => {
  for (const result of [null, undefined, 3, [], [null], { mentor: null }])
    expect(collect('Patient', result)).toEqual([])
  expect(collect('Tenant', { id: 'acme' })).toEqual([])
})

test('what is compared is in our copies, so that a row can be found by it', () => {
  const given = Object.freeze({ tenantId: 'acme', email: null, emailIndex: 'e' })
  const checks: IndexCheck[] = []
  const own = ownRows(newWalk({}, { checks }), clinic.get('Login'), undefined, given)
  expect(own).toEqual(given)
  expect(checks.map(({ row }) => row)).toEqual([given])
  expect(checks[0]?.row).toBe(own)
  expect(own).not.toBe(given)
})
