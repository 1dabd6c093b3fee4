import { describe, expect, test } from 'vitest'
import type { GlobalOmit } from '../../../src/prisma/internals.js'
import { type IndexColumns, ownRows, type Plain, stripAdded } from '../../../src/prisma/query/index.js'
import { skip } from './markers.js'
import { newWalk } from './new-walk.js'
import { clinic, plan } from './plan-clinic.js'

/** What a result that is read with `args` is asked for, and what is taken out of it again. */
function read(indexColumns: IndexColumns, args: Plain, globalOmit: GlobalOmit = {}, model = 'Login') {
  const { plan: planned } = plan(model, 'findMany', args, { bound: 'acme', indexColumns, globalOmit })
  return { args, added: planned?.added }
}
const EMAIL = ['emailIndex', 'loginIndex', 'emailFirst', 'emailDomain']
const ALL = [...EMAIL, 'phoneIndex', 'phoneExact', 'phoneLast', 'phoneFirst', 'badgeIndex']
const each = (value: boolean, fields = ALL): Plain => Object.fromEntries(fields.map((field) => [field, value]))

describe('index columns that are to be left out', () => {
  const omit = (args: Plain, globalOmit?: GlobalOmit, model?: string) =>
    read({ omit: true, verify: false }, args, globalOmit, model).args

  test('are, beside what the call leaves out itself', () => {
    expect(omit({})).toEqual({ omit: each(true) })
    expect(omit({ omit: { phone: true, emailIndex: true } })).toEqual({ omit: { ...each(true), phone: true } })
  })

  test('unless the call or the client asks for them by name', () => {
    expect(omit({ omit: { emailIndex: false } })).toEqual({ omit: { ...each(true), emailIndex: false } })
    expect(omit({}, { login: { emailIndex: false } })).toEqual({ omit: each(true, ALL.slice(1)) })
    expect(omit({ omit: { emailIndex: skip } }, { login: { emailIndex: false } })).toEqual({
      omit: { ...each(true, ALL.slice(1)), emailIndex: skip },
    })
    expect(omit({ omit: { emailIndex: true } }, { login: { emailIndex: false } })).toEqual({ omit: each(true) })
  })

  test('are not in a selection that does not name them', () => {
    expect(omit({ select: { email: true } })).toEqual({ select: { email: true, tenantId: true } })
    expect(omit({ select: { emailIndex: true } })).toEqual({ select: { emailIndex: true } })
  })

  test('at every depth, and only where there are some', () => {
    expect(omit({ include: { mentor: true } }, {}, 'Patient')).toEqual({
      include: { mentor: { omit: { emailIndex: true } } },
      omit: { emailIndex: true },
    })
    expect(omit({}, {}, 'Visit')).toEqual({})
  })

  test('are left alone by default', () => {
    expect(read({ omit: false, verify: false }, {})).toEqual({ args: {}, added: [] })
  })
})

describe('index columns that are to be compared', () => {
  const keep: IndexColumns = { omit: false, verify: true }
  const hide: IndexColumns = { omit: true, verify: true }

  test('are selected beside their fields, and taken out again', () => {
    const select = { email: true, emailIndex: true, phone: false, badge: undefined }
    expect(read(keep, { select: { ...select } })).toEqual({
      args: { select: { ...select, ...each(true, EMAIL.slice(1)), tenantId: true } },
      added: ['tenantId', ...EMAIL.slice(1)],
    })
    expect(read(keep, { select: { id: true } })).toEqual({ args: { select: { id: true } }, added: [] })
  })

  test('are all selected beside a computed field, which may need any of them', () => {
    expect(read(keep, { select: { domain: true } })).toEqual({
      args: { select: { domain: true, tenantId: true, ...each(true) } },
      added: ['tenantId', ...ALL],
    })
  })

  test('stay where the client keeps them, and come back where the call leaves them out', () => {
    expect(read(keep, {})).toEqual({ args: {}, added: [] })
    expect(read(keep, { omit: { emailIndex: true } })).toEqual({
      args: { omit: { emailIndex: false } },
      added: ['emailIndex'],
    })
    expect(read(keep, {}, { login: { emailIndex: true } })).toEqual({
      args: { omit: { emailIndex: false } },
      added: ['emailIndex'],
    })
  })

  test('are there and taken out again where all are to be left out', () => {
    expect(read(hide, {})).toEqual({ args: { omit: each(false) }, added: ALL })
  })

  test('are left out with the field that they would be compared with', () => {
    const others = ALL.slice(EMAIL.length)
    expect(read(hide, { omit: { email: true } })).toEqual({
      args: { omit: { email: true, ...each(true, EMAIL), ...each(false, others) } },
      added: others,
    })
    expect(read(keep, { omit: { emailIndex: true } }, { login: { email: true } })).toEqual({
      args: { omit: { emailIndex: true } },
      added: [],
    })
  })

  test('are not in what the caller gets', () => {
    const { plan: planned } = plan('Login', 'findMany', {}, { bound: 'acme', indexColumns: hide })
    const row = { id: 1, email: 'ann', ...each(true) }
    const walk = newWalk({ bound: 'acme' })
    const own = ownRows(walk, clinic.get('Login'), planned, row)
    stripAdded(walk.added)
    expect(own).toEqual({ id: 1, email: 'ann' })
  })
})
