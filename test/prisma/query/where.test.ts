import { describe, expect, test } from 'vitest'
import { FieldReference, nullMarker, skip } from './markers.js'
import { clinic, mean, type PlanOptions, refusal } from './plan-clinic.js'

const MEAN: PlanOptions = { models: mean }
const find = (model: string, where: object, options?: PlanOptions): unknown =>
  refusal(model, 'findMany', { where }, options)
const UNSUPPORTED = 'ENVELOPE_FILTER_UNSUPPORTED'
const PASSES = 'not refused'

const reference = (field: string): FieldReference => new FieldReference('Patient', field, 'String', false)
const fields = {
  id: reference('id'),
  mentorId: reference('mentorId'),
  email: reference('email'),
  ssn: reference('ssn'),
}

describe('a filter on an encrypted field', () => {
  test.each([
    { ssn: null },
    { ssn: { equals: null } },
    { ssn: { not: null } },
    { ssn: { not: { equals: null } } },
    { notes: { equals: nullMarker('DbNull') } },
    { notes: { not: nullMarker('DbNull') } },
    { ssn: undefined },
    { ssn: skip },
    { ssn: { equals: undefined, contains: skip } },
    { ssn: {} },
  ])('passes where it only asks for NULL: %j', (where) => {
    expect(find('Patient', where)).toBe(PASSES)
  })

  test.each([
    { ssn: '1' },
    { ssn: { equals: '1' } },
    { ssn: { not: '1' } },
    { ssn: { not: { not: '1' } } },
    { ssn: { in: ['1'] } },
    { ssn: { in: null } },
    { ssn: { notIn: [] } },
    { ssn: { gt: '1' } },
    { ssn: { startsWith: '1' } },
    { ssn: { not: null, contains: '1' } },
    { ssn: { mode: 'insensitive' } },
    { photo: new Uint8Array([1]) },
    { notes: { equals: { a: 1 } } },
    { notes: { equals: {} } },
    { notes: { not: {} } },
    { notes: { equals: { equals: null } } },
    { notes: { equals: nullMarker('JsonNull') } },
    { notes: { equals: nullMarker('AnyNull') } },
    { notes: { path: ['a'], equals: nullMarker('DbNull') } },
    { notes: { string_contains: 'pe1' } },
  ])('is refused where it compares: %j', (where) => {
    expect(find('Patient', where)).toBe(UNSUPPORTED)
  })

  test('compares with a whole value where the value type says so, whatever Prisma calls the field', () => {
    const ssn = clinic.get('Patient').encrypted.get('ssn')
    if (ssn === undefined) throw new Error('the schema has changed')
    const structured = { ...ssn, type: { ...ssn.type, structured: true } }
    const patient = { ...clinic.get('Patient'), encrypted: new Map([['ssn', structured]]) }
    const models = { ...clinic, get: () => patient }
    expect(find('Patient', { ssn: { equals: {} } })).toBe(PASSES)
    expect(find('Patient', { ssn: { equals: {} } }, { models })).toBe(UNSUPPORTED)
    expect(find('Patient', { ssn: { equals: null } }, { models })).toBe(PASSES)
  })

  test.each([
    { AND: { ssn: '1' } },
    { AND: [{}, { ssn: '1' }] },
    { OR: [{ NOT: { ssn: '1' } }] },
    { visits: { some: { reason: '1' } } },
    { visits: { every: { NOT: [{ reason: '1' }] } } },
    { visits: { none: { patient: { ssn: '1' } } } },
    { mentor: { is: { ssn: '1' } } },
    { mentor: { isNot: { ssn: '1' } } },
    { mentor: { ssn: '1' } },
    { tags: { some: { notes: { some: { body: '1' } } } } },
    { record: { where: '1' } },
    { record: { is: { data: { equals: 1 } } } },
  ])('is refused wherever it is: %j', (where) => {
    expect(find('Patient', where)).toBe(UNSUPPORTED)
  })

  test('is told apart from a needle that only its indexes cannot answer, which is a wrong value', () => {
    const searchable = { bound: '7', searchable: true }
    for (const email of [{ startsWith: 'an' }, { endsWith: 'x.io' }, { not: { startsWith: 'anna' } }]) {
      expect(find('Login', { email }, searchable)).toBe('ENVELOPE_VALUE_INVALID')
    }
    for (const email of [{ contains: 'an' }, { gt: 'ann' }])
      expect(find('Login', { email }, searchable)).toBe(UNSUPPORTED)
    expect(find('Login', { badge: { startsWith: 'ann' } }, searchable)).toBe(UNSUPPORTED)
  })

  test('is distinguished from a relation’s keywords if a field has their name', () => {
    expect(find('Holder', { update: { is: 'x' } }, MEAN)).toBe(UNSUPPORTED)
    expect(find('Holder', { update: { is: { contains: 'x' } } }, MEAN)).toBe(UNSUPPORTED)
    expect(find('Holder', { update: { is: { create: 'x' } } }, MEAN)).toBe(UNSUPPORTED)
    expect(find('Holder', { update: { isNot: { create: 'x' } } }, MEAN)).toBe(UNSUPPORTED)
    expect(find('Holder', { update: { isNot: { contains: 'x' } } }, MEAN)).toBe(PASSES)
    expect(find('Holder', { update: { is: { isNot: 'x' } } }, MEAN)).toBe(PASSES)
    expect(find('Trick', { upsert: { some: { create: 'x' } } }, MEAN)).toBe(UNSUPPORTED)
    expect(find('Trick', { upsert: { some: { some: 'x' } } }, MEAN)).toBe(PASSES)
  })
})

describe('a reference to an encrypted column', () => {
  test('is refused beside a plain field, which would be compared with ciphertext', () => {
    expect(find('Patient', { id: { equals: fields.email } })).toBe(UNSUPPORTED)
    expect(find('Patient', { id: { in: [fields.email] } })).toBe(UNSUPPORTED)
    expect(find('Patient', { NOT: { id: fields.ssn } })).toBe(UNSUPPORTED)
    expect(find('Patient', { id: { not: { lt: fields.email } } })).toBe(UNSUPPORTED)
  })

  test('is refused as the operand of an encrypted field', () => {
    expect(find('Patient', { email: { equals: fields.id } })).toBe(UNSUPPORTED)
  })

  test('passes where it refers to a plain column', () => {
    expect(find('Patient', { id: { equals: fields.mentorId } })).toBe(PASSES)
  })
})

test('anything but a field, relation or compound unique is refused: it might be newer than this release', () => {
  expect(find('Patient', { emial: 'x' })).toBe('ENVELOPE_ARGUMENT_UNKNOWN')
  expect(find('Patient', { visits: { any: { reason: 'x' } } })).toBe('ENVELOPE_ARGUMENT_UNKNOWN')
  expect(find('Patient', { XOR: [{ ssn: 'x' }] })).toBe('ENVELOPE_ARGUMENT_UNKNOWN')
  expect(find('Patient', { tenantId_id: { tenantId: 'a', id: 'p' } })).toBe(PASSES)
})

describe('a use that would compare ciphertext is refused', () => {
  test.each<[string, string, Record<string, unknown>]>([
    ['Patient', 'findMany', { orderBy: { email: 'asc' } }],
    ['Patient', 'findMany', { orderBy: [{ id: 'asc' }, { ssn: { sort: 'asc', nulls: 'last' } }] }],
    ['Visit', 'findMany', { orderBy: { patient: { email: 'asc' } } }],
    ['Visit', 'findMany', { orderBy: { patient: { record: { where: 'asc' } } } }],
    ['Patient', 'findMany', { cursor: { id: 'p', ssn: 'x' } }],
    ['Patient', 'findMany', { distinct: 'email' }],
    ['Patient', 'findMany', { distinct: ['id', 'email'] }],
    ['Patient', 'count', { cursor: { id: 'p', AND: { ssn: 'x' } } }],
    ['Patient', 'count', { where: { ssn: 'x' } }],
    ['Patient', 'groupBy', { by: ['email'] }],
    ['Patient', 'groupBy', { by: 'email' }],
    ['Patient', 'groupBy', { by: ['age'], having: { ssn: null } }],
    ['Patient', 'groupBy', { by: ['age'], having: { NOT: [{ ssn: { _min: { gt: 'x' } } }] } }],
    ['Patient', 'groupBy', { by: ['age'], having: { id: { lt: fields.email } } }],
    ['Patient', 'groupBy', { by: ['age'], orderBy: { _max: { ssn: 'asc' } } }],
    ['Patient', 'groupBy', { by: ['age'], _min: { ssn: true } }],
    ['Patient', 'aggregate', { _max: { photo: true } }],
    ['Patient', 'findMany', { include: { visits: { where: { reason: 'x' } } } }],
    ['Patient', 'findMany', { select: { mentees: { select: { visits: { orderBy: { reason: 'asc' } } } } } }],
    ['Patient', 'findMany', { include: { visits: { distinct: 'reason' } } }],
    ['Patient', 'findMany', { include: { visits: { cursor: { id: 1, reason: 'x' } } } }],
    ['Patient', 'findMany', { include: { _count: { select: { visits: { where: { reason: 'x' } } } } } }],
    ['Patient', 'findMany', { select: { _count: { select: { visits: { where: { NOT: { reason: 'x' } } } } } } }],
    ['Patient', 'delete', { where: { id: 'p', ssn: 'x' } }],
    ['Patient', 'deleteMany', { where: { ssn: 'x' } }],
    ['Patient', 'update', { where: { id: 'p', ssn: 'x' }, data: {} }],
    ['Patient', 'update', { where: { id: 'p' }, data: { visits: { connect: { id: 1, reason: 'x' } } } }],
    ['Patient', 'update', { where: { id: 'p' }, data: { visits: { set: [{ id: 1, reason: 'x' }] } } }],
    ['Patient', 'update', { where: { id: 'p' }, data: { visits: { deleteMany: { reason: 'x' } } } }],
    ['Patient', 'update', { where: { id: 'p' }, data: { record: { delete: { where: 'x' } } } }],
    ['Patient', 'update', { where: { id: 'p' }, data: { record: { update: { where: { where: 'x' }, data: {} } } } }],
  ])('%s.%s %j', (model, operation, args) => {
    expect(refusal(model, operation, args, { bound: 'acme' })).toBe(UNSUPPORTED)
  })

  test.each<[string, string, Record<string, unknown>]>([
    ['Patient', 'groupBy', { by: ['age'], having: { ssn: { _count: { gt: 1 } } }, _count: { ssn: true } }],
    ['Patient', 'groupBy', { by: ['age'], orderBy: { _count: { ssn: 'asc' } } }],
    ['Patient', 'count', { select: { ssn: true } }],
    ['Patient', 'aggregate', { _min: { ssn: false, photo: undefined, age: true } }],
    ['Patient', 'findMany', { orderBy: { visits: { _count: 'asc' } } }],
    ['Patient', 'findMany', { orderBy: { email: skip }, distinct: ['age'] }],
  ])('and one that does not passes: %s.%s %j', (model, operation, args) => {
    expect(refusal(model, operation, args, { bound: 'acme' })).toBe(PASSES)
  })

  test('relevance of an encrypted text among them', () => {
    const by = (relevance: string[]): object => ({ _relevance: { fields: relevance, search: 'x', sort: 'asc' } })
    expect(refusal('Trick', 'findMany', { orderBy: by(['some', 'every']) }, MEAN)).toBe(UNSUPPORTED)
    expect(refusal('Trick', 'findMany', { orderBy: by(['some']) }, MEAN)).toBe(PASSES)
    expect(refusal('Trick', 'findMany', { orderBy: { _rank: {} } }, MEAN)).toBe('ENVELOPE_ARGUMENT_UNKNOWN')
  })
})
