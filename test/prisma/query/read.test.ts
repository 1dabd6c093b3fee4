import { describe, expect, test } from 'vitest'
import { ownRows, stripAdded } from '../../../src/prisma/query/index.js'
import { skip } from './markers.js'
import { newWalk } from './new-walk.js'
import { clinic, plan } from './plan-clinic.js'

const find = (model: string, args: Record<string, unknown>, globalOmit = {}) =>
  plan(model, 'findMany', args, { bound: 'acme', globalOmit })

const findFiltered = (model: string, args: Record<string, unknown>) =>
  plan(model, 'findMany', args, { bound: 'acme', filtersTenant: true })

describe('the tenant column is added to a selection', () => {
  test('that reads an encrypted field', () => {
    expect(find('Patient', { select: { email: true } }).args).toEqual({ select: { email: true, tenantId: true } })
  })

  test('through which rows without a tenant of their own are reached', () => {
    const { args } = find('Patient', { select: { tags: { select: { notes: true } } } })
    expect(args).toEqual({ select: { tags: { select: { notes: true } }, tenantId: true } })
  })

  test('of a nested relation', () => {
    const { args } = find('Room', { include: { visits: { select: { reason: true } } } })
    expect(args).toEqual({ include: { visits: { select: { reason: true, tenantId: true } } } })
  })

  test('that leaves it out, here or by the client’s omit option', () => {
    const omitted = find('Patient', { omit: { tenantId: true, age: true } })
    expect(omitted.args).toEqual({ omit: { tenantId: false, age: true } })
    const globally = { visit: { tenantId: true } }
    expect(find('Patient', { include: { visits: true } }, globally).args).toEqual({
      include: { visits: { omit: { tenantId: false } } },
    })
    expect(find('Visit', { omit: { tenantId: skip } }, globally).args).toEqual({ omit: { tenantId: false } })
  })

  test('and nowhere else', () => {
    for (const args of [
      {},
      { select: { age: true } },
      { select: { age: true, email: false, ssn: undefined, notes: skip } },
      { select: { email: true, tenantId: true } },
      { include: { visits: true } },
      { omit: { email: true } },
      { select: { _count: true } },
    ]) {
      expect(find('Patient', { ...args }).args).toEqual(args)
    }
    expect(find('Clinic', { select: { name: true } }).args).toEqual({ select: { name: true } })
  })

  test('not where the filter has compared it: in rows under the tenant filter', () => {
    const filter = { tenantId: 'acme' }
    const { args, plan: read } = findFiltered('Patient', {
      select: { email: true, visits: { select: { reason: true } } },
    })
    expect(args).toEqual({
      where: filter,
      select: { email: true, visits: { where: filter, select: { reason: true } } },
    })
    expect(read?.added).toEqual([])
  })

  test('nor where the foreign key holds it: in the row of a to-one relation over the tenant column', () => {
    const { args } = findFiltered('Visit', { select: { patient: { select: { email: true } } } })
    expect(args).toEqual({ where: { tenantId: 'acme' }, select: { patient: { select: { email: true } } } })
  })

  test('but where nothing does: in the row of any other to-one relation', () => {
    const { args } = findFiltered('Patient', { select: { mentor: { select: { email: true } } } })
    expect(args).toMatchObject({ select: { mentor: { select: { email: true, tenantId: true } } } })
  })
})

test('what was added is taken out of the result, at every depth, and nothing else', () => {
  const { plan: read } = find('Patient', {
    select: { email: true, visits: { select: { reason: true } }, clinic: { select: { tenantId: true } } },
  })
  const result = {
    email: 'x',
    tenantId: 'acme',
    visits: [{ reason: 'y', tenantId: 'acme' }],
    clinic: { tenantId: 'acme' },
  }
  const walk = newWalk({ bound: 'acme' })
  const own = ownRows(walk, clinic.get('Patient'), read, [result, null])
  stripAdded(walk.added)
  expect(own).toEqual([{ email: 'x', visits: [{ reason: 'y' }], clinic: { tenantId: 'acme' } }, null])
})
